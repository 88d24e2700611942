// A whole session of HTTP/1.1 or HTTP/2, from the bytes of a client to handlers of all kinds: whatever arrives, in whatever
// pieces, the session ends when the client has, and leaves nothing behind.
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/check.h"
#include "protocols/http/session_test_bench.h"
#include "protocols/http/test_routes.h"

namespace koine::http {
namespace {

void fuzz(std::string_view input) {
  TestBroker broker({.routes = test::routes()});
  TestClient client = broker.connect({.buffer_bytes_max = 64 * KiB, .cut_seed = input.size()});
  client.send(input);
  broker.world().run_for(std::chrono::seconds(1));
  client.end_writing();
  broker.world().run_for(std::chrono::seconds(1));
  client.close();
  broker.world().run_for(std::chrono::minutes(10));
  CHECK(broker.open_connections() == 0);
  CHECK(broker.statistics().streams_open == 0 && broker.statistics().tunnels_open == 0);
}

}  // namespace
}  // namespace koine::http

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  koine::http::fuzz(koine::as_text(std::as_bytes(std::span(data, size))));
  return 0;
}
