#include "protocols/http/websocket/frame.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/units.h"
#include "protocols/http/websocket/deflate.h"
#include "protocols/http/websocket/test_frames.h"

namespace koine::http {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Read {
  std::vector<std::string> messages;
  std::optional<CloseCode> violation;
};

Read read(std::string_view bytes, std::size_t piece = 1'000'000, std::size_t bytes_max = 1 * MiB,
          Inflater* inflater = nullptr) {
  FrameReader reader(bytes_max, inflater);
  Read result;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    ByteView rest = as_bytes(bytes.substr(at, piece));
    while (!rest.empty()) {
      auto message = reader.next(rest);
      if (!message) {
        result.violation = message.error().code;
        return result;
      }
      if (*message) result.messages.emplace_back(as_text((*message)->payload));
    }
  }
  return result;
}

CloseCode violation_of(const std::string& bytes) {
  const Read result = read(bytes);
  EXPECT_TRUE(result.violation.has_value());
  return result.violation.value_or(CloseCode::normal);
}

TEST(FrameReader, ReadsMessagesInAnyPieces) {
  const std::string large(70'000, 'x');
  const std::string bytes = encode({.payload = "hello"}) + encode({.payload = ""}) +
                            encode({.opcode = Opcode::binary, .payload = large});
  for (const std::size_t piece : {1UZ, 2UZ, 7UZ, 1'000'000UZ}) {
    EXPECT_THAT(read(bytes, piece).messages, ElementsAre("hello", "", large));
  }
}

TEST(FrameReader, PutsFragmentsTogetherWithControlFramesBetween) {
  const std::string bytes = encode({.payload = "\xE2\x82", .is_final = false}) +
                            encode({.opcode = Opcode::ping, .payload = "p"}) +
                            encode({.opcode = Opcode::continuation, .payload = "\xAC"});
  EXPECT_THAT(read(bytes, 1).messages, ElementsAre("p", "\u20AC"));
}

TEST(FrameReader, RefusesWhatTheStandardForbids) {
  EXPECT_EQ(violation_of(encode({.payload = "x", .is_masked = false})), CloseCode::protocol_error);
  EXPECT_EQ(violation_of(encode({.payload = "x", .reserved = 0x20})), CloseCode::protocol_error);
  EXPECT_EQ(violation_of(encode({.payload = "x", .reserved = 0x40})), CloseCode::protocol_error);
  EXPECT_EQ(violation_of(encode({.opcode = Opcode(3)})), CloseCode::protocol_error);
  EXPECT_EQ(violation_of(encode({.opcode = Opcode(11)})), CloseCode::protocol_error);
  EXPECT_EQ(violation_of(encode({.opcode = Opcode::continuation})), CloseCode::protocol_error);
  EXPECT_EQ(violation_of(encode({.is_final = false}) + encode({})), CloseCode::protocol_error);
  EXPECT_EQ(violation_of(encode({.opcode = Opcode::ping, .is_final = false})),
            CloseCode::protocol_error);
  EXPECT_EQ(violation_of(encode({.opcode = Opcode::ping, .payload = std::string(126, 'x')})),
            CloseCode::protocol_error);
  EXPECT_EQ(violation_of(encode({.opcode = Opcode::close, .payload = "x"})),
            CloseCode::protocol_error);
  EXPECT_EQ(violation_of(encode({.opcode = Opcode::close, .payload = "\x03\xED"})),
            CloseCode::protocol_error);
  EXPECT_EQ(violation_of(encode({.opcode = Opcode::close, .payload = "\x03\xE8\xFF"})),
            CloseCode::invalid_text);
  EXPECT_EQ(violation_of(encode({.payload = "\xFF"})), CloseCode::invalid_text);
  // Lengths that have a shorter form.
  EXPECT_EQ(violation_of(std::string("\x81\xFE\x00\x05xxxx", 8)), CloseCode::protocol_error);
  EXPECT_EQ(violation_of(std::string("\x81\xFF\0\0\0\0\0\0\x00\x05xxxx", 14)),
            CloseCode::protocol_error);
}

TEST(FrameReader, ALengthIsRefusedBeforeItsBytesCome) {
  EXPECT_EQ(violation_of(std::string("\x82\xFF\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFFxxxx", 14)),
            CloseCode::too_large);
  const std::string half(600'000, 'x');
  EXPECT_EQ(violation_of(encode({.payload = half, .is_final = false}) +
                         encode({.opcode = Opcode::continuation, .payload = half})),
            CloseCode::too_large);
}

TEST(FrameReader, FragmentsWithoutEndAreRefused) {
  std::string bytes = encode({.is_final = false});
  for (std::size_t n = 0; n < fragments_max; ++n) {
    bytes += encode({.opcode = Opcode::continuation, .is_final = false});
  }
  EXPECT_EQ(violation_of(bytes), CloseCode::policy);
}

TEST(FrameReader, KeepsNothingBetweenMessages) {
  FrameReader reader(MiB, nullptr);
  const std::string bytes = encode({.payload = "hello"}) + encode({.opcode = Opcode::ping});
  ByteView rest = as_bytes(bytes);
  while (!rest.empty()) ASSERT_TRUE(reader.next(rest));
  EXPECT_EQ(reader.bytes_kept(), 0U);
  EXPECT_FALSE(reader.is_in_message());
}

TEST(Deflate, AMessageComesBack) {
  Deflater deflater;
  Inflater inflater;
  for (const std::string& text : {std::string("hello"), std::string(100'000, 'x'), std::string()}) {
    const std::string bytes = encode({.payload = deflater.deflate(text), .reserved = 0x40});
    EXPECT_THAT(read(bytes, 3, MiB, &inflater).messages, ElementsAre(text));
  }
}

TEST(Deflate, ABombIsRefusedWhileItGrows) {
  Deflater deflater;
  Inflater inflater;
  const std::string bomb(deflater.deflate(std::string(50 * MiB, 'x')));
  ASSERT_LT(bomb.size(), 1 * MiB);
  const Read result =
      read(encode({.payload = bomb, .reserved = 0x40}), 1'000'000, 1 * MiB, &inflater);
  EXPECT_EQ(result.violation, CloseCode::too_large);
  // The next one is as good as the first.
  EXPECT_THAT(read(encode({.payload = deflater.deflate("y"), .reserved = 0x40}), 9, MiB, &inflater)
                  .messages,
              ElementsAre("y"));
}

TEST(Deflate, WhatIsNotCompressedIsRefused) {
  Inflater inflater;
  EXPECT_EQ(
      read(encode({.payload = "\xFF\xFF\xFF", .reserved = 0x40}), 9, MiB, &inflater).violation,
      CloseCode::invalid_text);
}

TEST(Deflate, OffersThatCanBeTakenAre) {
  EXPECT_TRUE(accept_deflate("permessage-deflate"));
  EXPECT_TRUE(accept_deflate("permessage-deflate; client_max_window_bits"));
  EXPECT_TRUE(accept_deflate("x-other, permessage-deflate; server_no_context_takeover"));
  EXPECT_TRUE(accept_deflate("permessage-deflate; server_max_window_bits=10, permessage-deflate"));
  EXPECT_FALSE(accept_deflate("permessage-deflate; server_max_window_bits=10"));
  EXPECT_FALSE(accept_deflate("permessage-deflate; unknown"));
  EXPECT_FALSE(accept_deflate("x-other"));
  EXPECT_FALSE(accept_deflate(""));
}

TEST(ServerFrames, LengthsHaveTheirShortestForm) {
  for (const std::size_t size : {0UZ, 125UZ, 126UZ, 65'535UZ, 65'536UZ}) {
    std::string head;
    append_frame_head(head, Opcode::text, size);
    EXPECT_EQ(head.size(), size < 126 ? 2U : size < 65'536 ? 4U : 10U);
  }
}

}  // namespace
}  // namespace koine::http
