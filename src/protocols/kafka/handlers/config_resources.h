// What settings belong to, as requests about settings name it (Kafka's ConfigResource.Type).
#pragma once

#include <cstdint>

namespace koine::kafka {

enum class ConfigResource : std::int8_t {
  topic = 2,
  broker = 4,
};

// Where a value comes from (Kafka's ConfigSource).
enum class ConfigSource : std::int8_t {
  topic = 1,
  static_broker = 4,
  default_value = 5,
};

}  // namespace koine::kafka
