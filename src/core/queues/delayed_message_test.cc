#include "core/queues/delayed_message.h"

#include <gtest/gtest.h>

#include "core/queues/delay_slots.h"
#include "core/queues/properties.h"

namespace koine::core {
namespace {

using namespace std::string_literals;

std::vector<std::byte> encoded(const Properties& properties) {
  std::vector<std::byte> bytes;
  encode_properties(properties, bytes);
  return bytes;
}

TEST(DelayedMessage, IsHeldInAMessageOfItsSlot) {
  const std::vector<std::byte> properties(2);
  const MessageView message{.exchange = "orders",
                            .routing_key = "k",
                            .properties = properties,
                            .body = as_bytes("later"),
                            .published_ms = 1000,
                            .priority = 7,
                            .is_persistent = false};
  std::vector<std::byte> stored;
  encode_message(message, stored);
  const Delay delay{.due_ms = 61'000, .vhost = "/", .exchange = "delayed", .more_keys = {"a", "b"}};
  const auto said = encode_delay(delay);
  const MessageView held = held_form(said, stored, delay.due_ms, 1000);
  EXPECT_EQ(held.priority, delay_slot_for(61'000, 1000));

  const auto read = read_held(held);
  ASSERT_TRUE(read) << read.error().to_string();
  EXPECT_EQ(read->delay.due_ms, 61'000);
  EXPECT_EQ(read->delay.vhost, "/");
  EXPECT_EQ(read->delay.exchange, "delayed");
  EXPECT_EQ(read->delay.more_keys, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(read->message.exchange, "orders");
  EXPECT_EQ(as_text(read->message.body), "later");
  EXPECT_EQ(read->message.priority, 7);
  EXPECT_FALSE(read->message.is_persistent);
}

TEST(DelayedMessage, ThatIsDamagedIsRefused) {
  std::vector<std::byte> stored;
  encode_message({}, stored);
  auto said = encode_delay({.due_ms = 1, .vhost = "/", .exchange = "x", .more_keys = {"a"}});
  for (std::size_t size = 0; size < said.size(); ++size) {
    EXPECT_FALSE(read_held(held_form(ByteView(said).first(size), stored, 1, 0)));
  }
  EXPECT_FALSE(read_held(held_form(said, ByteView(stored).first(5), 1, 0)));
  said.front() = std::byte{2};
  EXPECT_EQ(read_held(held_form(said, stored, 1, 0)).error().code(), ErrorCode::unsupported);
}

TEST(DelayedMessage, BeginsToLiveWhenItIsDue) {
  const auto properties =
      encoded({.headers = FieldTable{{"x-delay", {std::int32_t{500}}}}, .expiration = "100"});
  std::vector<std::byte> changed;
  const auto due =
      due_form({.properties = properties, .published_ms = 1000, .expires_ms = 1100}, 1600, changed);
  ASSERT_TRUE(due);
  EXPECT_EQ(due->published_ms, 1600);
  EXPECT_EQ(due->expires_ms, 1700);
  const auto read = decode_properties(due->properties);
  ASSERT_TRUE(read);
  EXPECT_EQ(find_field(*read->headers, "x-delay")->value, FieldValue{std::int32_t{-500}}.value);
  EXPECT_EQ(read->expiration, "100");
}

TEST(DelayedMessage, WithoutTheHeaderStaysAsItIs) {
  const auto properties = encoded({.message_id = "m"});
  std::vector<std::byte> changed;
  const auto due = due_form({.properties = properties}, 5, changed);
  ASSERT_TRUE(due);
  EXPECT_EQ(due->properties.data(), properties.data());
  EXPECT_EQ(due->expires_ms, no_expiry);
}

}  // namespace
}  // namespace koine::core
