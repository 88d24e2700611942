// What a client says in koine.binary.v1: whatever the bytes are, they are refused or they are exactly what is written of the command again
// (properties of messages in their own order, so those twice).
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/check.h"
#include "protocols/http/websocket/binary_commands.h"
#include "protocols/http/websocket/test_binary.h"

namespace koine::http {
namespace {

void run(ByteView input) {
  (void)subject_of(input);
  const auto command = read_binary_command(input);
  if (!command) return;
  const std::string written = write_binary(*command);
  const auto again = read_binary_command(as_bytes(written));
  CHECK(again);
  CHECK(again->index() == command->index());
  CHECK(write_binary(*again) == written);
  const auto* const queue = std::get_if<SubscribeQueue>(&*command);
  const bool is_rewritten =
      std::holds_alternative<PublishMessage>(*command) || (queue != nullptr && queue->vhost == "/");
  if (!is_rewritten) CHECK(written == as_text(input));
}

}  // namespace
}  // namespace koine::http

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  koine::http::run(std::as_bytes(std::span(data, size)));
  return 0;
}
