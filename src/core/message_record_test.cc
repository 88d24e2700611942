// What one protocol sets, another reads.
#include "core/message_record.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "base/check.h"

namespace koine::core {
namespace {

constexpr WallTimeMs now = 1'700'000'000'123;

class MessageRecordTest : public testing::Test {
 protected:
  MessageView message(const Properties& properties, std::string_view key = "k",
                      std::string_view body = "b") {
    encoded_.clear();
    encode_properties(properties, encoded_);
    return {.exchange = "x",
            .routing_key = key,
            .properties = encoded_,
            .body = as_bytes(body),
            .published_ms = now};
  }
  // As record, and what its reader makes of it.
  Record record_of(const MessageView& message) {
    const auto made = to_record_.make(message);
    CHECK(made);
    return {.offset = Offset{7},
            .timestamp = made->timestamp,
            .key = made->key,
            .value = made->value,
            .headers = {made->headers.begin(), made->headers.end()}};
  }
  static std::multimap<std::string, std::string> headers_of(const Record& record) {
    std::multimap<std::string, std::string> headers;
    for (const RecordHeader& header : record.headers) {
      headers.emplace(header.key, header.value ? std::string(as_text(*header.value)) : "(null)");
    }
    return headers;
  }
  MessageView back(const Record& record) { return to_message_.make(record, "orders", now); }
  static Properties properties_of(const MessageView& message) {
    auto properties = decode_properties(message.properties);
    CHECK(properties);
    return *properties;
  }
  static FieldTable headers_of(const MessageView& message) {
    return properties_of(message).headers.value_or(FieldTable());
  }

