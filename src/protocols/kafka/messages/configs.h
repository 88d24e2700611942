// DescribeConfigs (32), AlterConfigs (33) and IncrementalAlterConfigs (44): settings of topics and brokers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocols/kafka/api.h"
#include "protocols/kafka/error_code.h"
#include "protocols/kafka/field_spec.h"

namespace koine::kafka {

struct DescribeConfigsRequest {
  static constexpr ApiKey api = ApiKey::describe_configs;
  static constexpr Direction direction = Direction::request;

  struct Resource {
    std::int8_t resource_type = 0;
    std::string resource_name;
    std::optional<std::vector<std::string>> configuration_keys;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("resource_type", x.resource_type);
      v("resource_name", x.resource_name);
      v("configuration_keys", x.configuration_keys);
    }
  };

  std::vector<Resource> resources;
  bool include_synonyms = false;
  bool include_documentation = false;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("resources", x.resources);
    v("include_synonyms", x.include_synonyms, since(1));
    v("include_documentation", x.include_documentation, since(3));
  }
};

struct DescribeConfigsResponse {
  static constexpr ApiKey api = ApiKey::describe_configs;
  static constexpr Direction direction = Direction::response;

  struct Synonym {
    std::string name;
    std::optional<std::string> value;
    std::int8_t source = 0;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("name", x.name);
      v("value", x.value);
      v("source", x.source);
    }
  };

  struct Config {
    std::string name;
    std::optional<std::string> value;
    bool read_only = false;
    bool is_default = false;
    std::int8_t config_source = -1;
    bool is_sensitive = false;
    std::vector<Synonym> synonyms;
    std::int8_t config_type = 0;
    std::optional<std::string> documentation;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("name", x.name);
      v("value", x.value);
      v("read_only", x.read_only);
      v("is_default", x.is_default, until(0));
      v("config_source", x.config_source, since(1));
      v("is_sensitive", x.is_sensitive);
      v("synonyms", x.synonyms, since(1));
      v("config_type", x.config_type, since(3));
      v("documentation", x.documentation, since(3));
    }
  };

  struct TopicResult {
    KafkaError error_code = KafkaError::none;
    std::optional<std::string> error_message;
    std::int8_t resource_type = 0;
    std::string resource_name;
    std::vector<Config> configs;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("error_code", x.error_code);
      v("error_message", x.error_message);
      v("resource_type", x.resource_type);
      v("resource_name", x.resource_name);
      v("configs", x.configs);
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

struct AlterConfigsRequest {
  static constexpr ApiKey api = ApiKey::alter_configs;
  static constexpr Direction direction = Direction::request;

  struct Config {
    std::string name;
    std::optional<std::string> value;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("name", x.name);
      v("value", x.value);
    }
  };

  struct Resource {
    std::int8_t resource_type = 0;
    std::string resource_name;
    std::vector<Config> configs;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("resource_type", x.resource_type);
      v("resource_name", x.resource_name);
      v("configs", x.configs);
    }
  };

  std::vector<Resource> resources;
  bool validate_only = false;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("resources", x.resources);
    v("validate_only", x.validate_only);
  }
};

struct AlterConfigsResponse {
  static constexpr ApiKey api = ApiKey::alter_configs;
  static constexpr Direction direction = Direction::response;

  struct TopicResponse {
    KafkaError error_code = KafkaError::none;
    std::optional<std::string> error_message;
    std::int8_t resource_type = 0;
    std::string resource_name;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("error_code", x.error_code);
      v("error_message", x.error_message);
      v("resource_type", x.resource_type);
      v("resource_name", x.resource_name);
    }
  };

  std::int32_t throttle_time_ms = 0;
  std::vector<TopicResponse> responses;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("throttle_time_ms", x.throttle_time_ms);
    v("responses", x.responses);
  }
};

struct IncrementalAlterConfigsRequest {
  static constexpr ApiKey api = ApiKey::incremental_alter_configs;
  static constexpr Direction direction = Direction::request;

  struct Config {
    std::string name;
    std::int8_t config_operation = 0;
    std::optional<std::string> value;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("name", x.name);
      v("config_operation", x.config_operation);
      v("value", x.value);
    }
  };

  struct Resource {
    std::int8_t resource_type = 0;
    std::string resource_name;
    std::vector<Config> configs;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("resource_type", x.resource_type);
      v("resource_name", x.resource_name);
      v("configs", x.configs);
    }
  };

  std::vector<Resource> resources;
  bool validate_only = false;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("resources", x.resources);
    v("validate_only", x.validate_only);
  }
};

struct IncrementalAlterConfigsResponse {
  static constexpr ApiKey api = ApiKey::incremental_alter_configs;
  static constexpr Direction direction = Direction::response;

  struct TopicResponse {
    KafkaError error_code = KafkaError::none;
    std::optional<std::string> error_message;
    std::int8_t resource_type = 0;
    std::string resource_name;

    template <typename V, typename T>
    static void fields(V& v, T& x) {
      v("error_code", x.error_code);
      v("error_message", x.error_message);
      v("resource_type", x.resource_type);
      v("resource_name", x.resource_name);
    }
  };

  std::int32_t throttle_time_ms = 0;
  std::vector<TopicResponse> responses;

  template <typename V, typename T>
  static void fields(V& v, T& x) {
    v("throttle_time_ms", x.throttle_time_ms);
    v("responses", x.responses);
  }
};

}  // namespace koine::kafka
