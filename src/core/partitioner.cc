#include "core/partitioner.h"

#include "base/byte_order.h"

namespace koine::core {

std::uint32_t murmur2(ByteView bytes) {
  constexpr std::uint32_t seed = 0x9747b28c;
  constexpr std::uint32_t multiplier = 0x5bd1e995;
  constexpr unsigned shift = 24;
  std::uint32_t hash = seed ^ static_cast<std::uint32_t>(bytes.size());
  while (bytes.size() >= 4) {
    auto word = load_le<std::uint32_t>(bytes.data()) * multiplier;
    word ^= word >> shift;
    hash = (hash * multiplier) ^ (word * multiplier);
    bytes = bytes.subspan(4);
  }
  if (!bytes.empty()) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      hash ^= std::to_integer<std::uint32_t>(bytes[i]) << (8 * i);
    }
    hash *= multiplier;
  }
  hash ^= hash >> 13U;
  hash *= multiplier;
  return hash ^ (hash >> 15U);
}

std::int32_t partition_of_key(ByteView key, std::int32_t partition_count) {
  return static_cast<std::int32_t>(murmur2(key) & 0x7FFFFFFFU) % partition_count;
}

LogId partition_for(const Topic& topic, std::optional<ByteView> key, std::uint32_t spread) {
  const auto count = static_cast<std::int32_t>(topic.partitions.size());
  if (!key) return topic.partitions[spread % topic.partitions.size()];
  return topic.partitions[static_cast<std::size_t>(partition_of_key(*key, count))];
}

}  // namespace koine::core
