#include "cli/record_format.h"

#include <gtest/gtest.h>

namespace koine::cli {
namespace {

using namespace std::string_view_literals;

core::Record sample() {
  core::Record record;
  record.offset = Offset(42);
  record.timestamp = 1234;
  record.key = as_bytes("k");
  record.value = as_bytes("some \"value\"");
  record.headers = {{"a", as_bytes("1")}, {"b", std::nullopt}};
  return record;
}

std::string printed(std::string_view format, const core::Record& record) {
  return RecordFormat::parse(format).value().print({"orders", 3, &record});
}

TEST(RecordFormat, PrintsEveryField) {
  EXPECT_EQ(printed("%t/%p/%o@%T %k(%K)=%s(%S) [%h] 100%%\\n", sample()),
            "orders/3/42@1234 k(1)=some \"value\"(12) [a=1,b=NULL] 100%\n");
}

TEST(RecordFormat, NullHasNoTextAndTheSizeMinusOne) {
  core::Record record;
  EXPECT_EQ(printed("%k%K%s%S", record), "-1-1");
}

TEST(RecordFormat, BackslashesWriteBytes) {
  EXPECT_EQ(printed("\\r\\t\\0\\\\\\x41", sample()), "\r\t\0\\A"sv);
}

TEST(RecordFormat, RefusesWhatIsNotAnEscape) {
  for (const std::string_view text : {"%x", "%", "\\q", "\\", "\\x4", "\\xzz"}) {
    const auto format = RecordFormat::parse(text);
    ASSERT_FALSE(format) << text;
    EXPECT_EQ(format.error().code(), ErrorCode::invalid_argument);
  }
}

TEST(PrintAsJson, QuotesAndHasNulls) {
  core::Record record = sample();
  EXPECT_EQ(
      print_as_json({"orders", 3, &record}),
      R"({"topic":"orders","partition":3,"offset":42,"timestamp":1234,"key":"k",)"
      R"("value":"some \"value\"","headers":[{"key":"a","value":"1"},{"key":"b","value":null}]})");
}

}  // namespace
}  // namespace koine::cli
