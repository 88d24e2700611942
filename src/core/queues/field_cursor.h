// FieldCursor: reads the numbers, texts and nested parts of AMQP 0-9-1's encoding (big-endian), without allocating. The first
// part that goes past the end empties the cursor: what is read afterwards is 0 or empty, and `outcome` tells.
#pragma once

#include <concepts>
#include <cstdint>
#include <string_view>

#include "base/byte_order.h"
#include "base/bytes.h"
#include "base/result.h"

namespace koine::core {

class FieldCursor {
 public:
  explicit FieldCursor(ByteView bytes) : rest_(bytes) {}

  bool empty() const { return rest_.empty(); }
  ByteView rest() const { return rest_; }

  ByteView take(std::size_t size) {
    if (size > rest_.size()) [[unlikely]] {
      refuse("a field goes past the end");
      return {};
    }
    const ByteView taken = rest_.first(size);
    rest_ = rest_.subspan(size);
    return taken;
  }
  template <std::integral T>
  T number() {
    const ByteView taken = take(sizeof(T));
    return taken.empty() ? T{} : load_be<T>(taken.data());
  }
  // A u8 size, then the text.
  std::string_view short_text() { return as_text(take(number<std::uint8_t>())); }
  // A u32 size, then the bytes.
  ByteView long_bytes() { return take(number<std::uint32_t>()); }

  // `why` is a literal.
  void refuse(const char* why) {
    if (why_ == nullptr) why_ = why;
    rest_ = {};
  }
  // Refuses what a cursor over a part of this one refused.
  void join(const FieldCursor& part) {
    if (part.why_ != nullptr) [[unlikely]]
      refuse(part.why_);
  }
  bool failed() const { return why_ != nullptr; }
  // Errors: corrupt.
  Result<> outcome() const {
    if (why_ != nullptr) [[unlikely]]
      return fail(ErrorCode::corrupt, why_);
    return {};
  }

 private:
  ByteView rest_;
  const char* why_ = nullptr;
};

// Goes over a table with its size and checks it whole.
void skip_field_table(FieldCursor& cursor);

}  // namespace koine::core
