// Any bytes as the properties of a message: what is decoded must be the same after encoding it, and the summary must accept
// exactly what decoding accepts and see the same values.

#include "core/queues/properties.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/check.h"

namespace koine::core {
namespace {

std::vector<std::byte> encoded(const Properties& properties) {
  std::vector<std::byte> bytes;
  encode_properties(properties, bytes);
  return bytes;
}

void check_summary(const PropertiesSummary& summary, const Properties& properties) {
  CHECK(summary.delivery_mode == properties.delivery_mode);
  CHECK(summary.priority == properties.priority);
  CHECK(summary.reply_to == properties.reply_to.value_or(""));
  CHECK(summary.expiration == properties.expiration);
  CHECK(summary.user_id == properties.user_id);
  CHECK(summary.message_id == properties.message_id.value_or(""));
  CHECK(summary.headers.empty() != properties.headers.has_value());
  if (properties.headers) CHECK(decode_field_table(summary.headers));
}

void fuzz(ByteView input) {
  const auto properties = decode_properties(input);
  const auto summary = summarize_properties(input);
  CHECK(properties.has_value() == summary.has_value());
  if (!properties) return;
  check_summary(*summary, *properties);
  // Compared as bytes: a float that is not a number differs from itself.
  const auto once = encoded(*properties);
  const auto again = decode_properties(once);
  CHECK(again && encoded(*again) == once);
  CHECK(once.size() <= input.size());
}

}  // namespace
}  // namespace koine::core

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  koine::core::fuzz(std::as_bytes(std::span(data, size)));
  return 0;
}
