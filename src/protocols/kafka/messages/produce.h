// Produce (key 0) and InitProducerId (key 22): appending record batches, and the identity with which a producer makes
// retries harmless.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocols/kafka/api.h"
#include "protocols/kafka/error_code.h"
#include "protocols/kafka/field_spec.h"
#include "protocols/kafka/records.h"

namespace koine::kafka {

struct ProduceRequest {
  static constexpr ApiKey api = ApiKey::produce;
  static constexpr Direction direction = Direction::request;

  struct PartitionData {
    std::int32_t index = 0;
    std::optional<Records> records;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("index", x.index);
      v("records", x.records);
    }
  };

  struct TopicData {
    std::string name;
    std::vector<PartitionData> partition_data;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("name", x.name);
      v("partition_data", x.partition_data);
    }
  };

  std::optional<std::string> transactional_id;
  std::int16_t acks = 0;
  std::int32_t timeout_ms = 0;
  std::vector<TopicData> topic_data;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("transactional_id", x.transactional_id, since(3));
    v("acks", x.acks);
    v("timeout_ms", x.timeout_ms);
    v("topic_data", x.topic_data);
  }
};

struct ProduceResponse {
  static constexpr ApiKey api = ApiKey::produce;
  static constexpr Direction direction = Direction::response;

  struct RecordError {
    std::int32_t batch_index = 0;
    std::optional<std::string> batch_index_error_message;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("batch_index", x.batch_index);
      v("batch_index_error_message", x.batch_index_error_message);
    }
  };

  struct PartitionResponse {
    std::int32_t index = 0;
    KafkaError error_code = KafkaError::none;
    std::int64_t base_offset = 0;
    std::int64_t log_append_time_ms = -1;
    std::int64_t log_start_offset = -1;
    std::vector<RecordError> record_errors;
    std::optional<std::string> error_message;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("index", x.index);
      v("error_code", x.error_code);
      v("base_offset", x.base_offset);
      v("log_append_time_ms", x.log_append_time_ms, since(2));
      v("log_start_offset", x.log_start_offset, since(5));
      v("record_errors", x.record_errors, since(8));
      v("error_message", x.error_message, since(8));
    }
  };

  struct TopicResponse {
    std::string name;
    std::vector<PartitionResponse> partition_responses;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("name", x.name);
      v("partition_responses", x.partition_responses);
    }
  };

  std::vector<TopicResponse> responses;
  std::int32_t throttle_time_ms = 0;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("responses", x.responses);
    v("throttle_time_ms", x.throttle_time_ms, since(1));
  }
};

struct InitProducerIdRequest {
  static constexpr ApiKey api = ApiKey::init_producer_id;
  static constexpr Direction direction = Direction::request;

  std::optional<std::string> transactional_id;
  std::int32_t transaction_timeout_ms = 0;
  std::int64_t producer_id = -1;
  std::int16_t producer_epoch = -1;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("transactional_id", x.transactional_id);
    v("transaction_timeout_ms", x.transaction_timeout_ms);
    v("producer_id", x.producer_id, since(3));
    v("producer_epoch", x.producer_epoch, since(3));
  }
};

struct InitProducerIdResponse {
  static constexpr ApiKey api = ApiKey::init_producer_id;
  static constexpr Direction direction = Direction::response;

  std::int32_t throttle_time_ms = 0;
  KafkaError error_code = KafkaError::none;
  std::int64_t producer_id = -1;
  std::int16_t producer_epoch = 0;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("throttle_time_ms", x.throttle_time_ms);
    v("error_code", x.error_code);
    v("producer_id", x.producer_id);
    v("producer_epoch", x.producer_epoch);
  }
};

}  // namespace koine::kafka
