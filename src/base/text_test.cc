#include "base/text.h"

#include <gtest/gtest.h>

namespace koine {
namespace {

TEST(JsonEscaped, QuotesAndControlCharacters) {
  EXPECT_EQ(json_string("a\"b\\c\n\r\t\x01\x7f"), "\"a\\\"b\\\\c\\n\\r\\t\\u0001\\u007f\"");
}

TEST(JsonEscaped, KeepsUtf8) { EXPECT_EQ(json_escaped("é € 𝄞"), "é € 𝄞"); }

TEST(JsonEscaped, ReplacesWhatIsNotUtf8) {
  const std::string_view replacement = "\xEF\xBF\xBD";
  const auto replaced = [&](std::string_view text, int count) {
    std::string expected;
    for (int i = 0; i < count; ++i) expected += replacement;
    return json_escaped(text) == expected;
  };
  EXPECT_TRUE(replaced("\x80", 1));              // a continuation alone
  EXPECT_TRUE(replaced("\xC0\xAF", 2));          // overlong
  EXPECT_TRUE(replaced("\xE0\x80\xAF", 3));      // overlong
  EXPECT_TRUE(replaced("\xED\xA0\x80", 3));      // a surrogate
  EXPECT_TRUE(replaced("\xF4\x90\x80\x80", 4));  // above U+10FFFF
  EXPECT_TRUE(replaced("\xF8", 1));
  EXPECT_EQ(json_escaped("\xE2\x82"), std::string(replacement) + std::string(replacement));
  EXPECT_EQ(json_escaped("\xC3("), std::string(replacement) + "(");
}

TEST(IsUtf8, TellsTextFromBytes) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("é € 𝄞"));
  EXPECT_FALSE(is_utf8("\xE2\x82"));
  EXPECT_FALSE(is_utf8("a\xFF"));
}

}  // namespace
}  // namespace koine
