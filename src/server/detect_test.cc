#include "server/detect.h"

#include <gtest/gtest.h>

namespace koine::server {
namespace {

using namespace std::string_view_literals;

// ApiVersions version 3 with a frame of 36 bytes.
constexpr std::string_view api_versions = "\0\0\0\x24\0\x12\0\x03\0\0\0\x01"sv;

Detected detect_text(std::string_view text) { return detect(as_bytes(text)); }

TEST(Detect, RecognizesEachProtocolAndWaitsWhileItCanNot) {
  const auto recognized_after = [](std::string_view text, Detected expected) {
    std::size_t size = 0;
    while (size < text.size() && detect_text(text.substr(0, size)) == Detected::undecided) ++size;
    EXPECT_EQ(detect_text(text.substr(0, size)), expected);
    EXPECT_EQ(detect_text(text), expected);
    return size;
  };
  EXPECT_EQ(recognized_after(api_versions, Detected::kafka), 8U);
  EXPECT_EQ(recognized_after("\x16\x03\x01\x02\x00\x01"sv, Detected::tls), 3U);
  EXPECT_EQ(recognized_after("GET / HTTP/1.1\r\n", Detected::http), 4U);
  EXPECT_EQ(recognized_after("POST /x HTTP/1.1\r\n", Detected::http), 5U);
  EXPECT_EQ(recognized_after("OPTIONS * HTTP/1.1\r\n", Detected::http), 8U);
  EXPECT_EQ(recognized_after("PRI * HTTP/2.0\r\n", Detected::http), 6U);
  EXPECT_EQ(recognized_after("AMQP\0\0\x09\x01"sv, Detected::amqp), 4U);
}

TEST(Detect, TurnsOthersAwayAsSoonAsItIsSure) {
  EXPECT_EQ(detect_text("SSH-2.0"), Detected::unknown);
  EXPECT_EQ(detect_text("\x16\x02"sv), Detected::unknown);
  EXPECT_EQ(detect_text("\x16\x03\x09"sv), Detected::unknown);
  EXPECT_EQ(detect_text("GEX"), Detected::unknown);
  EXPECT_EQ(detect_text("\x10"), Detected::unknown);
  EXPECT_EQ(detect_text("\xff"), Detected::unknown);
}

TEST(Detect, AnImplausibleFrameIsNotKafka) {
  EXPECT_EQ(detect_text("\x10\0\0\0"sv), Detected::unknown);                // size too large
  EXPECT_EQ(detect_text("\0\0\0\x07"sv), Detected::unknown);                // size too small
  EXPECT_EQ(detect_text("\0\0\0\x24\x7f\x12\0\x03"sv), Detected::unknown);  // key
  EXPECT_EQ(detect_text("\0\0\0\x24\xff\xff\0\x03"sv), Detected::unknown);  // negative key
  EXPECT_EQ(detect_text("\0\0\0\x24\0\x03\x7f\x03"sv), Detected::unknown);  // version
}

TEST(Detect, ApiVersionsOfTheFutureIsKafka) {
  EXPECT_EQ(detect_text("\0\0\0\x24\0\x12\x7f\x03"sv), Detected::kafka);
}

TEST(Detect, ALargeProduceRequestMayComeFirst) {
  EXPECT_EQ(detect_text("\x06\x40\0\0\0\0\0\x09"sv), Detected::kafka);
}

TEST(Detect, HasANameForEach) {
  EXPECT_EQ(name_of(Detected::kafka), "Kafka");
  EXPECT_EQ(name_of(Detected::unknown), "unknown");
}

}  // namespace
}  // namespace koine::server
