// Which partitions there are, as requests name them.
#pragma once

#include <cstdint>
#include <string_view>

#include "protocols/kafka/scope.h"

namespace koine::kafka {

inline bool has_partition(const core::Topic& topic, std::int32_t index) {
  return index >= 0 && static_cast<std::size_t>(index) < topic.partitions.size();
}

inline bool has_partition(const Scope& scope, std::string_view topic, std::int32_t index) {
  const auto found = scope.engine.catalog().find(topic);
  return found != nullptr && has_partition(*found, index);
}

}  // namespace koine::kafka
