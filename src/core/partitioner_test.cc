#include "core/partitioner.h"

#include <gtest/gtest.h>

namespace koine::core {
namespace {

// The values that Kafka's own tests have.
TEST(Murmur2, MatchesKafkas) {
  const auto hash = [](std::string_view text) {
    return static_cast<std::int32_t>(murmur2(as_bytes(text)));
  };
  EXPECT_EQ(hash("21"), -973932308);
  EXPECT_EQ(hash("foobar"), -790332482);
  EXPECT_EQ(hash("a-little-bit-long-string"), -985981536);
  EXPECT_EQ(hash("a-little-bit-longer-string"), -1486304829);
}

TEST(PartitionOfKey, IsOneOfThePartitions) {
  for (const std::string_view key : {"", "a", "21", "foobar"}) {
    const std::int32_t partition = partition_of_key(as_bytes(key), 7);
    EXPECT_GE(partition, 0);
    EXPECT_LT(partition, 7);
  }
}

}  // namespace
}  // namespace koine::core
