#include "protocols/kafka/wire.h"

#include <gtest/gtest.h>

#include <limits>

#include "protocols/kafka/message_text.h"

namespace koine::kafka {
namespace {

std::string written(auto&& write) {
  Writer writer;
  write(writer);
  return hex_of(writer.view());
}

// What reading these bytes gives as an error; empty when it succeeds and reads all.
std::string error_of(std::initializer_list<int> bytes, auto&& read) {
  std::vector<std::byte> input;
  for (const int byte : bytes) input.push_back(static_cast<std::byte>(byte));
  Reader reader(input);
  read(reader);
  const Result<> result = reader.finish();
  return result ? "" : result.error().to_string();
}

TEST(Wire, RoundTripsNumbers) {
  Writer writer;
  writer.int8(-1);
  writer.int16(-2);
  writer.uint16(65535);
  writer.int32(-3);
  writer.uint32(4'000'000'000U);
  writer.int64(std::numeric_limits<std::int64_t>::min());
  writer.boolean(true);
  writer.float64(0.5);
  Reader reader(writer.view());
  EXPECT_EQ(reader.int8(), -1);
  EXPECT_EQ(reader.int16(), -2);
  EXPECT_EQ(reader.uint16(), 65535);
  EXPECT_EQ(reader.int32(), -3);
  EXPECT_EQ(reader.uint32(), 4'000'000'000U);
  EXPECT_EQ(reader.int64(), std::numeric_limits<std::int64_t>::min());
  EXPECT_TRUE(reader.boolean());
  EXPECT_EQ(reader.float64(), 0.5);
  EXPECT_TRUE(reader.finish());
}

TEST(Wire, WritesVarintsAsTheStandardSays) {
  EXPECT_EQ(written([](Writer& w) { w.uvarint(0); }), "00");
  EXPECT_EQ(written([](Writer& w) { w.uvarint(127); }), "7f");
  EXPECT_EQ(written([](Writer& w) { w.uvarint(300); }), "ac02");
  EXPECT_EQ(written([](Writer& w) { w.uvarint(0xFFFFFFFF); }), "ffffffff0f");
  EXPECT_EQ(written([](Writer& w) { w.varint(-1); }), "01");
  EXPECT_EQ(written([](Writer& w) { w.varint(1); }), "02");
  EXPECT_EQ(written([](Writer& w) { w.varlong(std::numeric_limits<std::int64_t>::min()); }),
            "ffffffffffffffffff01");
}

TEST(Wire, RoundTripsVarints) {
  const auto ends = {std::numeric_limits<std::int64_t>::min(), std::int64_t{-65}, std::int64_t{0},
                     std::int64_t{64}, std::numeric_limits<std::int64_t>::max()};
  for (const std::int64_t value : ends) {
    const auto narrow = static_cast<std::int32_t>(value >> 32);
    Writer writer;
    writer.varlong(value);
    writer.varint(narrow);
    writer.uvarint(static_cast<std::uint32_t>(narrow));
    Reader reader(writer.view());
    EXPECT_EQ(reader.varlong(), value);
    EXPECT_EQ(reader.varint(), narrow);
    EXPECT_EQ(reader.uvarint(), static_cast<std::uint32_t>(narrow));
    EXPECT_TRUE(reader.finish());
  }
}

TEST(Wire, RefusesVarintsThatAreTooLong) {
  const auto uvarint = [](Reader& r) { r.uvarint(); };
  const auto varlong = [](Reader& r) { r.varlong(); };
  EXPECT_EQ(error_of({0xFF, 0xFF, 0xFF, 0xFF, 0x0F}, uvarint), "");
  EXPECT_EQ(error_of({0xFF, 0xFF, 0xFF, 0xFF, 0x10}, uvarint),
            "corrupt: a field is a varint that is too long");
  EXPECT_EQ(error_of({0xFF, 0xFF, 0xFF, 0xFF, 0x8F}, uvarint),
            "corrupt: a field is a varint that is too long");
  EXPECT_EQ(error_of({0xFF, 0xFF}, uvarint), "corrupt: a field goes past the end");
  EXPECT_EQ(error_of({0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01}, varlong), "");
  EXPECT_EQ(error_of({0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02}, varlong),
            "corrupt: a field is a varint that is too long");
}

TEST(Wire, RefusesNumbersThatGoPastTheEnd) {
  EXPECT_NE(error_of({}, [](Reader& r) { r.int8(); }), "");
  EXPECT_NE(error_of({1}, [](Reader& r) { r.int16(); }), "");
  EXPECT_NE(error_of({1, 2, 3}, [](Reader& r) { r.int32(); }), "");
  EXPECT_NE(error_of({1, 2, 3, 4, 5, 6, 7}, [](Reader& r) { r.int64(); }), "");
  EXPECT_NE(error_of({1, 2, 3}, [](Reader& r) { r.uuid(); }), "");
}

TEST(Wire, RefusesABooleanThatIsNeither) {
  EXPECT_EQ(error_of({2}, [](Reader& r) { r.boolean(); }),
            "corrupt: a field is neither true nor false");
}

TEST(Wire, RoundTripsStringsAndNulls) {
  Writer writer;
  writer.string("plain");
  writer.null_string();
  writer.compact_string("compact");
  writer.null_compact();
  writer.bytes(as_bytes("b"));
  writer.null_bytes();
  writer.compact_bytes({});
  Reader reader(writer.view());
  EXPECT_EQ(reader.string(), "plain");
  EXPECT_EQ(reader.nullable_string(), std::nullopt);
  EXPECT_EQ(reader.compact_string(), "compact");
  EXPECT_EQ(reader.nullable_compact_string(), std::nullopt);
  EXPECT_EQ(as_text(reader.bytes()), "b");
  EXPECT_FALSE(reader.nullable_bytes().has_value());
  EXPECT_TRUE(reader.nullable_compact_bytes().has_value());
  EXPECT_TRUE(reader.finish());
}

TEST(Wire, RefusesNullWhereThereIsNone) {
  EXPECT_EQ(error_of({0xFF, 0xFF}, [](Reader& r) { r.string(); }), "corrupt: a field is null");
  EXPECT_EQ(error_of({0}, [](Reader& r) { r.compact_string(); }), "corrupt: a field is null");
  EXPECT_EQ(error_of({0xFF, 0xFF, 0xFF, 0xFF}, [](Reader& r) { r.bytes(); }),
            "corrupt: a field is null");
  EXPECT_EQ(error_of({0}, [](Reader& r) { r.compact_bytes(); }), "corrupt: a field is null");
}

TEST(Wire, RefusesNegativeSizes) {
  EXPECT_EQ(error_of({0xFF, 0xFE}, [](Reader& r) { r.nullable_string(); }),
            "corrupt: a field has a negative size");
  EXPECT_EQ(error_of({0x80, 0, 0, 0}, [](Reader& r) { r.nullable_bytes(); }),
            "corrupt: a field has a negative size");
  EXPECT_EQ(error_of({0xFF, 0xFF, 0xFF, 0xFE}, [](Reader& r) { r.nullable_count(1); }),
            "corrupt: a field has a negative count");
}

TEST(Wire, RefusesSizesThatGoPastTheEnd) {
  EXPECT_EQ(error_of({0, 2, 'a'}, [](Reader& r) { r.string(); }),
            "corrupt: a field goes past the end");
  EXPECT_EQ(error_of({3, 'a'}, [](Reader& r) { r.compact_string(); }),
            "corrupt: a field goes past the end");
  EXPECT_EQ(error_of({0x7F, 0xFF, 0xFF, 0xFF}, [](Reader& r) { r.bytes(); }),
            "corrupt: a field goes past the end");
  EXPECT_EQ(error_of({0xFF, 0xFF, 0xFF, 0xFF, 0x0F}, [](Reader& r) { r.compact_bytes(); }),
            "corrupt: a field goes past the end");
}

TEST(Wire, RefusesCountsThatTheBytesCantHold) {
  EXPECT_EQ(error_of({0, 0, 0, 2, 1, 2, 3}, [](Reader& r) { r.nullable_count(2); }),
            "corrupt: a field has more elements than bytes are left");
  EXPECT_EQ(error_of({3, 1}, [](Reader& r) { r.nullable_compact_count(1); }),
            "corrupt: a field has more elements than bytes are left");
}

TEST(Wire, RefusesBytesThatAreLeftOver) {
  EXPECT_EQ(error_of({1, 2}, [](Reader& r) { r.int8(); }),
            "corrupt: bytes are left over after the last field");
}

TEST(Wire, RefusesTaggedFieldsThatGoPastTheEnd) {
  const auto skip = [](Reader& r) { r.skip_tagged_fields(); };
  EXPECT_EQ(error_of({1, 0, 2, 9, 9}, skip), "");
  EXPECT_NE(error_of({1, 0, 2, 9}, skip), "");
  EXPECT_NE(error_of({2, 0, 0}, skip), "");
}

TEST(Wire, LimitsReadingToASection) {
  const auto bytes = Bytes::copy_of("abcd");
  Reader reader(bytes.view());
  const ByteView after = reader.enter_section(2);
  EXPECT_EQ(reader.left(), 2U);
  reader.int16();
  reader.leave_section(after, true);
  EXPECT_EQ(as_text(reader.rest()), "cd");
}

TEST(Wire, RefusesASectionThatIsNotReadWhole) {
  EXPECT_NE(error_of({1, 2}, [](Reader& r) { r.leave_section(r.enter_section(2), true); }), "");
  EXPECT_EQ(error_of({1, 2}, [](Reader& r) { r.leave_section(r.enter_section(2), false); }), "");
  EXPECT_NE(error_of({1, 2}, [](Reader& r) { r.enter_section(3); }), "");
}

TEST(Wire, RefusesMoreMemoryThanTheBudget) {
  Reader reader({});
  EXPECT_TRUE(reader.charge(decoded_bytes_max));
  EXPECT_FALSE(reader.charge(1));
  EXPECT_EQ(reader.charged(), decoded_bytes_max);
  ASSERT_FALSE(reader.finish());
  EXPECT_EQ(reader.finish().error().code(), ErrorCode::too_large);
}

TEST(Wire, KeepsItsFirstFailureAndItsFirstField) {
  Reader reader({});
  reader.blame("before");  // nothing has failed
  reader.int8();
  reader.blame("inner");
  reader.blame("outer");
  reader.fail("is something else");
  EXPECT_FALSE(reader.charge(1));
  EXPECT_EQ(reader.status().error().to_string(), "corrupt: inner goes past the end");
}

TEST(Wire, CutsAPlainStringThatItCantSay) {
  Writer writer;
  writer.string(std::string(40'000, 'a'));
  EXPECT_EQ(writer.size(), 2U + 32'767U);
}

TEST(Wire, NotesHolesAndPatches) {
  Writer writer;
  writer.int32(0);
  writer.hole(10);
  writer.hole(0);
  writer.int8(1);
  writer.patch_int32(0, 7);
  EXPECT_EQ(hex_of(writer.view()), "0000000701");
  EXPECT_EQ(writer.holes(), (std::vector<Hole>{{4, 10}}));
  EXPECT_EQ(writer.size_with_holes(), 15U);
  writer.clear();
  EXPECT_EQ(writer.size_with_holes(), 0U);
}

}  // namespace
}  // namespace koine::kafka
