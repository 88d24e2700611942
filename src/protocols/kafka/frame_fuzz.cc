// Any bytes as a connection's stream: frames are cut one after the other, and each is read as a request with its
// header, whatever it says it is.

#include "protocols/kafka/frame.h"

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/check.h"
#include "protocols/kafka/header.h"
#include "protocols/kafka/message_table.h"

namespace koine::kafka {
namespace {

constexpr std::size_t size_max = 4096;

void read_request(ByteView frame) {
  Reader reader(frame);
  const auto header = decode_request_header(reader);
  if (!header || header->api == nullptr) return;
  CHECK(header->api->known().has(header->version));
  Writer writer;
  const Result<> read =
      find_message(header->api->key, Direction::request)->recode(reader, writer, header->version);
  CHECK(read.has_value() || !read.error().message().empty());
}

void run(ByteView stream) {
  while (true) {
    const auto cut = cut_frame(stream, size_max);
    if (!cut || !*cut) return;
    const auto& [frame, rest] = **cut;
    CHECK(frame.size() <= size_max);
    CHECK(frame_prefix_size + frame.size() + rest.size() == stream.size());
    read_request(frame);
    stream = rest;
  }
}

}  // namespace
}  // namespace koine::kafka

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  koine::kafka::run(std::as_bytes(std::span(data, size)));
  return 0;
}
