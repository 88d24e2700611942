#include "protocols/http/websocket/binary_form.h"

#include "protocols/http/utf8.h"

namespace koine::http {

void BinaryReader::fail(const char* problem) {
  if (problem_ == nullptr) problem_ = problem;
  rest_ = {};
}

ByteView BinaryReader::take(std::size_t size) {
  if (size > rest_.size()) {
    fail("the message ends within a field");
    return {};
  }
  const ByteView taken = rest_.first(size);
  rest_ = rest_.subspan(size);
  return taken;
}

ByteView BinaryReader::bytes() { return take(number<std::uint32_t>()); }

std::optional<ByteView> BinaryReader::nullable_bytes() {
  const auto size = number<std::uint32_t>();
  if (size == binary_null) return std::nullopt;
  return take(size);
}

std::string_view BinaryReader::text() {
  const std::string_view text = as_text(bytes());
  if (is_utf8(text)) return text;
  fail("a text is not UTF-8");
  return {};
}

std::size_t BinaryReader::count(std::size_t size_min) {
  const auto count = number<std::uint32_t>();
  if (count <= rest_.size() / size_min) return count;
  fail("the message ends within a list");
  return 0;
}

core::LeaseId BinaryReader::lease() {
  core::LeaseId lease;
  lease.queue = LogId(number<std::uint64_t>());
  lease.position.level = number<std::uint8_t>();
  lease.position.offset = Offset(number<std::int64_t>());
  lease.number = number<std::uint64_t>();
  return lease;
}

BinaryWriter& BinaryWriter::bytes(ByteView bytes) {
  number(static_cast<std::uint32_t>(bytes.size()));
  out_ += as_text(bytes);
  return *this;
}

BinaryWriter& BinaryWriter::nullable_bytes(std::optional<ByteView> bytes_or_null) {
  return bytes_or_null ? bytes(*bytes_or_null) : number(binary_null);
}

BinaryWriter& BinaryWriter::lease(const core::LeaseId& lease) {
  number(lease.queue.value()).number(lease.position.level);
  return number(lease.position.offset.value()).number(lease.number);
}

}  // namespace koine::http
