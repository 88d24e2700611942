#include "protocols/http/record_json.h"

#include <gtest/gtest.h>

#include <cctype>

#include "core/compression.h"

namespace koine::http {
namespace {

constexpr std::string_view json_type = "application/json; charset=utf-8";

core::Record record_of(std::optional<std::string_view> value, std::string_view content_type = {}) {
  core::Record record;
  record.offset = Offset{41};
  record.timestamp = 1000;
  if (value) record.value = as_bytes(*value);
  if (!content_type.empty()) record.headers.push_back({"Content-Type", as_bytes(content_type)});
  return record;
}

std::string value_of(const core::Record& record) {
  RecordJson json;
  std::string out;
  json.append_value(out, record);
  return out;
}

TEST(RecordJson, HasEverything) {
  core::Record record = record_of("{\"total\": 12}", "application/json");
  record.key = as_bytes("o-17");
  RecordJson json;
  std::string out = "x";
  json.append(out, PartitionId{3}, record, "3f9a1c02.0-42");
  EXPECT_EQ(out, R"(x{"partition":3,"offset":41,"timestamp_ms":1000,"key":"o-17",)"
                 R"("headers":{"Content-Type":"application/json"},"value":{"total":12},)"
                 R"("position":"3f9a1c02.0-42"})");
}

TEST(RecordJson, AValueIsJsonOnlyIfItsTypeSaysSoAndItIs) {
  EXPECT_EQ(value_of(record_of("{\"a\":\n [1.50, 2]}", json_type)), R"({"a":[1.50,2]})");
  EXPECT_EQ(value_of(record_of("{\"a\": 1}")), R"("{\"a\": 1}")");
  EXPECT_EQ(value_of(record_of("{\"a\": ", json_type)), R"("{\"a\": ")");
  EXPECT_EQ(value_of(record_of("[1]", "application/geo+JSON")), "[1]");
  EXPECT_EQ(value_of(record_of("[1]", "text/plain")), R"("[1]")");
}

TEST(RecordJson, WhiteSpaceBetweenTokensIsLeftOutWhereverItIs) {
  const std::string json = R"({"a":[1,"x y","z, {w}: \" v"],"b":{"c":null},"d":[]})";
  EXPECT_EQ(value_of(record_of(json, json_type)), json);
  bool is_in_text = false;
  for (std::size_t at = 0; at <= json.size(); ++at) {
    const bool is_quote = at > 0 && json[at - 1] == '"' && json[at - 2] != '\\';
    if (is_quote) is_in_text = !is_in_text;
    const bool is_in_token = at > 0 && at < json.size() && std::isalpha(json[at - 1]) != 0 &&
                             std::isalpha(json[at]) != 0;
    if (is_in_text || is_in_token) continue;
    for (const char* space : {" ", "\n", "\t", "\r", " \r\n  \t"}) {
      const std::string spaced = json.substr(0, at) + space + json.substr(at);
      ASSERT_EQ(value_of(record_of(spaced, json_type)), json) << spaced;
    }
  }
  EXPECT_EQ(value_of(record_of(" 12\n", json_type)), "12");
  EXPECT_EQ(value_of(record_of("\"a b\"", json_type)), "\"a b\"");
}

// Whatever stands around it, and wherever it stands among the words that are looked at.
TEST(RecordJson, EveryCharacterIsEscapedAsItMustBe) {
  for (int byte = 0; byte < 128; ++byte) {
    const char character = static_cast<char>(byte);
    std::string alone;
    append_json_string(alone, std::string_view(&character, 1));
    const std::string escaped = alone.substr(1, alone.size() - 2);
    EXPECT_EQ(escaped.size() > 1, byte < 0x20 || character == '"' || character == '\\') << byte;
    for (std::size_t before = 0; before < 20; ++before) {
      const std::string plain(before, before % 2 == 0 ? 'x' : '\x7f');
      const std::string rest = "\xC3\xA9 and 12 more";
      std::string out;
      append_json_string(out, plain + character + rest);
      ASSERT_EQ(out, '"' + plain + escaped + rest + '"') << byte << " at " << before;
    }
  }
}

TEST(RecordJson, TextIsTextWhereverItsCharactersEnd) {
  for (std::size_t before = 55; before < 70; ++before) {
    const std::string text = std::string(before, 'x') + "\xF0\x9F\x98\x80\xC3\xA9";
    EXPECT_EQ(value_of(record_of(text)), '"' + text + '"');
    const std::string cut = text.substr(0, before + 3);
    EXPECT_NE(value_of(record_of(cut)), '"' + cut + '"');
  }
}

TEST(RecordJson, TextIsEscapedAndWhatIsNoTextIsBase64) {
  EXPECT_EQ(value_of(record_of("a\n\"\x01\xC3\xA9")), "\"a\\n\\\"\\u0001\xC3\xA9\"");
  EXPECT_EQ(value_of(record_of("\xFF\xFE")), R"("//4=")");
  EXPECT_EQ(value_of(record_of("")), R"("")");
  EXPECT_EQ(value_of(record_of(std::nullopt)), "null");

  core::Record record = record_of("\xFF");
  record.key = as_bytes("\xFE");
  RecordJson json;
  std::string out;
  json.append(out, PartitionId{0}, record);
  EXPECT_EQ(out, R"({"partition":0,"offset":41,"timestamp_ms":1000,"key_base64":"/g==",)"
                 R"("headers":{},"value_base64":"/w=="})");
}

TEST(RecordJson, HeadersThatComeTwiceAreAListAndBinaryOnesStandApart) {
  core::Record record;
  record.headers = {{"b", as_bytes("2")},
                    {"a", as_bytes("1")},
                    {"b", std::nullopt},
                    {"c", as_bytes("\xFF")},
                    {"d", std::nullopt}};
  RecordJson json;
  std::string out;
  json.append_headers(out, record.headers);
  EXPECT_EQ(out, R"("headers":{"a":"1","b":["2",null],"d":null},"headers_base64":{"c":"/w=="})");
}

TEST(RecordJson, CompressedValuesAreShownDecoded) {
  const std::string text = "{\"total\": 12}";
  const auto compressed = core::compress(core::Compression::gzip, as_bytes(text)).value();
  core::Record record = record_of(as_text(compressed), "application/json");
  record.headers.push_back({"content-encoding", as_bytes("gzip")});
  EXPECT_EQ(value_of(record), R"({"total":12})");
  record.headers.back().value = as_bytes("br");
  EXPECT_TRUE(value_of(record).starts_with("\"H4sI"));
}

TEST(RecordJson, WhatIsTooDeepIsText) {
  EXPECT_TRUE(value_of(record_of(std::string(100, '[') + std::string(100, ']'), json_type))
                  .starts_with("\"[[["));
}

TEST(RecordJson, LargeValues) {
  const std::string large = "[\"" + std::string(1 * MiB, 'x') + "\"]";
  EXPECT_EQ(value_of(record_of(large, json_type)), large);
}

}  // namespace
}  // namespace koine::http
