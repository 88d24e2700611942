#include "protocols/kafka/frame.h"

#include <gtest/gtest.h>

#include "protocols/kafka/wire.h"

namespace koine::kafka {
namespace {

Writer prefix(std::int32_t size) {
  Writer writer;
  writer.int32(size);
  return writer;
}

ErrorCode error_of(std::int32_t size, std::size_t size_max) {
  const auto result = cut_frame(prefix(size).view(), size_max);
  EXPECT_FALSE(result);
  return result ? ErrorCode::closed : result.error().code();
}

TEST(CutFrame, WaitsForTheWholePrefixAndTheWholeFrame) {
  Writer writer = prefix(5);
  writer.raw(as_bytes("fiver"));
  for (std::size_t size = 0; size < writer.size(); ++size) {
    const auto cut = cut_frame(writer.view().first(size), 100);
    ASSERT_TRUE(cut);
    EXPECT_FALSE(cut->has_value()) << size;
  }
  const auto cut = cut_frame(writer.view(), 100);
  ASSERT_TRUE(cut && *cut);
  EXPECT_EQ(as_text((*cut)->frame), "fiver");
  EXPECT_TRUE((*cut)->rest.empty());
}

TEST(CutFrame, LeavesWhatFollows) {
  Writer writer = prefix(4);
  writer.raw(as_bytes("fourmore"));
  const auto cut = cut_frame(writer.view(), 100);
  ASSERT_TRUE(cut && *cut);
  EXPECT_EQ(as_text((*cut)->frame), "four");
  EXPECT_EQ(as_text((*cut)->rest), "more");
}

TEST(CutFrame, RefusesANegativeSize) {
  EXPECT_EQ(error_of(-1, 100), ErrorCode::corrupt);
  EXPECT_EQ(error_of(std::numeric_limits<std::int32_t>::min(), 100), ErrorCode::corrupt);
}

TEST(CutFrame, RefusesASizeBelowAHeader) {
  EXPECT_EQ(error_of(0, 100), ErrorCode::corrupt);
  EXPECT_EQ(error_of(3, 100), ErrorCode::corrupt);
}

TEST(CutFrame, RefusesASizeOverTheLimitBeforeTheFrameArrives) {
  EXPECT_EQ(error_of(101, 100), ErrorCode::too_large);
  EXPECT_TRUE(cut_frame(prefix(100).view(), 100));
  EXPECT_EQ(error_of(frame_size_max_default + 1, frame_size_max_default), ErrorCode::too_large);
}

TEST(FrameSize, SaysHowMuchToWaitFor) {
  const auto size = frame_size(prefix(77).view(), 100);
  ASSERT_TRUE(size && *size);
  EXPECT_EQ(**size, 77U);
}

}  // namespace
}  // namespace koine::kafka
