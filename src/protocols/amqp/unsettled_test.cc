// Deliveries of a channel, found and settled by their tags.
#include "protocols/amqp/unsettled.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "io/random_numbers.h"

namespace koine::amqp {
namespace {

struct UnsettledTest : testing::Test {
  void add(std::uint64_t tag) {
    unsettled.add({.tag = tag,
                   .position = {.offset = Offset(static_cast<Offset::rep>(tag))},
                   .queue = &queue});
  }
  std::vector<std::uint64_t> take(std::uint64_t tag, bool is_multiple, bool& is_known) {
    std::vector<std::uint64_t> tags;
    is_known = unsettled.take(
        tag, is_multiple, [&](const UnsettledDelivery& delivery) { tags.push_back(delivery.tag); });
    return tags;
  }
  Unsettled unsettled;
  Settlements::Queue queue;
};

TEST_F(UnsettledTest, OneOrAllUpToOne) {
  for (std::uint64_t tag = 1; tag <= 6; ++tag) add(tag);
  bool is_known = false;
  EXPECT_EQ(take(2, false, is_known), (std::vector<std::uint64_t>{2}));
  EXPECT_EQ(take(4, true, is_known), (std::vector<std::uint64_t>{1, 3, 4}));
  EXPECT_EQ(take(4, true, is_known), std::vector<std::uint64_t>{});
  EXPECT_FALSE(is_known);
  EXPECT_EQ(take(0, true, is_known), (std::vector<std::uint64_t>{5, 6}));
  EXPECT_TRUE(is_known);
  EXPECT_EQ(unsettled.size(), 0U);
}

TEST_F(UnsettledTest, GoBackToTheirPlaces) {
  for (std::uint64_t tag = 1; tag <= 4; ++tag) add(tag);
  std::vector<UnsettledDelivery> taken;
  unsettled.take(3, true, [&](const UnsettledDelivery& delivery) { taken.push_back(delivery); });
  unsettled.put_back(taken);
  bool is_known = false;
  EXPECT_EQ(take(0, true, is_known), (std::vector<std::uint64_t>{1, 2, 3, 4}));
}

// Against a map, with tags that are missing and one that stays for long.
TEST_F(UnsettledTest, AsAModelSays) {
  io::RandomNumbers numbers(7);
  std::map<std::uint64_t, bool> model;
  std::uint64_t next = 1;
  for (int step = 0; step < 20'000; ++step) {
    if (numbers.chance(0.5)) {
      next += numbers.between(1, 3);
      add(next);
      model[next] = true;
      continue;
    }
    const std::uint64_t tag = numbers.below(next + 2);
    const bool is_multiple = numbers.chance(0.02);
    std::vector<std::uint64_t> expected;
    const bool expect_known = model.contains(tag) || (is_multiple && tag == 0);
    if (expect_known) {
      for (auto it = model.begin(); it != model.end();) {
        const bool is_meant = is_multiple ? tag == 0 || it->first <= tag : it->first == tag;
        if (is_meant) expected.push_back(it->first);
        it = is_meant ? model.erase(it) : std::next(it);
      }
    }
    bool is_known = false;
    ASSERT_EQ(take(tag, is_multiple, is_known), expected) << step;
    ASSERT_EQ(is_known, expect_known) << step;
    ASSERT_EQ(unsettled.size(), model.size());
  }
}

}  // namespace
}  // namespace koine::amqp
