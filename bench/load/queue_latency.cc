// The time from when a message should have been published until its confirm, at a fixed rate, while a consumer empties the
// queue. Free of coordinated omission: a message that goes out late is late from its intended time on.
//
//   queue_latency --address HOST:PORT --queue NAME --rate MESSAGES_PER_SECOND --seconds N [--type classic|quorum]
//                 [--warm-up-seconds N] [--body-bytes N]

#include <sys/prctl.h>

#include <chrono>
#include <thread>

#include "percentile.h"
#include "queue_consumer.h"
#include "queue_publisher.h"

namespace {

using Clock = std::chrono::steady_clock;

// No more than this may wait for confirms: a server that cannot keep the rate makes it the limit.
constexpr size_t window = 100'000;
constexpr size_t prefetch = 500;
constexpr size_t ack_every = 50;

void run(Arguments const& arguments) {
  auto const address = arguments.text("address");
  QueueShape const queue{arguments.text("queue"), arguments.text("type", "")};
  auto const rate = arguments.number("rate");
  auto const seconds = arguments.number("seconds");
  auto const warm_up = rate * arguments.number("warm-up-seconds", 5);
  auto payload = random_bytes(arguments.number("body-bytes", 1024));
  arguments.finish();
  prctl(PR_SET_TIMERSLACK, 1UL);  // wake up when due, not 50 us later; threads inherit it
  AmqpClient(address).declare(queue);
  auto const messages = warm_up + rate * seconds;
  std::jthread const consuming([&] {
    try {
      QueueConsumer consumer(address, queue.name, prefetch, ack_every, 0);
      consumer.take(messages);
    } catch (std::exception const& error) {
      std::fprintf(stderr, "consumer: %s\n", error.what());
      std::_Exit(1);
    }
  });

  QueuePublisher publisher(address, queue.name, window, true);
  std::vector<float> latencies_ms;
  latencies_ms.reserve(messages);
  auto const started = Clock::now() + std::chrono::milliseconds(500);
  auto const measured_from = started + std::chrono::nanoseconds(1'000'000'000 / rate * warm_up);
  auto const on_confirmed = [&](Clock::time_point due) {
    if (due < measured_from) return;
    latencies_ms.push_back(std::chrono::duration<float, std::milli>(Clock::now() - due).count());
  };
  for (size_t i = 0; i < messages; ++i) {
    auto const due = started + std::chrono::nanoseconds(1'000'000'000 / rate * i);
    if (Clock::now() < due) publisher.serve_until(due, on_confirmed);
    stamp(payload, i);
    publisher.publish(payload, due, on_confirmed);
  }
  publisher.finish(on_confirmed);
  auto const taken = std::chrono::duration<double>(Clock::now() - measured_from).count();
  std::printf(R"({"messages":%zu,"messages_per_s":%.0f,"p50_ms":%.3f,"p99_ms":%.3f,"p999_ms":%.3f})"
              "\n",
              latencies_ms.size(), static_cast<double>(latencies_ms.size()) / taken,
              percentile(latencies_ms, 0.5), percentile(latencies_ms, 0.99),
              percentile(latencies_ms, 0.999));
}

}  // namespace

int main(int argc, char** argv) { return run_generator(argc, argv, run); }
