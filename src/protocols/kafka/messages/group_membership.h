// FindCoordinator (10), JoinGroup (11), SyncGroup (14), Heartbeat (12) and LeaveGroup (13): being a member of a consumer
// group (classic protocol). Metadata and assignments belong to the clients: bytes that the server passes on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocols/kafka/api.h"
#include "protocols/kafka/error_code.h"
#include "protocols/kafka/field_spec.h"
#include "protocols/kafka/wire.h"

namespace koine::kafka {

struct FindCoordinatorRequest {
  static constexpr ApiKey api = ApiKey::find_coordinator;
  static constexpr Direction direction = Direction::request;

  std::string key;
  std::int8_t key_type = 0;
  std::vector<std::string> coordinator_keys;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("key", x.key, until(3));
    v("key_type", x.key_type, since(1));
    v("coordinator_keys", x.coordinator_keys, since(4));
  }
};

struct FindCoordinatorResponse {
  static constexpr ApiKey api = ApiKey::find_coordinator;
  static constexpr Direction direction = Direction::response;

  struct Coordinator {
    std::string key;
    std::int32_t node_id = 0;
    std::string host;
    std::int32_t port = 0;
    KafkaError error_code = KafkaError::none;
    std::optional<std::string> error_message;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("key", x.key);
      v("node_id", x.node_id);
      v("host", x.host);
      v("port", x.port);
      v("error_code", x.error_code);
      v("error_message", x.error_message);
    }
  };

  std::int32_t throttle_time_ms = 0;
  KafkaError error_code = KafkaError::none;
  std::optional<std::string> error_message;
  std::int32_t node_id = 0;
  std::string host;
  std::int32_t port = 0;
  std::vector<Coordinator> coordinators;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("throttle_time_ms", x.throttle_time_ms, since(1));
    v("error_code", x.error_code, until(3));
    v("error_message", x.error_message, between(1, 3));
    v("node_id", x.node_id, until(3));
    v("host", x.host, until(3));
    v("port", x.port, until(3));
    v("coordinators", x.coordinators, since(4));
  }
};

struct JoinGroupRequest {
  static constexpr ApiKey api = ApiKey::join_group;
  static constexpr Direction direction = Direction::request;

  struct Protocol {
    std::string name;
    ByteView metadata;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("name", x.name);
      v("metadata", x.metadata);
    }
  };

  std::string group_id;
  std::int32_t session_timeout_ms = 0;
  std::int32_t rebalance_timeout_ms = -1;
  std::string member_id;
  std::optional<std::string> group_instance_id;
  std::string protocol_type;
  std::vector<Protocol> protocols;
  std::optional<std::string> reason;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("group_id", x.group_id);
    v("session_timeout_ms", x.session_timeout_ms);
    v("rebalance_timeout_ms", x.rebalance_timeout_ms, since(1));
    v("member_id", x.member_id);
    v("group_instance_id", x.group_instance_id, since(5));
    v("protocol_type", x.protocol_type);
    v("protocols", x.protocols);
    v("reason", x.reason, since(8));
  }
};

struct JoinGroupResponse {
  static constexpr ApiKey api = ApiKey::join_group;
  static constexpr Direction direction = Direction::response;

  struct Member {
    std::string member_id;
    std::optional<std::string> group_instance_id;
    ByteView metadata;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("member_id", x.member_id);
      v("group_instance_id", x.group_instance_id, since(5));
      v("metadata", x.metadata);
    }
  };

  std::int32_t throttle_time_ms = 0;
  KafkaError error_code = KafkaError::none;
  std::int32_t generation_id = -1;
  std::optional<std::string> protocol_type;
  std::optional<std::string> protocol_name;
  std::string leader;
  bool skip_assignment = false;
  std::string member_id;
  std::vector<Member> members;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("throttle_time_ms", x.throttle_time_ms, since(2));
    v("error_code", x.error_code);
    v("generation_id", x.generation_id);
    v("protocol_type", x.protocol_type, since(7));
    v("protocol_name", x.protocol_name, nullable_since(7));
    v("leader", x.leader);
    v("skip_assignment", x.skip_assignment, since(9));
    v("member_id", x.member_id);
    v("members", x.members);
  }
};

