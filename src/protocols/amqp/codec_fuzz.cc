// Any bytes as a connection's stream: frames are cut one after the other, methods and content headers in them are decoded; what
// was decoded must encode to bytes that decode to the same.
#include "protocols/amqp/codec.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/check.h"
#include "protocols/amqp/method_table.h"

namespace koine::amqp {
namespace {

constexpr std::uint32_t frame_max = 4096;

void recode(const MethodEntry& entry, ByteView fields) {
  Reader reader(fields);
  FrameBuffer once;
  Writer writer(once);
  const Outcome<> recoded = entry.recode(reader, writer);
  CHECK(recoded.has_value() || !recoded.error().sentence.empty());
  if (!recoded) return;
  Reader again(once.view());
  FrameBuffer twice;
  Writer rewriter(twice);
  CHECK(entry.recode(again, rewriter).has_value());
  CHECK(std::ranges::equal(once.view(), twice.view()));
  Reader before(fields);
  Reader after(once.view());
  CHECK(entry.text(before).value() == entry.text(after).value());
}

void read(const Frame& frame) {
  if (frame.type == FrameType::header) {
    const auto header = decode_content_header(frame.payload);
    if (header) (void)core::summarize_properties(header->properties);
  }
  if (frame.type != FrameType::method) return;
  Reader reader(frame.payload);
  const auto method = decode_method_id(reader);
  const MethodEntry* const entry = method ? find_method(*method) : nullptr;
  if (entry != nullptr) recode(*entry, reader.rest());
}

void run(ByteView stream) {
  for (;;) {
    const auto cut = cut_frame(stream, frame_max);
    if (!cut || !*cut) return;
    CHECK((*cut)->whole_size() <= frame_max);
    read(**cut);
    stream = stream.subspan((*cut)->whole_size());
  }
}

}  // namespace
}  // namespace koine::amqp

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  koine::amqp::run(std::as_bytes(std::span(data, size)));
  return 0;
}
