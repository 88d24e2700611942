#include "core/queues/lease_table.h"

#include <gtest/gtest.h>

#include <map>

#include "io/random_numbers.h"

namespace koine::core {
namespace {

TEST(LeaseTable, FindsWhatAMapFinds) {
  io::RandomNumbers numbers(7);
  LeaseTable table;
  std::map<QueuePosition, std::uint32_t> model;
  std::uint64_t bytes = 0;
  for (int n = 0; n < 200'000; ++n) {
    const bool is_growing = n / 20'000 % 2 == 0;
    const QueuePosition position{static_cast<std::uint8_t>(numbers.below(3)),
                                 Offset(static_cast<std::int64_t>(numbers.below(2000) * 1024))};
    const auto known = model.find(position);
    if (known == model.end() && numbers.chance(is_growing ? 0.9 : 0.2)) {
      const auto size = static_cast<std::uint32_t>(numbers.below(100));
      table.insert({.position = position, .body_size = size});
      model[position] = size;
      bytes += size;
    } else {
      const auto taken = table.take(position);
      ASSERT_EQ(taken.has_value(), known != model.end());
      if (taken) {
        EXPECT_EQ(taken->body_size, known->second);
        bytes -= known->second;
        model.erase(known);
      }
    }
    ASSERT_EQ(table.size(), model.size());
    ASSERT_EQ(table.body_bytes(), bytes);
  }
  for (const auto& [position, size] : model) ASSERT_NE(table.find(position), nullptr);
  std::size_t visited = 0;
  table.for_each([&](const Lease&) { ++visited; });
  EXPECT_EQ(visited, model.size());
  table.clear();
  EXPECT_EQ(table.find({}), nullptr);
  EXPECT_FALSE(table.take({}));
}

}  // namespace
}  // namespace koine::core
