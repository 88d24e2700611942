// Frames cut from a stream's bytes.
#include "protocols/amqp/frame.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace koine::amqp {
namespace {

using namespace std::string_literals;

constexpr std::uint32_t frame_max = 4096;

TEST(Frame, IsCutFromTheFrontOfWhatArrived) {
  const std::string bytes = "\x01\x00\x05\x00\x00\x00\x02hi\xCEnext"s;
  const auto cut = cut_frame(as_bytes(bytes), frame_max);
  ASSERT_TRUE(cut.has_value() && cut->has_value());
  const Frame& frame = **cut;
  EXPECT_EQ(frame.type, FrameType::method);
  EXPECT_EQ(frame.channel, 5);
  EXPECT_EQ(as_text(frame.payload), "hi");
  EXPECT_EQ(frame.whole_size(), bytes.size() - 4);
}

TEST(Frame, WaitsUntilItIsWhole) {
  const std::string bytes =
      "\x03\x00\x01\x00\x00\x00\x03"
      "abc\xCE"s;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto cut = cut_frame(as_bytes(bytes).first(size), frame_max);
    ASSERT_TRUE(cut.has_value()) << size;
    EXPECT_FALSE(cut->has_value()) << size;
  }
  EXPECT_TRUE(cut_frame(as_bytes(bytes), frame_max)->has_value());
}

TEST(Frame, CanBeEmptyAndAsLargeAsAgreed) {
  EXPECT_TRUE(cut_frame(as_bytes("\x08\x00\x00\x00\x00\x00\x00\xCE"s), frame_max)->has_value());
  std::string largest = "\x03\x00\x01\x00\x00\x0F\xF8"s + std::string(4088, 'x') + "\xCE";
  ASSERT_EQ(largest.size(), frame_max);
  EXPECT_TRUE(cut_frame(as_bytes(largest), frame_max)->has_value());
}

void expect_frame_error(std::string_view bytes, std::string_view part) {
  const auto cut = cut_frame(as_bytes(bytes), frame_max);
  ASSERT_FALSE(cut.has_value());
  EXPECT_EQ(cut.error().code, ReplyCode::frame_error);
  EXPECT_EQ(cut.error().severity, Severity::connection);
  EXPECT_TRUE(cut.error().sentence.contains(part)) << cut.error().sentence;
}

TEST(Frame, WithAnUnknownTypeEndsTheConnection) {
  expect_frame_error("\x04\x00\x01\x00\x00\x00\x00"s, "frame type 4 is unknown");
  expect_frame_error("\x00\x00\x01\x00\x00\x00\x00"s, "frame type 0 is unknown");
}

TEST(Frame, ThatIsTooLargeIsRefusedBeforeItArrived) {
  expect_frame_error("\x03\x00\x01\x00\x00\x0F\xF9"s, "larger than frame_max 4096");
  expect_frame_error("\x03\x00\x01\xFF\xFF\xFF\xFF"s, "larger than frame_max 4096");
}

TEST(Frame, WithAnotherEndOctetEndsTheConnection) {
  expect_frame_error("\x03\x00\x01\x00\x00\x00\x01x\xCD"s, "end octet is 0xcd, expected 0xce");
}

TEST(Frame, OfAHeartbeatHasNoPayload) {
  expect_frame_error("\x08\x00\x00\x00\x00\x00\x01x\xCE"s, "heartbeat");
}

}  // namespace
}  // namespace koine::amqp
