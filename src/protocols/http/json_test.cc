#include <gtest/gtest.h>

#include <string>

#include "protocols/http/json_reader.h"
#include "protocols/http/json_writer.h"

namespace koine::http {
namespace {

TEST(JsonWriter, WritesWhatItIsTold) {
  JsonWriter json;
  json.begin_object().member("a", 1).member("b", "x\"\n").key("c").begin_array();
  json.value(true).null().value(-2.5).begin_object().end_object().end_array();
  json.member("d", std::uint64_t{18446744073709551615U}).key("e").raw("[1]").end_object();
  EXPECT_EQ(json.text(),
            R"({"a":1,"b":"x\"\n","c":[true,null,-2.5,{}],"d":18446744073709551615,"e":[1]})");
}

// The sentence of a refusal when a topic's body is read.
std::string refusal(std::string_view text) {
  const auto read = [&]() -> Outcome<> {
    TRY(const JsonDocument document, JsonDocument::parse(as_bytes(text)));
    TRY(JsonObject fields, document.root().as_object());
    TRY([[maybe_unused]] const auto name, fields.required<std::string_view>("name"));
    TRY([[maybe_unused]] const auto count, fields.optional<std::int64_t>("partitions"));
    TRY(const auto list, fields.optional<JsonArray>("list"));
    if (list) {
      for (const JsonValue& item : *list) TRY(item.as_bool());
    }
    TRY(fields.end());
    return {};
  };
  const auto outcome = read();
  return outcome ? "" : outcome.error().detail();
}

TEST(JsonReader, ReadsWhatIsDeclared) {
  EXPECT_EQ(refusal(R"({"name":"x","partitions":3,"list":[true,false]})"), "");
  EXPECT_EQ(refusal(R"({"name":"\u00e9","partitions":null})"), "");
}

TEST(JsonReader, RefusesByName) {
  EXPECT_EQ(refusal("{}"), "body.name: is missing");
  EXPECT_EQ(refusal("[]"), "body: found a list, expected an object");
  EXPECT_EQ(refusal(R"({"name":1})"), "body.name: found a number, expected text");
  EXPECT_EQ(refusal(R"({"name":"x","partitions":1.5})"),
            "body.partitions: found a number, expected a whole number");
  EXPECT_EQ(refusal(R"({"name":"x","list":[true,{}]})"),
            "body.list[1]: found an object, expected a boolean");
  EXPECT_EQ(refusal(R"({"name":"x","partitons":1})"),
            "body.partitons: unknown field; known are name, partitions, list");
  EXPECT_EQ(refusal(R"({"name":"x","name":"y"})"), "body.name: comes twice");
}

TEST(JsonReader, RefusesWhatIsNoJson) {
  for (const std::string_view text : {"", "{", "{\"a\":}", "nul", "{}x", "\"\xff\"", "{'a':1}"}) {
    EXPECT_TRUE(refusal(text).starts_with("body: not valid JSON")) << text;
  }
  EXPECT_EQ(refusal(std::string(100, '[') + std::string(100, ']')), "body: deeper than 64 levels");
}

}  // namespace
}  // namespace koine::http