  RecordOfMessage to_record_;
  MessageOfRecord to_message_;
  std::vector<std::byte> encoded_;
};

Properties every_property() {
  return {.content_type = "application/json",
          .content_encoding = "gzip",
          .delivery_mode = std::uint8_t{2},
          .priority = std::uint8_t{9},
          .correlation_id = "c-1",
          .reply_to = "answers",
          .expiration = "60000",
          .message_id = "m-1",
          .timestamp = 1'600'000'000,
          .type = "order",
          .user_id = "alice",
          .app_id = "shop",
          .cluster_id = "one"};
}

TEST_F(MessageRecordTest, PropertiesAreHeadersOfTheirStandardNames) {
  const Record record = record_of(message(every_property()));
  const std::multimap<std::string, std::string> expected = {{"content-type", "application/json"},
                                                            {"content-encoding", "gzip"},
                                                            {"delivery-mode", "2"},
                                                            {"priority", "9"},
                                                            {"correlation-id", "c-1"},
                                                            {"reply-to", "answers"},
                                                            {"expiration", "60000"},
                                                            {"message-id", "m-1"},
                                                            {"timestamp", "1600000000"},
                                                            {"type", "order"},
                                                            {"user-id", "alice"},
                                                            {"app-id", "shop"},
                                                            {"cluster-id", "one"}};
  EXPECT_EQ(headers_of(record), expected);
  EXPECT_EQ(as_text(*record.key), "k");
  EXPECT_EQ(as_text(*record.value), "b");
  EXPECT_EQ(record.timestamp, now);

  const MessageView again = back(record);
  EXPECT_EQ(properties_of(again), every_property());
  EXPECT_EQ(again.routing_key, "k");
  EXPECT_EQ(as_text(again.body), "b");
  EXPECT_EQ(again.priority, 9);
  EXPECT_EQ(again.expires_ms, now + 60'000);
  EXPECT_EQ(again.exchange, "orders");
}

TEST_F(MessageRecordTest, HeadersOfEveryTypeComeBackAsTheyWere) {
  const FieldTable headers = {{"text", {std::string("t")}},
                              {"number", {std::int32_t{-42}}},
                              {"octet", {std::uint8_t{7}}},
                              {"flag", {true}},
                              {"half", {0.5}},
                              {"price", {Decimal{2, 1999}}},
                              {"time", {Timestamp{1000}}},
                              {"bytes", {ByteArray{std::string("\x00\xFF", 2)}}},
                              {"nothing", {std::monostate{}}},
                              {"list", {FieldArray{{std::string("a")}, {std::int64_t{1}}}}},
                              {"table", {FieldTable{{"x", {std::string("\"")}}}}},
                              {"content-type", {std::string("of an application")}},
                              {"amqp-headers", {std::string("of an application")}}};
  const Record record = record_of(message({.content_type = "text/plain", .headers = headers}));
  auto texts = headers_of(record);
  texts.erase(std::string(typed_headers_name));
  const std::multimap<std::string, std::string> expected = {{"text", "t"},
                                                            {"number", "-42"},
                                                            {"octet", "7"},
                                                            {"flag", "true"},
                                                            {"half", "0.5"},
                                                            {"price", "19.99"},
                                                            {"time", "1000"},
                                                            {"bytes", std::string("\x00\xFF", 2)},
                                                            {"nothing", "(null)"},
                                                            {"list", R"(["a",1])"},
                                                            {"table", R"({"x":"\""})"},
                                                            {"content-type", "text/plain"},
                                                            {"content-type", "of an application"}};
  EXPECT_EQ(texts, expected);
  const MessageView again = back(record);
  EXPECT_EQ(headers_of(again), headers);
  EXPECT_EQ(properties_of(again).content_type, "text/plain");
}

TEST_F(MessageRecordTest, ATextThatWasChangedCountsMoreThanTheTypeThatItHad) {
  Record record = record_of(message({.headers = FieldTable{{"retries", {std::int32_t{1}}}}}));
  for (RecordHeader& header : record.headers) {
    if (header.key == "retries") header.value = as_bytes("2");
  }
  EXPECT_EQ(headers_of(back(record)), (FieldTable{{"retries", {std::string("2")}}}));
}

TEST_F(MessageRecordTest, AProducersHeadersAreReadAsPropertiesIfTheyFit) {
  const std::string long_text(300, 'x');
  const Record record{.offset = Offset{0},
                      .timestamp = 5'000,
                      .key = as_bytes("k"),
                      .value = as_bytes("v"),
                      .headers = {{"content-type", as_bytes("text/plain")},
                                  {"priority", as_bytes("high")},
                                  {"type", as_bytes(long_text)},
                                  {"expiration", as_bytes("-1")},
                                  {"trace", as_bytes("42")},
                                  {"empty", std::nullopt}}};
  const Properties properties = properties_of(back(record));
  EXPECT_EQ(properties.content_type, "text/plain");
  EXPECT_EQ(properties.priority, std::nullopt);
  EXPECT_EQ(properties.timestamp, 5U);
  const FieldTable expected = {{"priority", {std::string("high")}},
                               {"type", {long_text}},
                               {"expiration", {std::string("-1")}},
                               {"trace", {std::string("42")}},
                               {"empty", {std::monostate{}}}};
  EXPECT_EQ(properties.headers, expected);
}

TEST_F(MessageRecordTest, CloudEventsHaveTheNamesOfTheirBindings) {
  const Record record{.offset = Offset{0},
                      .timestamp = 0,
                      .key = std::nullopt,
                      .value = as_bytes("{}"),
                      .headers = {{"ce_id", as_bytes("1")}, {"ce_type", as_bytes("order")}}};
  const FieldTable expected = {{"cloudEvents:id", {std::string("1")}},
                               {"cloudEvents:type", {std::string("order")}}};
  EXPECT_EQ(headers_of(back(record)), expected);

  const FieldTable sent = {{"cloudEvents:id", {std::string("1")}},
                           {"cloudEvents:time", {Timestamp{1'000'000'000}}}};
  auto headers = headers_of(record_of(message({.headers = sent})));
  headers.erase(std::string(typed_headers_name));
  EXPECT_EQ(headers, (std::multimap<std::string, std::string>{
                         {"ce_id", "1"}, {"ce_time", "2001-09-09T01:46:40Z"}}));
}

TEST_F(MessageRecordTest, CloudEventsMayHaveTheOtherPrefixOfTheBinding) {
  const FieldTable sent = {{"cloudEvents_id", {std::string("1")}},
                           {"cloudEvents_source", {std::string("/shop")}}};
  const Record record = record_of(message({.headers = sent}));
  auto headers = headers_of(record);
  headers.erase(std::string(typed_headers_name));
  EXPECT_EQ(headers,
            (std::multimap<std::string, std::string>{{"ce_id", "1"}, {"ce_source", "/shop"}}));
  EXPECT_EQ(headers_of(back(record)), sent);
}

TEST_F(MessageRecordTest, KeysThatAreNoRoutingKeysAreHeaders) {
  for (const std::string& key :
       {std::string(), std::string(256, 'k'), std::string("\x00\xFE", 2)}) {
    const Record record{.offset = Offset{0},
                        .timestamp = -1,
                        .key = as_bytes(key),
                        .value = as_bytes("v"),
                        .headers = {}};
    const MessageView view = back(record);
    EXPECT_EQ(view.routing_key, "");
    EXPECT_EQ(headers_of(view), (FieldTable{{std::string(record_key_header), {ByteArray{key}}}}));
    EXPECT_EQ(record_key_of(view), key);
    const Record again = record_of(view);
    ASSERT_TRUE(again.key);
    EXPECT_EQ(as_text(*again.key), key);
    EXPECT_TRUE(again.headers.empty());
  }
}

TEST_F(MessageRecordTest, NoKeyAndNoValueComeBackAsNone) {
  const Record tombstone{
      .offset = Offset{0}, .timestamp = -1, .key = as_bytes("k"), .value = {}, .headers = {}};
  const MessageView view = back(tombstone);
  EXPECT_TRUE(view.body.empty());
  EXPECT_EQ(headers_of(view), (FieldTable{{std::string(null_value_header), {true}}}));
  EXPECT_EQ(record_of(view).value, std::nullopt);

  const MessageView without_key = message({}, "", "");
  EXPECT_EQ(record_key_of(without_key), std::nullopt);
  const Record record = record_of(without_key);
  EXPECT_EQ(record.key, std::nullopt);
  ASSERT_TRUE(record.value);
  EXPECT_TRUE(record.value->empty());
}

TEST_F(MessageRecordTest, HeadersThatNoFrameWouldTakeStayBehindAndSaySo) {
  const std::string large(translated_headers_max, 'h');
  const Record record{
      .offset = Offset{0},
      .timestamp = -1,
      .key = as_bytes(""),
      .value = as_bytes("v"),
      .headers = {{"content-type", as_bytes("text/plain")}, {"large", as_bytes(large)}}};
  const MessageView view = back(record);
  EXPECT_LT(view.properties.size(), 200U);
  EXPECT_EQ(properties_of(view).content_type, "text/plain");
  const FieldTable headers = headers_of(view);
  EXPECT_NE(find_field(headers, record_key_header), nullptr);
  const FieldValue* omitted = find_field(headers, headers_omitted_header);
  ASSERT_NE(omitted, nullptr);
  EXPECT_GT(omitted->as_integer(), std::int64_t{translated_headers_max});
}

TEST_F(MessageRecordTest, WhatIsNoTableIsAnOrdinaryHeader) {
  const Record record{.offset = Offset{0},
                      .timestamp = -1,
                      .key = as_bytes("k"),
                      .value = as_bytes("v"),
                      .headers = {{typed_headers_name, as_bytes("???")}}};
  EXPECT_EQ(headers_of(back(record)),
            (FieldTable{{std::string(typed_headers_name), {std::string("???")}}}));
}

TEST_F(MessageRecordTest, RefusesPropertiesThatAreNone) {
  const std::vector<std::byte> bad(1);
  const auto made = to_record_.make({.properties = bad});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code(), ErrorCode::corrupt);
}

}  // namespace
}  // namespace koine::core
