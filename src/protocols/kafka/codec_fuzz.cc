// Any bytes as any message in any version: decoding must not read or allocate without bound, and what was decoded
// must encode to bytes that decode to the same.
//
// Input: API key, direction (lowest bit), version, then the message.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/check.h"
#include "protocols/kafka/message_table.h"

namespace koine::kafka {
namespace {

// A struct of empty strings takes up to 40 bytes of memory for each byte on the wire, and each of the
// three levels at which arrays nest may claim the bytes that are left before one is found too short.
constexpr std::size_t expansion_max = 3 * 40;

void run(ByteView input) {
  if (input.size() < 3) return;
  const auto* const api = find_api(std::to_integer<std::int16_t>(input[0]));
  if (api == nullptr) return;
  const auto direction =
      (input[1] & std::byte{1}) == std::byte{} ? Direction::request : Direction::response;
  const auto version = std::to_integer<Version>(input[2]);
  const MessageEntry* const entry = find_message(api->key, direction);
  CHECK(entry != nullptr);

  Reader first(input.subspan(3));
  Writer once;
  const Result<> decoded = entry->recode(first, once, version);
  CHECK(first.charged() <= expansion_max * input.size());
  if (!decoded) return;

  Reader second(once.view());
  Writer twice;
  CHECK(entry->recode(second, twice, version).has_value());
  CHECK(std::ranges::equal(once.view(), twice.view()));

  Reader before(input.subspan(3));
  Reader after(once.view());
  CHECK(entry->text(before, version).value() == entry->text(after, version).value());
}

}  // namespace
}  // namespace koine::kafka

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  koine::kafka::run(std::as_bytes(std::span(data, size)));
  return 0;
}
