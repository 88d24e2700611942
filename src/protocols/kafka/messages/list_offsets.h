// ListOffsets (key 2) and OffsetForLeaderEpoch (key 23): the first, the last, and the offset of a time or an epoch.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "protocols/kafka/api.h"
#include "protocols/kafka/error_code.h"
#include "protocols/kafka/field_spec.h"

namespace koine::kafka {

struct ListOffsetsRequest {
  static constexpr ApiKey api = ApiKey::list_offsets;
  static constexpr Direction direction = Direction::request;

  struct Partition {
    std::int32_t partition_index = 0;
    std::int32_t current_leader_epoch = -1;
    std::int64_t timestamp = 0;
    std::int32_t max_num_offsets = 1;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("partition_index", x.partition_index);
      v("current_leader_epoch", x.current_leader_epoch, since(4));
      v("timestamp", x.timestamp);
      v("max_num_offsets", x.max_num_offsets, until(0));
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

  std::int32_t replica_id = 0;
  std::int8_t isolation_level = 0;
  std::vector<Topic> topics;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("replica_id", x.replica_id);
    v("isolation_level", x.isolation_level, since(2));
    v("topics", x.topics);
  }
};

struct ListOffsetsResponse {
  static constexpr ApiKey api = ApiKey::list_offsets;
  static constexpr Direction direction = Direction::response;

  struct Partition {
    std::int32_t partition_index = 0;
    KafkaError error_code = KafkaError::none;
    std::vector<std::int64_t> old_style_offsets;
    std::int64_t timestamp = -1;
    std::int64_t offset = -1;
    std::int32_t leader_epoch = -1;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("partition_index", x.partition_index);
      v("error_code", x.error_code);
      v("old_style_offsets", x.old_style_offsets, until(0));
      v("timestamp", x.timestamp, since(1));
      v("offset", x.offset, since(1));
      v("leader_epoch", x.leader_epoch, since(4));
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
    v("throttle_time_ms", x.throttle_time_ms, since(2));
    v("topics", x.topics);
  }
};

struct OffsetForLeaderEpochRequest {
  static constexpr ApiKey api = ApiKey::offset_for_leader_epoch;
  static constexpr Direction direction = Direction::request;

  struct Partition {
    std::int32_t partition = 0;
    std::int32_t current_leader_epoch = -1;
    std::int32_t leader_epoch = 0;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("partition", x.partition);
      v("current_leader_epoch", x.current_leader_epoch);
      v("leader_epoch", x.leader_epoch);
    }
  };

  struct Topic {
    std::string topic;
    std::vector<Partition> partitions;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("topic", x.topic);
      v("partitions", x.partitions);
    }
  };

  std::int32_t replica_id = -2;
  std::vector<Topic> topics;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("replica_id", x.replica_id, since(3));
    v("topics", x.topics);
  }
};

struct OffsetForLeaderEpochResponse {
  static constexpr ApiKey api = ApiKey::offset_for_leader_epoch;
  static constexpr Direction direction = Direction::response;

  struct Partition {
    KafkaError error_code = KafkaError::none;
    std::int32_t partition = 0;
    std::int32_t leader_epoch = -1;
    std::int64_t end_offset = -1;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("error_code", x.error_code);
      v("partition", x.partition);
      v("leader_epoch", x.leader_epoch);
      v("end_offset", x.end_offset);
    }
  };

  struct Topic {
    std::string topic;
    std::vector<Partition> partitions;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("topic", x.topic);
      v("partitions", x.partitions);
    }
  };

  std::int32_t throttle_time_ms = 0;
  std::vector<Topic> topics;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("throttle_time_ms", x.throttle_time_ms);
    v("topics", x.topics);
  }
};

}  // namespace koine::kafka
