#include "protocols/kafka/header.h"

#include <gtest/gtest.h>

#include "protocols/kafka/message_text.h"
#include "protocols/kafka/messages/api_versions.h"
#include "protocols/kafka/messages/fetch.h"

namespace koine::kafka {
namespace {

TEST(RequestHeader, StopsBeforeTheClientIdOfAnApiThatIsNotSpoken) {
  Writer writer;
  writer.int16(999);
  writer.int16(1);
  writer.int32(42);
  writer.raw(as_bytes("whatever"));
  Reader reader(writer.view());
  const auto header = decode_request_header(reader);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->api, nullptr);
  EXPECT_EQ(header->api_key, 999);
  EXPECT_EQ(header->correlation_id, 42);
  EXPECT_EQ(reader.left(), 8U);
}

TEST(RequestHeader, StopsBeforeTheClientIdOfAVersionThatIsNotKnown) {
  Writer writer;
  writer.int16(18);
  writer.int16(99);
  writer.int32(42);
  Reader reader(writer.view());
  const auto header = decode_request_header(reader);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->api, nullptr);
  EXPECT_EQ(header->version, 99);
}

TEST(RequestHeader, KnowsVersionsThatAreRefused) {
  Writer writer;
  begin_request(writer, ApiKey::produce, 0, 42, std::nullopt);
  Reader reader(writer.view().subspan(4));
  const auto header = decode_request_header(reader);
  ASSERT_TRUE(header);
  ASSERT_NE(header->api, nullptr);
  EXPECT_FALSE(header->api->accepted.has(header->version));
  EXPECT_TRUE(header->api->advertised.has(header->version));
}

TEST(RequestHeader, RefusesAClientIdThatGoesPastTheEnd) {
  Writer writer;
  writer.int16(18);
  writer.int16(0);
  writer.int32(42);
  writer.int16(5);
  Reader reader(writer.view());
  const auto header = decode_request_header(reader);
  ASSERT_FALSE(header);
  EXPECT_EQ(header.error().to_string(), "corrupt: request header goes past the end");
}

TEST(RequestHeader, SkipsTaggedFields) {
  Writer writer;
  writer.int16(18);
  writer.int16(3);
  writer.int32(42);
  writer.string("me");
  writer.uvarint(1);
  writer.uvarint(5);
  writer.uvarint(1);
  writer.int8(0);
  Reader reader(writer.view());
  const auto header = decode_request_header(reader);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->client_id, "me");
  EXPECT_EQ(reader.left(), 0U);
}

TEST(ResponseHeader, OfApiVersionsHasNoTaggedFields) {
  Writer writer;
  encode_response_frame(writer, ApiVersionsResponse(), 3, 7);
  EXPECT_EQ(hex_of(writer.view()),
            "0000000c"
            "00000007"
            "0000"
            "01"
            "00000000"
            "00");
}

TEST(ResponseHeader, RefusesAnEmptyOne) {
  Reader reader({});
  EXPECT_FALSE(decode_response_header(reader, ApiKey::fetch, 12));
}

TEST(Frame, CountsHolesInItsLength) {
  FetchResponse response;
  response.responses.push_back(
      {.topic = "t", .partitions = {{.records = Records::elsewhere(1000)}}});
  Writer writer;
  encode_response_frame(writer, response, 12, 1);
  const std::size_t second = writer.size();
  encode_response_frame(writer, response, 4, 2);
  EXPECT_EQ(load_be<std::int32_t>(writer.view().data()),
            static_cast<std::int32_t>(second - 4 + 1000));
  EXPECT_EQ(load_be<std::int32_t>(writer.view().data() + second),
            static_cast<std::int32_t>(writer.size() - second - 4 + 1000));
  EXPECT_EQ(writer.size_with_holes(), writer.size() + 2000);
}

TEST(RequestFrame, HoldsHeaderAndMessage) {
  Writer writer;
  encode_request_frame(
      writer, ApiVersionsRequest{.client_software_name = "k", .client_software_version = "1"}, 3, 5,
      "me");
  EXPECT_EQ(hex_of(writer.view()),
            "00000012"
            "0012"
            "0003"
            "00000005"
            "00026d65"
            "00"
            "026b"
            "0231"
            "00");
}

}  // namespace
}  // namespace koine::kafka
