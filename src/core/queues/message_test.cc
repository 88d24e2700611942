#include "core/queues/message.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "core/queues/publish_batch.h"

namespace koine::core {
namespace {

MessageView order() {
  return {.exchange = "shop",
          .routing_key = "order.new",
          .properties = as_bytes("pp"),
          .body = as_bytes("three apples"),
          .published_ms = 1'000,
          .expires_ms = 61'000,
          .priority = 7,
          .is_persistent = true};
}

std::vector<std::byte> encoded(const MessageView& message) {
  std::vector<std::byte> bytes;
  encode_message(message, bytes);
  return bytes;
}

bool equal(const MessageView& a, const MessageView& b) {
  return a.exchange == b.exchange && a.routing_key == b.routing_key &&
         as_text(a.properties) == as_text(b.properties) && as_text(a.body) == as_text(b.body) &&
         a.published_ms == b.published_ms && a.expires_ms == b.expires_ms &&
         a.priority == b.priority && a.is_persistent == b.is_persistent;
}

TEST(Message, HasTheBytesOfTheHeader) {
  const auto bytes = encoded(order());
  const std::string expected(
      "\x35\0\0\0"
      "\x01\x07"
      "\x04\0\x09\0"
      "\x02\0\0\0"
      "\xE8\x03\0\0\0\0\0\0"
      "\x48\xEE\0\0\0\0\0\0"
      "shoporder.newppthree apples",
      57);
  EXPECT_EQ(as_text(bytes), expected);
  EXPECT_EQ(bytes.size(), order().stored_size());
}

TEST(Message, ComesBackAsItWas) {
  for (const MessageView& message : {order(), MessageView{}, MessageView{.is_persistent = false}}) {
    const auto bytes = encoded(message);
    const auto decoded = decode_message(bytes);
    ASSERT_TRUE(decoded);
    EXPECT_TRUE(equal(*decoded, message));
  }
}

TEST(Message, EndsWhereTheNextBegins) {
  auto bytes = encoded(order());
  encode_message({.body = as_bytes("second")}, bytes);
  const auto size = message_size(bytes);
  ASSERT_EQ(size, order().stored_size());
  EXPECT_TRUE(equal(*decode_message(bytes), order()));
  EXPECT_EQ(as_text(decode_message(ByteView(bytes).subspan(*size))->body), "second");
}

TEST(Message, CutAnywhereIsCorrupt) {
  const auto whole = encoded(order());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(decode_message(ByteView(whole).first(size)).error().code(), ErrorCode::corrupt);
  }
}

TEST(Message, RefusesSizesThatDoNotFit) {
  const auto with = [](std::size_t at, int value) {
    auto bytes = encoded(order());
    bytes[at] = static_cast<std::byte>(value);
    return decode_message(bytes);
  };
  EXPECT_FALSE(with(0, 25));   // shorter than the head
  EXPECT_FALSE(with(0, 26));   // the names go past the end
  EXPECT_FALSE(with(4, 3));    // an unknown flag
  EXPECT_FALSE(with(7, 1));    // an exchange of 260 bytes
  EXPECT_FALSE(with(9, 1));    // a routing key of 265 bytes
  EXPECT_FALSE(with(10, 15));  // more properties than bytes are left
  EXPECT_TRUE(with(10, 14));
}

TEST(Message, BodiesOfAnEntryAreSummedUp) {
  auto bytes = encoded(order());
  encode_message({.body = as_bytes("second")}, bytes);
  EXPECT_EQ(body_bytes_of_entry(bytes, 2), 12U + 6U);
  EXPECT_EQ(body_bytes_of_entry({}, 0), 0U);
  EXPECT_FALSE(body_bytes_of_entry(bytes, 1));
  EXPECT_FALSE(body_bytes_of_entry(bytes, 3));
}

QueuePtr queue_with_id(std::uint64_t id) {
  auto queue = std::make_shared<QueueInfo>();
  queue->logs = {LogId(id)};
  return queue;
}

TEST(PublishBatch, KeepsMessagesWithTheirTargets) {
  PublishBatch batch;
  EXPECT_TRUE(batch.empty());
  batch.add(order(), std::vector{queue_with_id(1), queue_with_id(2)});
  batch.add({.body = as_bytes("second")}, std::vector{queue_with_id(2)});
  ASSERT_EQ(batch.size(), 2U);
  const auto& [first, second] = std::pair(batch.items()[0], batch.items()[1]);
  EXPECT_EQ(first.priority, 7);
  EXPECT_EQ(std::ranges::count(batch.targets_of(first), LogId(2)), 1);
  ASSERT_EQ(batch.targets_of(second).size(), 1U);
  EXPECT_EQ(batch.targets_of(second)[0], LogId(2));
  const auto stored = batch.bytes().subspan(second.position, second.size);
  EXPECT_EQ(as_text(decode_message(stored)->body), "second");
}

TEST(PublishBatch, WithSettlementsOnlyIsNotEmpty) {
  PublishBatch batch;
  batch.add_settlements(LogId(1), {});
  EXPECT_TRUE(batch.empty());
  batch.add_settlements(LogId(1), std::vector<Settlement>{{.position = {0, Offset{4}}}});
  EXPECT_FALSE(batch.empty());
  EXPECT_EQ(batch.size(), 0U);
  ASSERT_EQ(batch.settlements().size(), 1U);
  EXPECT_EQ(batch.settlements()[0].settlements[0].position.offset, Offset{4});
}

}  // namespace
}  // namespace koine::core
