#include "core/queues/properties.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

namespace koine::core {
namespace {

std::vector<std::byte> from_hex(std::string_view hex) {
  std::vector<std::byte> bytes;
  std::string digits;
  for (const char c : hex) {
    if (c == ' ') continue;
    digits.push_back(c);
    if (digits.size() < 2) continue;
    bytes.push_back(static_cast<std::byte>(std::stoi(digits, nullptr, 16)));
    digits.clear();
  }
  return bytes;
}

std::vector<std::byte> encoded(const Properties& properties) {
  std::vector<std::byte> bytes;
  encode_properties(properties, bytes);
  return bytes;
}

std::vector<std::byte> encoded(const FieldTable& table) {
  std::vector<std::byte> bytes;
  encode_field_table(table, bytes);
  return bytes;
}

Properties all_of_them() {
  return {.content_type = "text/plain",
          .content_encoding = "gzip",
          .headers = FieldTable{{"x", {std::string("y")}}},
          .delivery_mode = 2,
          .priority = 9,
          .correlation_id = "c",
          .reply_to = "replies",
          .expiration = "60000",
          .message_id = "m-1",
          .timestamp = 1'700'000'000,
          .type = "t",
          .user_id = "guest",
          .app_id = "app",
          .cluster_id = "cl"};
}

FieldTable every_type() {
  return {{"void", {std::monostate{}}},
          {"bool", {true}},
          {"byte", {std::int8_t{-5}}},
          {"unsignedbyte", {std::uint8_t{200}}},
          {"short", {std::int16_t{-500}}},
          {"unsignedshort", {std::uint16_t{50'000}}},
          {"signedint", {std::int32_t{-70'000}}},
          {"unsignedint", {std::uint32_t{4'000'000'000}}},
          {"long", {std::numeric_limits<std::int64_t>::min()}},
          {"float", {1.5F}},
          {"double", {-2.25}},
          {"decimal", {Decimal{.scale = 2, .value = 314}}},
          {"longstr", {std::string("a\0b", 3)}},
          {"binary", {ByteArray{std::string("\xFF\x00", 2)}}},
          {"array", {FieldArray{{std::int32_t{1}}, {std::string("two")}, {FieldArray{}}}}},
          {"timestamp", {Timestamp{1'700'000'000}}},
          {"table", {FieldTable{{"inner", {FieldTable{}}}}}}};
}

// As RabbitMQ 4.0 sends them: rabbit_binary_generator and rabbit_framing_amqp_0_9_1.
TEST(Properties, HaveTheBytesOfTheStandard) {
  EXPECT_EQ(encoded(Properties{}), from_hex("0000"));
  EXPECT_EQ(encoded(Properties{.delivery_mode = 2}), from_hex("1000 02"));
  EXPECT_EQ(encoded(Properties{.content_type = "a/b", .headers = FieldTable{{"k", {true}}}}),
            from_hex("A000 03 612F62 00000004 01 6B 74 01"));
  EXPECT_EQ(encoded(Properties{.expiration = "100", .timestamp = 1, .cluster_id = ""}),
            from_hex("0144 03 313030 0000000000000001 00"));
}

TEST(Properties, ComeBackAsTheyWere) {
  EXPECT_EQ(decode_properties(encoded(Properties{})), Properties{});
  EXPECT_EQ(decode_properties(encoded(all_of_them())), all_of_them());
}

TEST(Properties, SummaryHasWhatRoutingNeeds) {
  const auto bytes = encoded(all_of_them());
  const auto summary = summarize_properties(bytes);
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->delivery_mode, 2);
  EXPECT_EQ(summary->priority, 9);
  EXPECT_EQ(summary->reply_to, "replies");
  EXPECT_EQ(summary->expiration, "60000");
  EXPECT_EQ(summary->user_id, "guest");
  EXPECT_EQ(summary->message_id, "m-1");
  EXPECT_EQ(decode_field_table(summary->headers), *all_of_them().headers);
  const auto bare = encoded(Properties{});
  const auto nothing = summarize_properties(bare);
  ASSERT_TRUE(nothing);
  EXPECT_TRUE(nothing->headers.empty());
  EXPECT_FALSE(nothing->delivery_mode || nothing->priority);
}

TEST(Properties, CutAnywhereAreCorrupt) {
  auto properties = all_of_them();
  properties.headers = every_type();
  const auto whole = encoded(properties);
  ASSERT_TRUE(summarize_properties(whole));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const ByteView cut = ByteView(whole).first(size);
    EXPECT_EQ(decode_properties(cut).error().code(), ErrorCode::corrupt) << size;
    EXPECT_EQ(summarize_properties(cut).error().code(), ErrorCode::corrupt) << size;
  }
}

TEST(Properties, RefuseWhatIsNotTheirs) {
  for (const auto* hex : {"0001", "0002", "0000 00", "1000 02 00"}) {
    EXPECT_FALSE(decode_properties(from_hex(hex))) << hex;
    EXPECT_FALSE(summarize_properties(from_hex(hex))) << hex;
  }
}

TEST(FieldTable, HasTheBytesOfTheStandard) {
  EXPECT_EQ(encoded(FieldTable{}), from_hex("00000000"));
  EXPECT_EQ(encoded(FieldTable{{"a", {std::int32_t{1}}}, {"b", {std::string("z")}}}),
            from_hex("0000000F 01 61 49 00000001 01 62 53 00000001 7A"));
  EXPECT_EQ(encoded(FieldTable{{"n", {FieldArray{{Decimal{.scale = 1, .value = 15}}}}}}),
            from_hex("0000000D 01 6E 41 00000006 44 01 0000000F"));
}

TEST(FieldTable, ComesBackAsItWas) {
  const FieldTable table = every_type();
  const auto bytes = encoded(table);
  EXPECT_EQ(decode_field_table(bytes), table);
  for (const Field& field : table) EXPECT_EQ(field.value.type_name(), field.name);
}

TEST(FieldTable, TakesLongInBothSpellings) {
  const auto table = decode_field_table(from_hex("0000000B 01 6E 4C FFFFFFFFFFFFFFFE"));
  EXPECT_EQ(table, (FieldTable{{"n", {std::int64_t{-2}}}}));
}

TEST(FieldTable, IntegersOfAnyTypeAreNumbers) {
  EXPECT_EQ(FieldValue{std::uint8_t{200}}.as_integer(), 200);
  EXPECT_EQ(FieldValue{std::int64_t{-1}}.as_integer(), -1);
  EXPECT_EQ(FieldValue{true}.as_integer(), std::nullopt);
  EXPECT_EQ(FieldValue{std::string("1")}.as_integer(), std::nullopt);
  EXPECT_EQ(FieldValue{1.0}.as_integer(), std::nullopt);
}

TEST(FieldTable, TheFirstOfANameCounts) {
  const FieldTable table{{"a", {std::int32_t{1}}}, {"a", {std::int32_t{2}}}};
  ASSERT_NE(find_field(table, "a"), nullptr);
  EXPECT_EQ(find_field(table, "a")->as_integer(), 1);
  EXPECT_EQ(find_field(table, "b"), nullptr);
}

TEST(FieldTable, RefusesWhatIsNotWellFormed) {
  for (const auto* hex : {
           "", "000000",
           "00000001",                          // shorter than its size
           "00000000 00",                       // longer
           "00000003 01 61 7A",                 // type 'z'
           "00000002 01 61",                    // no type
           "00000007 01 61 46 00000001",        // an inner table that is longer than the outer
           "00000008 01 61 53 00000002 62",     // a text that is longer than the table
           "00000009 01 61 46 00000002 01 61",  // an inner table that ends in a name
           "00000004 05 61 74 01",              // a name that is longer than the table
           "00000008 01 61 41 00000001 7A",     // an array with type 'z'
       }) {
    EXPECT_EQ(decode_field_table(from_hex(hex)).error().code(), ErrorCode::corrupt) << hex;
  }
}

FieldTable nested(int depth) {
  FieldTable table;
  for (int n = 1; n < depth; ++n) table = FieldTable{{"t", {std::move(table)}}};
  return table;
}

TEST(FieldTable, NestsToItsLimit) {
  const auto deepest = encoded(Properties{.headers = nested(field_nesting_max)});
  EXPECT_TRUE(decode_properties(deepest));
  EXPECT_TRUE(summarize_properties(deepest));
  const auto deeper = encoded(Properties{.headers = nested(field_nesting_max + 1)});
  EXPECT_FALSE(decode_properties(deeper));
  EXPECT_FALSE(summarize_properties(deeper));
  EXPECT_FALSE(decode_field_table(encoded(nested(field_nesting_max + 1))));
}

}  // namespace
}  // namespace koine::core
