// Methods and contents, to bytes and back.
#include "protocols/amqp/codec.h"

#include <gtest/gtest.h>

#include <string>

#include "protocols/amqp/messages/all.h"
#include "protocols/amqp/method_table.h"

namespace koine::amqp {
namespace {

using namespace std::string_literals;

std::string bytes_of(const FrameBuffer& buffer) { return std::string(as_text(buffer.view())); }

template <typename Method>
std::string frame_of(const Method& method, std::uint16_t channel = 1) {
  FrameBuffer buffer;
  encode_frame(buffer, channel, method);
  return bytes_of(buffer);
}

TEST(Codec, WritesAMethodAsAFrame) {
  EXPECT_EQ(
      frame_of(BasicAck{.delivery_tag = 258, .multiple = true}, 7),
      "\x01\x00\x07\x00\x00\x00\x0D\x00\x3C\x00\x50\x00\x00\x00\x00\x00\x00\x01\x02\x01\xCE"s);
}

TEST(Codec, PacksBitsIntoOneOctet) {
  const QueueDeclare declare{.queue = "q", .durable = true, .auto_delete = true, .arguments = {}};
  EXPECT_EQ(frame_of(declare),
            "\x01\x00\x01\x00\x00\x00\x0D\x00\x32\x00\x0A\x00\x00\x01q\x0A\x00\x00\x00\x00\xCE"s);
  FrameBuffer buffer;
  Writer writer(buffer);
  encode(writer, declare);
  Reader reader(buffer.view());
  const auto decoded = decode<QueueDeclare>(reader);
  ASSERT_TRUE(decoded.has_value());
  EXPECT_FALSE(decoded->passive);
  EXPECT_TRUE(decoded->durable);
  EXPECT_FALSE(decoded->exclusive);
  EXPECT_TRUE(decoded->auto_delete);
  EXPECT_FALSE(decoded->no_wait);
}

TEST(Codec, RefusesEveryMethodThatIsCutShortOrTooLong) {
  for (const MethodEntry& entry : method_table()) {
    // Zeros are a valid form of every method: empty strings and tables.
    std::string zeros(64, '\0');
    std::size_t valid_size = zeros.size() + 1;
    for (std::size_t size = 0; size <= zeros.size(); ++size) {
      Reader reader(as_bytes(zeros).first(size));
      if (!entry.text(reader).has_value()) continue;
      EXPECT_GT(valid_size, zeros.size()) << entry.name << " has two sizes";
      valid_size = size;
    }
    EXPECT_LE(valid_size, zeros.size()) << entry.name;
  }
}

TEST(Codec, SaysWhichFieldIsWrong) {
  const std::string bytes =
      "\x00\x00\x05"
      "abc"s;
  Reader reader(as_bytes(bytes));
  const auto decoded = decode<BasicPublish>(reader);
  ASSERT_FALSE(decoded.has_value());
  EXPECT_EQ(decoded.error().code, ReplyCode::frame_error);
  EXPECT_EQ(decoded.error().sentence, "cannot decode basic.publish: exchange goes past the end");
}

TEST(Codec, RefusesATableThatIsNone) {
  // A field of the unknown type 'q'.
  const std::string bytes = "\x00\x00\x01q\x00\x00\x00\x00\x03\x01kq"s;
  Reader reader(as_bytes(bytes));
  const auto decoded = decode<QueueDeclare>(reader);
  ASSERT_FALSE(decoded.has_value());
  EXPECT_EQ(decoded.error().sentence, "cannot decode queue.declare: arguments is no field table");
}

TEST(Codec, ShowsNoSecretsInText) {
  const ConnectionStartOk start_ok{.client_properties = {},
                                   .mechanism = "PLAIN",
                                   .response = {"\0guest\0hunter2"s},
                                   .locale = "en_US"};
  FrameBuffer buffer;
  Writer writer(buffer);
  encode(writer, start_ok);
  Reader reader(buffer.view());
  EXPECT_EQ(find_method(MethodId::connection_start_ok)->text(reader).value(),
            R"({client_properties={},mechanism="PLAIN",response=***,locale="en_US"})");
}

TEST(Codec, SplitsABodyIntoFrames) {
  FrameBuffer buffer;
  const std::string body(10'000, 'b');
  encode_content(buffer, 3, {.properties = as_bytes("\x10\x00\x02"s), .body = as_bytes(body)},
                 4096);
  ByteView rest = buffer.view();
  std::vector<Frame> frames;
  while (!rest.empty()) {
    const auto cut = cut_frame(rest, 4096);
    ASSERT_TRUE(cut.has_value() && cut->has_value());
    frames.push_back(**cut);
    rest = rest.subspan((*cut)->whole_size());
  }
  ASSERT_EQ(frames.size(), 4U);
  EXPECT_EQ(frames[0].type, FrameType::header);
  const auto header = decode_content_header(frames[0].payload);
  ASSERT_TRUE(header.has_value());
  EXPECT_EQ(header->class_id, basic_class);
  EXPECT_EQ(header->body_size, 10'000U);
  EXPECT_EQ(as_text(header->properties), "\x10\x00\x02"s);
  std::string joined;
  for (std::size_t n = 1; n < frames.size(); ++n) {
    EXPECT_EQ(frames[n].type, FrameType::body);
    EXPECT_EQ(frames[n].channel, 3);
    EXPECT_LE(frames[n].whole_size(), 4096U);
    joined += as_text(frames[n].payload);
  }
  EXPECT_EQ(joined, body);
}

TEST(Codec, GivesAnEmptyBodyNoFrame) {
  FrameBuffer buffer;
  encode_content(buffer, 1, {.properties = as_bytes("\0\0"s), .body = {}}, 4096);
  EXPECT_EQ(
      bytes_of(buffer),
      "\x02\x00\x01\x00\x00\x00\x0E\x00\x3C\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xCE"s);
}

TEST(Codec, RefusesAContentHeaderThatIsCutShort) {
  EXPECT_FALSE(decode_content_header(as_bytes(std::string(13, '\0'))).has_value());
  EXPECT_TRUE(decode_content_header(as_bytes(std::string(14, '\0'))).has_value());
}

TEST(FrameBuffer, MovesWhatIsLeftToTheFrontBeforeItGrows) {
  FrameBuffer buffer;
  const std::string half(300, 'a');
  buffer.append(as_bytes(half));
  EXPECT_EQ(buffer.capacity(), 512U);
  buffer.consume(290);
  buffer.append(as_bytes(half));
  EXPECT_EQ(buffer.capacity(), 512U);
  EXPECT_EQ(bytes_of(buffer), std::string(310, 'a'));
  buffer.append(as_bytes(std::string(1000, 'b')));
  EXPECT_EQ(bytes_of(buffer), std::string(310, 'a') + std::string(1000, 'b'));
}

TEST(Errors, ReadAsClientsExpect) {
  const Refusal refusal = refuse(ReplyCode::not_found, "no queue 'x' in vhost '/'").error();
  EXPECT_EQ(refusal.reply_text(), "NOT_FOUND - no queue 'x' in vhost '/'");
  EXPECT_EQ(refusal.severity, Severity::channel);
  EXPECT_EQ(refuse(ReplyCode::not_allowed, "x").error().severity, Severity::connection);
  EXPECT_EQ(refuse(ReplyCode::not_found, std::string(1000, 'x')).error().reply_text().size(), 255U);
}

}  // namespace
}  // namespace koine::amqp
