// A whole WebSocket, from the bytes of a client: whatever arrives, in whatever pieces, it ends when the client has, and leaves nothing
// behind. The first byte says what is agreed on before: bit 0: compression; bit 1: a subscription to a topic that has records; bit 2:
// koine.binary.v1; bit 3: a subscription to a queue that has messages.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/check.h"
#include "protocols/http/session_test_bench.h"
#include "protocols/http/websocket/test_binary.h"
#include "protocols/http/websocket/test_frames.h"

namespace koine::http {
namespace {

constexpr std::string_view upgrade =
    "GET /v1/stream HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

void make_queue(TestBroker& broker) {
  CHECK(broker.call("PUT /v1/queues/q HTTP/1.1\r\nHost: x\r\n\r\n").status == 201);
  for (int n = 0; n < 3; ++n) {
    const auto sent = broker.call(
        "POST /v1/queues/q/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody");
    CHECK(sent.status == 201);
  }
}

// As a client of either form says it.
void say(TestClient& client, bool is_binary, std::string_view json, const SocketCommand& command) {
  if (is_binary) {
    client.send(encode({.opcode = Opcode::binary, .payload = write_binary(command)}));
  } else {
    client.send(encode({.payload = json}));
  }
}

void run(ByteView input) {
  if (input.empty()) return;
  const auto choice = std::to_integer<unsigned>(input[0]);
  TestBroker broker;
  CHECK(broker.server().run(broker.server().engine().create_topic({.name = "t"})));
  CHECK(broker.server().append(broker.server().partition("t"), core::test_batch(20)));
  const bool is_binary = (choice & 4U) != 0;
  const bool has_queue = (choice & 8U) != 0;
  if (has_queue) make_queue(broker);
  TestClient client = broker.connect({.cut_seed = input.size()});
  std::string request(upgrade);
  if ((choice & 1U) != 0) request += "Sec-WebSocket-Extensions: permessage-deflate\r\n";
  if (is_binary) request += "Sec-WebSocket-Protocol: koine.binary.v1\r\n";
  CHECK(client.send(request + "\r\n"));
  CHECK(client.receive_head().status == 101);
  if ((choice & 2U) != 0) {
    say(client, is_binary, R"({"op":"subscribe","id":1,"topic":"t","from":"start","credit":5})",
        SubscribeTopic{.id = 1, .credit = 5, .topic = "t", .at = core::ReadStart::At::start});
  }
  if (has_queue) {
    say(client, is_binary, R"({"op":"subscribe","id":2,"queue":"q","credit":2})",
        SubscribeQueue{.id = 2, .credit = 2, .vhost = "/", .queue = "q"});
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
