// ListGroups (16), DescribeGroups (15) and DeleteGroups (42).
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "protocols/kafka/api.h"
#include "protocols/kafka/error_code.h"
#include "protocols/kafka/field_spec.h"
#include "protocols/kafka/wire.h"

namespace koine::kafka {

struct ListGroupsRequest {
  static constexpr ApiKey api = ApiKey::list_groups;
  static constexpr Direction direction = Direction::request;

  std::vector<std::string> states_filter;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("states_filter", x.states_filter, since(4));
  }
};

struct ListGroupsResponse {
  static constexpr ApiKey api = ApiKey::list_groups;
  static constexpr Direction direction = Direction::response;

  struct Group {
    std::string group_id;
    std::string protocol_type;
    std::string group_state;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("group_id", x.group_id);
      v("protocol_type", x.protocol_type);
      v("group_state", x.group_state, since(4));
    }
  };

  std::int32_t throttle_time_ms = 0;
  KafkaError error_code = KafkaError::none;
  std::vector<Group> groups;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("throttle_time_ms", x.throttle_time_ms, since(1));
    v("error_code", x.error_code);
    v("groups", x.groups);
  }
};

struct DescribeGroupsRequest {
  static constexpr ApiKey api = ApiKey::describe_groups;
  static constexpr Direction direction = Direction::request;

  std::vector<std::string> groups;
  bool include_authorized_operations = false;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("groups", x.groups);
    v("include_authorized_operations", x.include_authorized_operations, since(3));
  }
};

struct DescribeGroupsResponse {
  static constexpr ApiKey api = ApiKey::describe_groups;
  static constexpr Direction direction = Direction::response;

  struct Member {
    std::string member_id;
    std::optional<std::string> group_instance_id;
    std::string client_id;
    std::string client_host;
    ByteView member_metadata;
    ByteView member_assignment;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("member_id", x.member_id);
      v("group_instance_id", x.group_instance_id, since(4));
      v("client_id", x.client_id);
      v("client_host", x.client_host);
      v("member_metadata", x.member_metadata);
      v("member_assignment", x.member_assignment);
    }
  };

  struct Group {
    KafkaError error_code = KafkaError::none;
    std::string group_id;
    std::string group_state;
    std::string protocol_type;
    std::string protocol_data;
    std::vector<Member> members;
    std::int32_t authorized_operations = std::numeric_limits<std::int32_t>::min();

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("error_code", x.error_code);
      v("group_id", x.group_id);
      v("group_state", x.group_state);
      v("protocol_type", x.protocol_type);
      v("protocol_data", x.protocol_data);
      v("members", x.members);
      v("authorized_operations", x.authorized_operations, since(3));
    }
  };

  std::int32_t throttle_time_ms = 0;
  std::vector<Group> groups;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("throttle_time_ms", x.throttle_time_ms, since(1));
    v("groups", x.groups);
  }
};

struct DeleteGroupsRequest {
  static constexpr ApiKey api = ApiKey::delete_groups;
  static constexpr Direction direction = Direction::request;

  std::vector<std::string> groups_names;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("groups_names", x.groups_names);
  }
};

struct DeleteGroupsResponse {
  static constexpr ApiKey api = ApiKey::delete_groups;
  static constexpr Direction direction = Direction::response;

  struct TopicResult {
    std::string group_id;
    KafkaError error_code = KafkaError::none;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("group_id", x.group_id);
      v("error_code", x.error_code);
    }
  };

  std::int32_t throttle_time_ms = 0;
  std::vector<TopicResult> results;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("throttle_time_ms", x.throttle_time_ms);
    v("results", x.results);
  }
};

}  // namespace koine::kafka
