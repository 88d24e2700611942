#include "core/routing/headers_pattern.h"

#include <gtest/gtest.h>

#include "core/routing/routing_fixture.h"

namespace koine::core {
namespace {

bool matches(const FieldTable& arguments, const FieldTable& headers) {
  const auto pattern = HeadersPattern::parse(arguments);
  EXPECT_TRUE(pattern);
  return pattern->matches(sorted_fields(headers));
}

Field match(std::string kind) { return text_field("x-match", std::move(kind)); }

const FieldTable pdf_report = {text_field("format", "pdf"), text_field("type", "report")};

TEST(HeadersPattern, AllIsTheDefault) {
  for (const FieldTable& arguments :
       {FieldTable{text_field("format", "pdf"), text_field("type", "report")},
        FieldTable{match("all"), text_field("format", "pdf"), text_field("type", "report")}}) {
    EXPECT_TRUE(matches(arguments, pdf_report));
    EXPECT_TRUE(matches(arguments, {text_field("type", "report"), text_field("a", "b"),
                                    text_field("format", "pdf")}));
    EXPECT_FALSE(matches(arguments, {text_field("format", "pdf")}));
    EXPECT_FALSE(matches(arguments, {text_field("format", "pdf"), text_field("type", "log")}));
    EXPECT_FALSE(matches(arguments, {}));
  }
}

TEST(HeadersPattern, AnyNeedsOne) {
  const FieldTable arguments = {match("any"), text_field("format", "pdf"),
                                text_field("type", "log")};
  EXPECT_TRUE(matches(arguments, pdf_report));
  EXPECT_TRUE(matches(arguments, {text_field("type", "log")}));
  EXPECT_FALSE(matches(arguments, {text_field("format", "zip"), text_field("type", "report")}));
  EXPECT_FALSE(matches(arguments, {}));
}

TEST(HeadersPattern, NothingAskedMatchesAllButNotAny) {
  EXPECT_TRUE(matches({}, pdf_report));
  EXPECT_TRUE(matches({match("all")}, {}));
  EXPECT_FALSE(matches({match("any")}, pdf_report));
}

TEST(HeadersPattern, HeadersWithXCountOnlyWhereItSaysSo) {
  const FieldTable headers = {text_field("x-origin", "here"), text_field("type", "report")};
  const auto asked = [](const char* kind, const char* origin) {
    return FieldTable{match(kind), text_field("x-origin", origin), text_field("type", "report")};
  };
  EXPECT_TRUE(matches(asked("all", "elsewhere"), headers));
  EXPECT_FALSE(matches(asked("all-with-x", "elsewhere"), headers));
  EXPECT_TRUE(matches(asked("all-with-x", "here"), headers));
  EXPECT_FALSE(matches({match("any"), text_field("x-origin", "here")}, headers));
  EXPECT_TRUE(matches({match("any-with-x"), text_field("x-origin", "here")}, headers));
}

TEST(HeadersPattern, AskedWithoutAValueIsThereWithAny) {
  const FieldTable arguments = {field("format", std::monostate{})};
  EXPECT_TRUE(matches(arguments, pdf_report));
  EXPECT_TRUE(matches(arguments, {field("format", std::monostate{})}));
  EXPECT_FALSE(matches(arguments, {text_field("type", "report")}));
}

TEST(HeadersPattern, ComparesValuesNotWidths) {
  const auto equal = [](auto one, auto other) {
    return is_equal_header({.value = one}, {.value = other});
  };
  EXPECT_TRUE(equal(std::int8_t{5}, std::int64_t{5}));
  EXPECT_TRUE(equal(std::uint32_t{5}, 5.0));
  EXPECT_TRUE(equal(2.5F, 2.5));
  EXPECT_TRUE(equal(Timestamp{7}, std::int64_t{7}));
  EXPECT_FALSE(equal(std::int64_t{9'007'199'254'740'993}, std::int64_t{9'007'199'254'740'992}));
  EXPECT_FALSE(equal(std::int64_t{9'007'199'254'740'993}, 9'007'199'254'740'992.0));
  EXPECT_FALSE(equal(std::int32_t{1}, true));
  EXPECT_TRUE(equal(true, true));
  EXPECT_FALSE(equal(std::string("1"), std::int32_t{1}));
  EXPECT_TRUE(equal(std::string("a"), ByteArray{"a"}));
  EXPECT_FALSE(equal(std::string("a"), std::string("A")));
  EXPECT_TRUE(equal(Decimal{.scale = 2, .value = 5}, Decimal{.scale = 2, .value = 5}));
  EXPECT_FALSE(equal(Decimal{.scale = 0, .value = 5}, std::int32_t{5}));
}

TEST(HeadersPattern, TheFirstOfEqualNamesCounts) {
  const FieldTable headers = {text_field("type", "report"), text_field("a", ""),
                              text_field("type", "log")};
  EXPECT_TRUE(matches({text_field("type", "report")}, headers));
  EXPECT_FALSE(matches({text_field("type", "log")}, headers));
}

TEST(HeadersPattern, RefusesOtherKindsOfMatch) {
  for (const Field& wrong : {match("some"), match(""), match("all-with"), field("x-match", true)}) {
    const auto pattern = HeadersPattern::parse({wrong});
    ASSERT_FALSE(pattern);
    EXPECT_EQ(pattern.error().code(), ErrorCode::invalid_argument);
  }
}

TEST(HeadersExchange, LeadsToQueuesWhosePatternMatches) {
  RoutingTable table;
  table.queue("pdfs");
  table.queue("reports");
  table.queue("everything");
  table.bind("amq.headers", "pdfs", "", {text_field("format", "pdf")});
  table.bind("amq.headers", "reports", "", {match("any"), text_field("type", "report")});
  table.bind("amq.headers", "everything");
  EXPECT_EQ(table.route("amq.headers", "ignored", pdf_report), "everything pdfs reports");
  EXPECT_EQ(table.route("amq.headers", "", {text_field("format", "pdf")}), "everything pdfs");
  EXPECT_EQ(table.route("amq.headers"), "everything");
  ASSERT_TRUE(table.catalog().apply(RemoveBinding{
      RoutingTable::binding("amq.headers", "pdfs", "", {text_field("format", "pdf")})}));
  EXPECT_EQ(table.route("amq.headers", "", pdf_report), "everything reports");
}

}  // namespace
}  // namespace koine::core
