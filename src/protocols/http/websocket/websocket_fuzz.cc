// A whole WebSocket, from the bytes of a client: whatever arrives, in whatever pieces, it ends when the client has, and leaves nothing
// behind. The first byte says what is agreed on before: bit 0: compression; bit 1: a subscription to a topic that has records.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/check.h"
#include "protocols/http/session_test_bench.h"
#include "protocols/http/websocket/test_frames.h"

namespace koine::http {
namespace {

constexpr std::string_view upgrade =
    "GET /v1/stream HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

void run(ByteView input) {
  if (input.empty()) return;
  const auto choice = std::to_integer<unsigned>(input[0]);
  TestBroker broker;
  CHECK(broker.server().run(broker.server().engine().create_topic({.name = "t"})));
  CHECK(broker.server().append(broker.server().partition("t"), core::test_batch(20)));
  TestClient client = broker.connect({.cut_seed = input.size()});
  std::string request(upgrade);
  if ((choice & 1U) != 0) request += "Sec-WebSocket-Extensions: permessage-deflate\r\n";
  CHECK(client.send(request + "\r\n"));
  CHECK(client.receive_head().status == 101);
  if ((choice & 2U) != 0) {
    client.send(
        encode({.payload = R"({"op":"subscribe","id":1,"topic":"t","from":"start","credit":5})"}));
  }
  client.send(as_text(input.subspan(1)));
  client.end_writing();
  client.receive_all();
  CHECK(broker.world().run_until([&] { return broker.open_connections() == 0; }));
}

}  // namespace
}  // namespace koine::http

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  koine::http::run(std::as_bytes(std::span(data, size)));
  return 0;
}