struct SyncGroupRequest {
  static constexpr ApiKey api = ApiKey::sync_group;
  static constexpr Direction direction = Direction::request;

  struct Assignment {
    std::string member_id;
    ByteView assignment;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("member_id", x.member_id);
      v("assignment", x.assignment);
    }
  };

  std::string group_id;
  std::int32_t generation_id = 0;
  std::string member_id;
  std::optional<std::string> group_instance_id;
  std::optional<std::string> protocol_type;
  std::optional<std::string> protocol_name;
  std::vector<Assignment> assignments;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("group_id", x.group_id);
    v("generation_id", x.generation_id);
    v("member_id", x.member_id);
    v("group_instance_id", x.group_instance_id, since(3));
    v("protocol_type", x.protocol_type, since(5));
    v("protocol_name", x.protocol_name, since(5));
    v("assignments", x.assignments);
  }
};

struct SyncGroupResponse {
  static constexpr ApiKey api = ApiKey::sync_group;
  static constexpr Direction direction = Direction::response;

  std::int32_t throttle_time_ms = 0;
  KafkaError error_code = KafkaError::none;
  std::optional<std::string> protocol_type;
  std::optional<std::string> protocol_name;
  ByteView assignment;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("throttle_time_ms", x.throttle_time_ms, since(1));
    v("error_code", x.error_code);
    v("protocol_type", x.protocol_type, since(5));
    v("protocol_name", x.protocol_name, since(5));
    v("assignment", x.assignment);
  }
};

struct HeartbeatRequest {
  static constexpr ApiKey api = ApiKey::heartbeat;
  static constexpr Direction direction = Direction::request;

  std::string group_id;
  std::int32_t generation_id = 0;
  std::string member_id;
  std::optional<std::string> group_instance_id;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("group_id", x.group_id);
    v("generation_id", x.generation_id);
    v("member_id", x.member_id);
    v("group_instance_id", x.group_instance_id, since(3));
  }
};

struct HeartbeatResponse {
  static constexpr ApiKey api = ApiKey::heartbeat;
  static constexpr Direction direction = Direction::response;

  std::int32_t throttle_time_ms = 0;
  KafkaError error_code = KafkaError::none;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("throttle_time_ms", x.throttle_time_ms, since(1));
    v("error_code", x.error_code);
  }
};

struct LeaveGroupRequest {
  static constexpr ApiKey api = ApiKey::leave_group;
  static constexpr Direction direction = Direction::request;

  struct Member {
    std::string member_id;
    std::optional<std::string> group_instance_id;
    std::optional<std::string> reason;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("member_id", x.member_id);
      v("group_instance_id", x.group_instance_id);
      v("reason", x.reason, since(5));
    }
  };

  std::string group_id;
  std::string member_id;
  std::vector<Member> members;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("group_id", x.group_id);
    v("member_id", x.member_id, until(2));
    v("members", x.members, since(3));
  }
};

struct LeaveGroupResponse {
  static constexpr ApiKey api = ApiKey::leave_group;
  static constexpr Direction direction = Direction::response;

  struct Member {
    std::string member_id;
    std::optional<std::string> group_instance_id;
    KafkaError error_code = KafkaError::none;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("member_id", x.member_id);
      v("group_instance_id", x.group_instance_id);
      v("error_code", x.error_code);
    }
  };

  std::int32_t throttle_time_ms = 0;
  KafkaError error_code = KafkaError::none;
  std::vector<Member> members;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("throttle_time_ms", x.throttle_time_ms, since(1));
    v("error_code", x.error_code);
    v("members", x.members, since(3));
  }
};

}  // namespace koine::kafka
