// Metadata (key 3): brokers, topics and partitions, and who leads them. Every client keeps a copy and asks again.
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

struct MetadataRequest {
  static constexpr ApiKey api = ApiKey::metadata;
  static constexpr Direction direction = Direction::request;

  struct Topic {
    Uuid topic_id;
    std::optional<std::string> name;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("topic_id", x.topic_id, since(10));
      v("name", x.name, nullable_since(10));
    }
  };

  std::optional<std::vector<Topic>> topics;
  bool allow_auto_topic_creation = true;
  bool include_cluster_authorized_operations = false;
  bool include_topic_authorized_operations = false;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("topics", x.topics, nullable_since(1));
    v("allow_auto_topic_creation", x.allow_auto_topic_creation, since(4));
    v("include_cluster_authorized_operations", x.include_cluster_authorized_operations,
      between(8, 10));
    v("include_topic_authorized_operations", x.include_topic_authorized_operations, since(8));
  }
};

struct MetadataResponse {
  static constexpr ApiKey api = ApiKey::metadata;
  static constexpr Direction direction = Direction::response;

  struct Broker {
    std::int32_t node_id = 0;
    std::string host;
    std::int32_t port = 0;
    std::optional<std::string> rack;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("node_id", x.node_id);
      v("host", x.host);
      v("port", x.port);
      v("rack", x.rack, since(1));
    }
  };

  struct Partition {
    KafkaError error_code = KafkaError::none;
    std::int32_t partition_index = 0;
    std::int32_t leader_id = 0;
    std::int32_t leader_epoch = -1;
    std::vector<std::int32_t> replica_nodes;
    std::vector<std::int32_t> isr_nodes;
    std::vector<std::int32_t> offline_replicas;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("error_code", x.error_code);
      v("partition_index", x.partition_index);
      v("leader_id", x.leader_id);
      v("leader_epoch", x.leader_epoch, since(7));
      v("replica_nodes", x.replica_nodes);
      v("isr_nodes", x.isr_nodes);
      v("offline_replicas", x.offline_replicas, since(5));
    }
  };

  struct Topic {
    KafkaError error_code = KafkaError::none;
    std::optional<std::string> name;
    Uuid topic_id;
    bool is_internal = false;
    std::vector<Partition> partitions;
    std::int32_t topic_authorized_operations = std::numeric_limits<std::int32_t>::min();

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("error_code", x.error_code);
      v("name", x.name, nullable_since(12));
      v("topic_id", x.topic_id, since(10));
      v("is_internal", x.is_internal, since(1));
      v("partitions", x.partitions);
      v("topic_authorized_operations", x.topic_authorized_operations, since(8));
    }
  };

  std::int32_t throttle_time_ms = 0;
  std::vector<Broker> brokers;
  std::optional<std::string> cluster_id;
  std::int32_t controller_id = -1;
  std::vector<Topic> topics;
  std::int32_t cluster_authorized_operations = std::numeric_limits<std::int32_t>::min();

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("throttle_time_ms", x.throttle_time_ms, since(3));
    v("brokers", x.brokers);
    v("cluster_id", x.cluster_id, since(2));
    v("controller_id", x.controller_id, since(1));
    v("topics", x.topics);
    v("cluster_authorized_operations", x.cluster_authorized_operations, between(8, 10));
  }
};

}  // namespace koine::kafka
