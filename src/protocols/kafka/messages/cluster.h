// DescribeCluster (60), DescribeLogDirs (35) and DescribeProducers (61): what the server is made of, for operators.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "protocols/kafka/api.h"
#include "protocols/kafka/error_code.h"
#include "protocols/kafka/field_spec.h"

namespace koine::kafka {

struct DescribeClusterRequest {
  static constexpr ApiKey api = ApiKey::describe_cluster;
  static constexpr Direction direction = Direction::request;

  bool include_cluster_authorized_operations = false;
  std::int8_t endpoint_type = 1;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("include_cluster_authorized_operations", x.include_cluster_authorized_operations);
    v("endpoint_type", x.endpoint_type, since(1));
  }
};

struct DescribeClusterResponse {
  static constexpr ApiKey api = ApiKey::describe_cluster;
  static constexpr Direction direction = Direction::response;

  struct Broker {
    std::int32_t broker_id = 0;
    std::string host;
    std::int32_t port = 0;
    std::optional<std::string> rack;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("broker_id", x.broker_id);
      v("host", x.host);
      v("port", x.port);
      v("rack", x.rack);
    }
  };

  std::int32_t throttle_time_ms = 0;
  KafkaError error_code = KafkaError::none;
  std::optional<std::string> error_message;
  std::int8_t endpoint_type = 1;
  std::string cluster_id;
  std::int32_t controller_id = -1;
  std::vector<Broker> brokers;
  std::int32_t cluster_authorized_operations = std::numeric_limits<std::int32_t>::min();

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("throttle_time_ms", x.throttle_time_ms);
    v("error_code", x.error_code);
    v("error_message", x.error_message);
    v("endpoint_type", x.endpoint_type, since(1));
    v("cluster_id", x.cluster_id);
    v("controller_id", x.controller_id);
    v("brokers", x.brokers);
    v("cluster_authorized_operations", x.cluster_authorized_operations);
  }
};

struct DescribeLogDirsRequest {
  static constexpr ApiKey api = ApiKey::describe_log_dirs;
  static constexpr Direction direction = Direction::request;

  struct Topic {
    std::string topic;
    std::vector<std::int32_t> partitions;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("topic", x.topic);
      v("partitions", x.partitions);
    }
  };

  std::optional<std::vector<Topic>> topics;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("topics", x.topics);
  }
};

struct DescribeLogDirsResponse {
  static constexpr ApiKey api = ApiKey::describe_log_dirs;
  static constexpr Direction direction = Direction::response;

  struct Partition {
    std::int32_t partition_index = 0;
    std::int64_t partition_size = 0;
    std::int64_t offset_lag = 0;
    bool is_future_key = false;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("partition_index", x.partition_index);
      v("partition_size", x.partition_size);
      v("offset_lag", x.offset_lag);
      v("is_future_key", x.is_future_key);
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

  struct TopicResult {
    KafkaError error_code = KafkaError::none;
    std::string log_dir;
    std::vector<Topic> topics;
    std::int64_t total_bytes = -1;
    std::int64_t usable_bytes = -1;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("error_code", x.error_code);
      v("log_dir", x.log_dir);
      v("topics", x.topics);
      v("total_bytes", x.total_bytes, since(4));
      v("usable_bytes", x.usable_bytes, since(4));
    }
  };

  std::int32_t throttle_time_ms = 0;
  KafkaError error_code = KafkaError::none;
  std::vector<TopicResult> results;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("throttle_time_ms", x.throttle_time_ms);
    v("error_code", x.error_code, since(3));
    v("results", x.results);
  }
};

struct DescribeProducersRequest {
  static constexpr ApiKey api = ApiKey::describe_producers;
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

  std::vector<Topic> topics;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("topics", x.topics);
  }
};

struct DescribeProducersResponse {
  static constexpr ApiKey api = ApiKey::describe_producers;
  static constexpr Direction direction = Direction::response;

  struct ActiveProducer {
    std::int64_t producer_id = 0;
    std::int32_t producer_epoch = 0;
    std::int32_t last_sequence = -1;
    std::int64_t last_timestamp = -1;
    std::int32_t coordinator_epoch = 0;
    std::int64_t current_txn_start_offset = -1;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("producer_id", x.producer_id);
      v("producer_epoch", x.producer_epoch);
      v("last_sequence", x.last_sequence);
      v("last_timestamp", x.last_timestamp);
      v("coordinator_epoch", x.coordinator_epoch);
      v("current_txn_start_offset", x.current_txn_start_offset);
    }
  };

  struct Partition {
    std::int32_t partition_index = 0;
    KafkaError error_code = KafkaError::none;
    std::optional<std::string> error_message;
    std::vector<ActiveProducer> active_producers;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("partition_index", x.partition_index);
      v("error_code", x.error_code);
      v("error_message", x.error_message);
      v("active_producers", x.active_producers);
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
    v("throttle_time_ms", x.throttle_time_ms);
    v("topics", x.topics);
  }
};

}  // namespace koine::kafka
