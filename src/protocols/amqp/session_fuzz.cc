// A whole session, from the bytes of a client to queues in memory: whatever arrives, in whatever pieces, the session ends when
// the client has, and leaves nothing behind.
//
// The first byte says how far an orderly client comes before the input is sent: 0: nothing; 1: the protocol header; 2: a
// connection that is open; 3: a channel with a queue that has messages, a consumer, and confirms.
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/check.h"
#include "protocols/amqp/session_test_bench.h"

namespace koine::amqp {
namespace {

constexpr unsigned stages = 4;

void prepare(TestClient& client, unsigned stage) {
  if (stage == 1) client.send_bytes(protocol_header);
  if (stage < 2) return;
  client.open();
  if (stage < 3) return;
  client.open_channel();
  client.declare("q");
  for (const char* body : {"one", "two", "three"}) {
    client.publish(1, {.routing_key = "q"}, {.body = body, .properties = {}});
  }
  client.call<BasicQosOk>(1, BasicQos{.prefetch_count = 2});
  client.call<BasicConsumeOk>(1, BasicConsume{.queue = "q", .consumer_tag = "c"});
  client.send(1, ConfirmSelect{.no_wait = true});
}

void run(ByteView input) {
  if (input.empty()) return;
  TestBroker broker;
  TestClient client = broker.connect({.cut_seed = input.size()});
  prepare(client, std::to_integer<unsigned>(input[0]) % stages);
  client.send_bytes(input.subspan(1));
  client.end_writing();
  client.read_to_end();
  broker.run_for(std::chrono::hours(1));
  CHECK(broker.open_connections() == 0);
}

}  // namespace
}  // namespace koine::amqp

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  koine::amqp::run(std::as_bytes(std::span(data, size)));
  return 0;
}
