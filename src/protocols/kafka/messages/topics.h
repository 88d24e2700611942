// CreateTopics (19), DeleteTopics (20), CreatePartitions (37) and DeleteRecords (21).
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

struct CreateTopicsRequest {
  static constexpr ApiKey api = ApiKey::create_topics;
  static constexpr Direction direction = Direction::request;

  struct Assignment {
    std::int32_t partition_index = 0;
    std::vector<std::int32_t> broker_ids;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("partition_index", x.partition_index);
      v("broker_ids", x.broker_ids);
    }
  };

  struct Config {
    std::string name;
    std::optional<std::string> value;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("name", x.name);
      v("value", x.value);
    }
  };

  struct Topic {
    std::string name;
    std::int32_t num_partitions = 0;
    std::int16_t replication_factor = 0;
    std::vector<Assignment> assignments;
    std::vector<Config> configs;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("name", x.name);
      v("num_partitions", x.num_partitions);
      v("replication_factor", x.replication_factor);
      v("assignments", x.assignments);
      v("configs", x.configs);
    }
  };

  std::vector<Topic> topics;
  std::int32_t timeout_ms = 60000;
  bool validate_only = false;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("topics", x.topics);
    v("timeout_ms", x.timeout_ms);
    v("validate_only", x.validate_only, since(1));
  }
};

struct CreateTopicsResponse {
  static constexpr ApiKey api = ApiKey::create_topics;
  static constexpr Direction direction = Direction::response;

  struct Config {
    std::string name;
    std::optional<std::string> value;
    bool read_only = false;
    std::int8_t config_source = -1;
    bool is_sensitive = false;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("name", x.name);
      v("value", x.value);
      v("read_only", x.read_only);
      v("config_source", x.config_source);
      v("is_sensitive", x.is_sensitive);
    }
  };

  struct Topic {
    std::string name;
    Uuid topic_id;
    KafkaError error_code = KafkaError::none;
    std::optional<std::string> error_message;
    KafkaError topic_config_error_code = KafkaError::none;
    std::int32_t num_partitions = -1;
    std::int16_t replication_factor = -1;
    std::optional<std::vector<Config>> configs;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("name", x.name);
      v("topic_id", x.topic_id, since(7));
      v("error_code", x.error_code);
      v("error_message", x.error_message, since(1));
      v("topic_config_error_code", x.topic_config_error_code, since(5).tagged(0));
      v("num_partitions", x.num_partitions, since(5));
      v("replication_factor", x.replication_factor, since(5));
      v("configs", x.configs, since(5));
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

struct DeleteTopicsRequest {
  static constexpr ApiKey api = ApiKey::delete_topics;
  static constexpr Direction direction = Direction::request;

  struct Topic {
    std::optional<std::string> name;
    Uuid topic_id;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("name", x.name);
      v("topic_id", x.topic_id);
    }
  };

  std::vector<Topic> topics;
  std::vector<std::string> topic_names;
  std::int32_t timeout_ms = 0;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("topics", x.topics, since(6));
    v("topic_names", x.topic_names, until(5));
    v("timeout_ms", x.timeout_ms);
  }
};

struct DeleteTopicsResponse {
  static constexpr ApiKey api = ApiKey::delete_topics;
  static constexpr Direction direction = Direction::response;

  struct TopicResponse {
    std::optional<std::string> name;
    Uuid topic_id;
    KafkaError error_code = KafkaError::none;
    std::optional<std::string> error_message;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("name", x.name, nullable_since(6));
      v("topic_id", x.topic_id, since(6));
      v("error_code", x.error_code);
      v("error_message", x.error_message, since(5));
    }
  };

  std::int32_t throttle_time_ms = 0;
  std::vector<TopicResponse> responses;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("throttle_time_ms", x.throttle_time_ms, since(1));
    v("responses", x.responses);
  }
};

struct CreatePartitionsRequest {
  static constexpr ApiKey api = ApiKey::create_partitions;
  static constexpr Direction direction = Direction::request;

  struct Assignment {
    std::vector<std::int32_t> broker_ids;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("broker_ids", x.broker_ids);
    }
  };

  struct Topic {
    std::string name;
    std::int32_t count = 0;
    std::optional<std::vector<Assignment>> assignments;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("name", x.name);
      v("count", x.count);
      v("assignments", x.assignments);
    }
  };

  std::vector<Topic> topics;
  std::int32_t timeout_ms = 0;
  bool validate_only = false;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("topics", x.topics);
    v("timeout_ms", x.timeout_ms);
    v("validate_only", x.validate_only);
  }
};

struct CreatePartitionsResponse {
  static constexpr ApiKey api = ApiKey::create_partitions;
  static constexpr Direction direction = Direction::response;

  struct TopicResult {
    std::string name;
    KafkaError error_code = KafkaError::none;
    std::optional<std::string> error_message;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("name", x.name);
      v("error_code", x.error_code);
      v("error_message", x.error_message);
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

struct DeleteRecordsRequest {
  static constexpr ApiKey api = ApiKey::delete_records;
  static constexpr Direction direction = Direction::request;

  struct Partition {
    std::int32_t partition_index = 0;
    std::int64_t offset = 0;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("partition_index", x.partition_index);
      v("offset", x.offset);
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

  std::vector<Topic> topics;
  std::int32_t timeout_ms = 0;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("topics", x.topics);
    v("timeout_ms", x.timeout_ms);
  }
};

struct DeleteRecordsResponse {
  static constexpr ApiKey api = ApiKey::delete_records;
  static constexpr Direction direction = Direction::response;

  struct Partition {
    std::int32_t partition_index = 0;
    std::int64_t low_watermark = 0;
    KafkaError error_code = KafkaError::none;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("partition_index", x.partition_index);
      v("low_watermark", x.low_watermark);
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
    v("throttle_time_ms", x.throttle_time_ms);
    v("topics", x.topics);
  }
};

}  // namespace koine::kafka
