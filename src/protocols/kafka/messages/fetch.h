// Fetch (key 1): reading record batches, waiting for new ones, and incremental sessions (KIP-227).
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "protocols/kafka/api.h"
#include "protocols/kafka/error_code.h"
#include "protocols/kafka/field_spec.h"
#include "protocols/kafka/records.h"

namespace koine::kafka {

struct FetchRequest {
  static constexpr ApiKey api = ApiKey::fetch;
  static constexpr Direction direction = Direction::request;

  struct Partition {
    std::int32_t partition = 0;
    std::int32_t current_leader_epoch = -1;
    std::int64_t fetch_offset = 0;
    std::int32_t last_fetched_epoch = -1;
    std::int64_t log_start_offset = -1;
    std::int32_t partition_max_bytes = 0;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("partition", x.partition);
      v("current_leader_epoch", x.current_leader_epoch, since(9));
      v("fetch_offset", x.fetch_offset);
      v("last_fetched_epoch", x.last_fetched_epoch, since(12));
      v("log_start_offset", x.log_start_offset, since(5));
      v("partition_max_bytes", x.partition_max_bytes);
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

  struct ForgottenTopic {
    std::string topic;
    std::vector<std::int32_t> partitions;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("topic", x.topic);
      v("partitions", x.partitions);
    }
  };

  std::optional<std::string> cluster_id;
  std::int32_t replica_id = 0;
  std::int32_t max_wait_ms = 0;
  std::int32_t min_bytes = 0;
  std::int32_t max_bytes = std::numeric_limits<std::int32_t>::max();
  std::int8_t isolation_level = 0;
  std::int32_t session_id = 0;
  std::int32_t session_epoch = -1;
  std::vector<Topic> topics;
  std::vector<ForgottenTopic> forgotten_topics_data;
  std::string rack_id;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("cluster_id", x.cluster_id, since(12).tagged(0));
    v("replica_id", x.replica_id);
    v("max_wait_ms", x.max_wait_ms);
    v("min_bytes", x.min_bytes);
    v("max_bytes", x.max_bytes);
    v("isolation_level", x.isolation_level);
    v("session_id", x.session_id, since(7));
    v("session_epoch", x.session_epoch, since(7));
    v("topics", x.topics);
    v("forgotten_topics_data", x.forgotten_topics_data, since(7));
    v("rack_id", x.rack_id, since(11));
  }
};

struct FetchDivergingEpoch {
  std::int32_t epoch = -1;
  std::int64_t end_offset = -1;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("epoch", x.epoch);
    v("end_offset", x.end_offset);
  }
};

struct FetchLeader {
  std::int32_t leader_id = -1;
  std::int32_t leader_epoch = -1;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("leader_id", x.leader_id);
    v("leader_epoch", x.leader_epoch);
  }
};

struct FetchSnapshotId {
  std::int64_t end_offset = -1;
  std::int32_t epoch = -1;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("end_offset", x.end_offset);
    v("epoch", x.epoch);
  }
};

struct FetchResponse {
  static constexpr ApiKey api = ApiKey::fetch;
  static constexpr Direction direction = Direction::response;

  struct AbortedTransaction {
    std::int64_t producer_id = 0;
    std::int64_t first_offset = 0;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("producer_id", x.producer_id);
      v("first_offset", x.first_offset);
    }
  };

  struct Partition {
    std::int32_t partition_index = 0;
    KafkaError error_code = KafkaError::none;
    std::int64_t high_watermark = 0;
    std::int64_t last_stable_offset = -1;
    std::int64_t log_start_offset = -1;
    std::optional<FetchDivergingEpoch> diverging_epoch;
    std::optional<FetchLeader> current_leader;
    std::optional<FetchSnapshotId> snapshot_id;
    std::optional<std::vector<AbortedTransaction>> aborted_transactions;
    std::int32_t preferred_read_replica = -1;
    std::optional<Records> records;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("partition_index", x.partition_index);
      v("error_code", x.error_code);
      v("high_watermark", x.high_watermark);
      v("last_stable_offset", x.last_stable_offset);
      v("log_start_offset", x.log_start_offset, since(5));
      v("diverging_epoch", x.diverging_epoch, since(12).tagged(0));
      v("current_leader", x.current_leader, since(12).tagged(1));
      v("snapshot_id", x.snapshot_id, since(12).tagged(2));
      v("aborted_transactions", x.aborted_transactions);
      v("preferred_read_replica", x.preferred_read_replica, since(11));
      v("records", x.records);
    }
  };

  struct TopicResponse {
    std::string topic;
    std::vector<Partition> partitions;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("topic", x.topic);
      v("partitions", x.partitions);
    }
  };

  std::int32_t throttle_time_ms = 0;
  KafkaError error_code = KafkaError::none;
  std::int32_t session_id = 0;
  std::vector<TopicResponse> responses;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("throttle_time_ms", x.throttle_time_ms);
    v("error_code", x.error_code, since(7));
    v("session_id", x.session_id, since(7));
    v("responses", x.responses);
  }
};

}  // namespace koine::kafka
