#include "protocols/http/body.h"

#include <gtest/gtest.h>

#include <string>

namespace koine::http {
namespace {

std::string text_of(const BodyBuffer& buffer) {
  std::vector<ByteView> parts;
  buffer.view(parts);
  std::string text;
  for (const ByteView part : parts) text += as_text(part);
  return text;
}

TEST(BodyBuffer, KeepsTextAndSlicesInOrder) {
  const Bytes slice = Bytes::copy_of(std::string(1000, 's'));
  BodyBuffer buffer;
  buffer.append("head");
  buffer.append(std::string_view(""));
  buffer.append(slice);
  buffer.append("mid");
  buffer.append(Bytes::copy_of("small"));
  buffer.append(slice);
  std::string expected = "head" + std::string(1000, 's') + "midsmall" + std::string(1000, 's');
  EXPECT_EQ(text_of(buffer), expected);
  std::vector<ByteView> parts;
  buffer.view(parts);
  ASSERT_EQ(parts.size(), 4U);
  EXPECT_EQ(parts[1].data(), slice.data());  // not copied

  for (const std::size_t step : {1U, 5U, 900U, 100U, 3U, 4U, 500U}) {
    buffer.consume(step);
    expected.erase(0, step);
    EXPECT_EQ(text_of(buffer), expected);
    EXPECT_EQ(buffer.size(), expected.size());
  }
  buffer.append("more");
  EXPECT_EQ(text_of(buffer), expected + "more");
  buffer.consume(buffer.size());
  EXPECT_TRUE(buffer.empty());
}

TEST(BodyBuffer, IsFullSoonerForASlowReader) {
  BodyBuffer buffer;
  EXPECT_EQ(buffer.room(), BodyBuffer::bytes_min);
  for (int n = 0; n < 10; ++n) buffer.adapt(false);
  EXPECT_EQ(buffer.room(), BodyBuffer::bytes_max);
  buffer.append(std::string(BodyBuffer::bytes_max, 'x'));
  EXPECT_TRUE(buffer.is_full());
  buffer.clear();
  buffer.adapt(true);
  EXPECT_EQ(buffer.room(), BodyBuffer::bytes_min);
}

TEST(BodyBuffer, KeepsItsMemoryForAFastReader) {
  BodyBuffer buffer;
  const std::byte* memory = nullptr;
  for (int n = 0; n < 20; ++n) {
    while (!buffer.is_full()) buffer.append(std::string(1000, 'x'));
    std::vector<ByteView> parts;
    buffer.view(parts);
    if (n >= 10) EXPECT_EQ(parts.front().data(), memory);
    memory = parts.front().data();
    buffer.clear();
    buffer.adapt(false);
  }
}

}  // namespace
}  // namespace koine::http
