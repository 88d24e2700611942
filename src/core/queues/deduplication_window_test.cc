#include "core/queues/deduplication_window.h"

#include <gtest/gtest.h>

#include "core/queues/properties.h"

namespace koine::core {
namespace {

using namespace std::string_literals;
using Known = DeduplicationWindow::Known;

DeduplicationKey key(int number) {
  DeduplicationKey key;
  key.digest[0] = static_cast<std::byte>(number);
  return key;
}

std::optional<DeduplicationKey> key_of(const Properties& properties) {
  std::vector<std::byte> encoded;
  encode_properties(properties, encoded);
  return deduplication_key_of({.properties = encoded});
}

TEST(DeduplicationWindow, KnowsAKeyUntilItsTimeIsOver) {
  DeduplicationWindow window(1000, 10);
  EXPECT_EQ(window.look_up(key(1), 0), Known::no);
  window.add(key(1), 0);
  EXPECT_EQ(window.look_up(key(1), 1), Known::pending);
  window.keep(key(1));
  EXPECT_EQ(window.look_up(key(1), 999), Known::durable);
  EXPECT_EQ(window.repetitions(), 2U);
  EXPECT_EQ(window.look_up(key(1), 1000), Known::no);
  EXPECT_EQ(window.size(), 0U);
  EXPECT_EQ(window.forgotten_early(), 0U);
}

TEST(DeduplicationWindow, ForgetsWhatFailed) {
  DeduplicationWindow window(1000, 10);
  window.add(key(1), 0);
  window.forget(key(1));
  EXPECT_EQ(window.look_up(key(1), 1), Known::no);
  window.add(key(1), 500);
  window.keep(key(1));
  EXPECT_EQ(window.look_up(key(1), 1400), Known::durable);
  EXPECT_EQ(window.seen(1400).size(), 1U);
}

TEST(DeduplicationWindow, ForgetsTheOldestWhenItIsFullAndCounts) {
  DeduplicationWindow window(1000, 3);
  for (int n = 0; n < 5; ++n) window.add(key(n), n);
  EXPECT_EQ(window.size(), 3U);
  EXPECT_EQ(window.forgotten_early(), 2U);
  EXPECT_EQ(window.look_up(key(1), 5), Known::no);
  EXPECT_EQ(window.look_up(key(2), 5), Known::pending);
}

TEST(DeduplicationWindow, ComesBackAsItWas) {
  DeduplicationWindow window(1000, 3);
  for (int n = 0; n < 4; ++n) {
    window.add(key(n), 100 * n);
    window.keep(key(n));
  }
  DeduplicationWindow again(1000, 3);
  again.restore(window.seen(1150), 1150);
  EXPECT_EQ(again.size(), 2U);
  EXPECT_EQ(again.look_up(key(1), 1150), Known::no);
  EXPECT_EQ(again.look_up(key(2), 1150), Known::durable);
  EXPECT_EQ(again.look_up(key(3), 1150), Known::durable);
}

TEST(DeduplicationKey, IsTheHeaderOrTheMessageId) {
  const auto header = [](FieldValue::Variant value) {
    return FieldTable{{"x-deduplication-header", {std::move(value)}}};
  };
  const auto a = key_of({.message_id = "a"});
  ASSERT_TRUE(a);
  EXPECT_EQ(key_of({.headers = header("a"s), .message_id = "b"}), a);
  EXPECT_NE(key_of({.message_id = "b"}), a);
  EXPECT_TRUE(key_of({.headers = header(std::int32_t{1})}));
  EXPECT_NE(key_of({.headers = header(std::int32_t{1})}), key_of({.headers = header("1"s)}));
  EXPECT_EQ(key_of({.correlation_id = "a"}), std::nullopt);
  EXPECT_EQ(key_of({.message_id = ""}), std::nullopt);
  EXPECT_EQ(deduplication_key_of({}), std::nullopt);
}

TEST(DeduplicationKey, IsNoneOfWhatWasInAQueueBefore) {
  EXPECT_EQ(key_of({.headers = FieldTable{{"x-death", {FieldArray{}}}}, .message_id = "a"}),
            std::nullopt);
}

}  // namespace
}  // namespace koine::core
