#include "core/routing/delay_header.h"

#include <gtest/gtest.h>

namespace koine::core {
namespace {

using namespace std::string_literals;

TEST(DelayHeader, IsANumberOfMilliseconds) {
  EXPECT_EQ(read_delay({std::int32_t{5000}}), 5000);
  EXPECT_EQ(read_delay({std::uint8_t{5}}), 5);
  EXPECT_EQ(read_delay({std::int64_t{-5}}), -5);
  EXPECT_EQ(read_delay({"300"s}), 300);
  EXPECT_EQ(read_delay({1.9}), 1);
  EXPECT_EQ(read_delay({-1.5F}), -1);
  EXPECT_EQ(read_delay({Decimal{.scale = 1, .value = 25}}), 2);
  EXPECT_EQ(read_delay({"soon"s}), std::nullopt);
  EXPECT_EQ(read_delay({"5 "s}), std::nullopt);
  EXPECT_EQ(read_delay({true}), std::nullopt);
  EXPECT_EQ(read_delay({1e300}), std::nullopt);
  EXPECT_EQ(read_delay({}), std::nullopt);
}

TEST(DelayHeader, HasItsSignChangedWhenTheDelayIsOver) {
  FieldTable headers{{"a", {true}}, {"x-delay", {std::int64_t{300}}}};
  mark_delayed(headers);
  EXPECT_EQ(headers[1].value, FieldValue{std::int32_t{-300}});
  headers[1].value = {std::int64_t{delay_ms_max}};
  mark_delayed(headers);
  EXPECT_EQ(headers[1].value, FieldValue{std::int64_t{-delay_ms_max}});
  headers[1].value = {"soon"s};
  mark_delayed(headers);
  EXPECT_EQ(headers[1].value, FieldValue{"soon"s});
  headers.pop_back();
  mark_delayed(headers);
  EXPECT_EQ(headers.size(), 1U);
}

}  // namespace
}  // namespace koine::core
