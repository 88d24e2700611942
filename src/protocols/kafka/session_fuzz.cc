// A whole session, from the bytes of a client to the engine on a simulated disk: whatever arrives, in whatever pieces, the
// session ends when the client has, and leaves nothing behind.
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/check.h"
#include "protocols/kafka/session_test_bench.h"

namespace koine::kafka {
namespace {

void fuzz(ByteView input) {
  TestBroker broker;
  broker.create_topic("t");
  TestClient client = broker.connect({.buffer_bytes_max = 64 * KiB, .cut_seed = input.size()});
  client.send_bytes(input);
  client.end_writing();
  while (client.receive_frame()) {
  }
  broker.world().run_for(std::chrono::hours(1));
  CHECK(broker.open_connections() == 0);
}

}  // namespace
}  // namespace koine::kafka

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  koine::kafka::fuzz(std::as_bytes(std::span(data, size)));
  return 0;
}
