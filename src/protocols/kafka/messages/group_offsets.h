// OffsetCommit (8), OffsetFetch (9) and OffsetDelete (47): how far a consumer group has come.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocols/kafka/api.h"
#include "protocols/kafka/error_code.h"
#include "protocols/kafka/field_spec.h"

namespace koine::kafka {

struct OffsetCommitRequest {
  static constexpr ApiKey api = ApiKey::offset_commit;
  static constexpr Direction direction = Direction::request;

  struct Partition {
    std::int32_t partition_index = 0;
    std::int64_t committed_offset = 0;
    std::int32_t committed_leader_epoch = -1;
    std::int64_t commit_timestamp = -1;
    std::optional<std::string> committed_metadata;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("partition_index", x.partition_index);
      v("committed_offset", x.committed_offset);
      v("committed_leader_epoch", x.committed_leader_epoch, since(6));
      v("commit_timestamp", x.commit_timestamp, between(1, 1));
      v("committed_metadata", x.committed_metadata);
    }
  };

  struct Topic {
    std::string name;
    std::vector<Partition> partitions;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("name", x.name);
      v("partitions", x.partitions);
    }
  };

  std::string group_id;
  std::int32_t generation_id = -1;
  std::string member_id;
  std::optional<std::string> group_instance_id;
  std::int64_t retention_time_ms = -1;
  std::vector<Topic> topics;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("group_id", x.group_id);
    v("generation_id", x.generation_id, since(1));
    v("member_id", x.member_id, since(1));
    v("group_instance_id", x.group_instance_id, since(7));
    v("retention_time_ms", x.retention_time_ms, between(2, 4));
    v("topics", x.topics);
  }
};

struct OffsetCommitResponse {
  static constexpr ApiKey api = ApiKey::offset_commit;
  static constexpr Direction direction = Direction::response;

  struct Partition {
    std::int32_t partition_index = 0;
    KafkaError error_code = KafkaError::none;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("partition_index", x.partition_index);
      v("error_code", x.error_code);
    }
  };

  struct Topic {
    std::string name;
    std::vector<Partition> partitions;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("name", x.name);
      v("partitions", x.partitions);
    }
  };

  std::int32_t throttle_time_ms = 0;
  std::vector<Topic> topics;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("throttle_time_ms", x.throttle_time_ms, since(3));
    v("topics", x.topics);
  }
};

struct OffsetFetchRequest {
  static constexpr ApiKey api = ApiKey::offset_fetch;
  static constexpr Direction direction = Direction::request;

  struct Topic {
    std::string name;
    std::vector<std::int32_t> partition_indexes;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("name", x.name);
      v("partition_indexes", x.partition_indexes);
    }
  };

  struct Group {
    std::string group_id;
    std::optional<std::vector<Topic>> topics;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("group_id", x.group_id);
      v("topics", x.topics);
    }
  };

  std::string group_id;
  std::optional<std::vector<Topic>> topics;
  std::vector<Group> groups;
  bool require_stable = false;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("group_id", x.group_id, until(7));
    v("topics", x.topics, until(7).nullable_since(2));
    v("groups", x.groups, since(8));
    v("require_stable", x.require_stable, since(7));
  }
};

struct OffsetFetchResponse {
  static constexpr ApiKey api = ApiKey::offset_fetch;
  static constexpr Direction direction = Direction::response;

  struct Partition {
    std::int32_t partition_index = 0;
    std::int64_t committed_offset = 0;
    std::int32_t committed_leader_epoch = -1;
    std::optional<std::string> metadata;
    KafkaError error_code = KafkaError::none;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("partition_index", x.partition_index);
      v("committed_offset", x.committed_offset);
      v("committed_leader_epoch", x.committed_leader_epoch, since(5));
      v("metadata", x.metadata);
      v("error_code", x.error_code);
    }
  };

  struct Topic {
    std::string name;
    std::vector<Partition> partitions;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("name", x.name);
      v("partitions", x.partitions);
    }
  };

  struct Group {
    std::string group_id;
    std::vector<Topic> topics;
    KafkaError error_code = KafkaError::none;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("group_id", x.group_id);
      v("topics", x.topics);
      v("error_code", x.error_code);
    }
  };

  std::int32_t throttle_time_ms = 0;
  std::vector<Topic> topics;
  KafkaError error_code = KafkaError::none;
  std::vector<Group> groups;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("throttle_time_ms", x.throttle_time_ms, since(3));
    v("topics", x.topics, until(7));
    v("error_code", x.error_code, between(2, 7));
    v("groups", x.groups, since(8));
  }
};

struct OffsetDeleteRequest {
  static constexpr ApiKey api = ApiKey::offset_delete;
  static constexpr Direction direction = Direction::request;

  struct Partition {
    std::int32_t partition_index = 0;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("partition_index", x.partition_index);
    }
  };

  struct Topic {
    std::string name;
    std::vector<Partition> partitions;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("name", x.name);
      v("partitions", x.partitions);
    }
  };

  std::string group_id;
  std::vector<Topic> topics;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("group_id", x.group_id);
    v("topics", x.topics);
  }
};

struct OffsetDeleteResponse {
  static constexpr ApiKey api = ApiKey::offset_delete;
  static constexpr Direction direction = Direction::response;

  struct Partition {
    std::int32_t partition_index = 0;
    KafkaError error_code = KafkaError::none;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("partition_index", x.partition_index);
      v("error_code", x.error_code);
    }
  };

  struct Topic {
    std::string name;
    std::vector<Partition> partitions;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("name", x.name);
      v("partitions", x.partitions);
    }
  };

  KafkaError error_code = KafkaError::none;
  std::int32_t throttle_time_ms = 0;
  std::vector<Topic> topics;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("error_code", x.error_code);
    v("throttle_time_ms", x.throttle_time_ms);
    v("topics", x.topics);
  }
};

}  // namespace koine::kafka
