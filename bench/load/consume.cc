// Consumes a topic from its beginning with librdkafka, without a group. Fails if a record that
// `produce` wrote is missing or comes twice, or if nothing comes for a while.
//
//   consume --bootstrap HOST:PORT --topic NAME --records N [--rate RECORDS_PER_SECOND]
//           [--check sequence|count] [--settings name=value,...]
//
// With a rate it is the consumer that lags.

#include <array>
#include <chrono>
#include <span>
#include <thread>

#include "payload.h"
#include "topic_consumer.h"

namespace {

using Clock = std::chrono::steady_clock;
constexpr auto patience = std::chrono::seconds(60);

// Calls `each(payload, bytes)` for what comes within 100 ms; returns how many records that were.
template <typename Each>
size_t receive(TopicConsumer& consumer, size_t max, Each each) {
  std::array<rd_kafka_message_t*, 2000> messages{};
  auto const count = rd_kafka_consume_batch_queue(consumer.queue(), 100, messages.data(),
                                                  std::min(max, messages.size()));
  if (count < 0) check(rd_kafka_last_error(), "consume");
  for (auto* message : std::span(messages).first(static_cast<size_t>(count))) {
    check(message->err, "consume");
    each(message->payload, message->len);
    rd_kafka_message_destroy(message);
  }
  return static_cast<size_t>(count);
}

void run(Arguments const& arguments) {
  auto const records = arguments.number("records");
  auto const rate = arguments.number("rate", 0);
  auto const by_sequence = arguments.text("check", "sequence") == "sequence";
  TopicConsumer consumer(arguments.text("bootstrap"), arguments.text("settings", ""),
                         arguments.text("topic"));
  arguments.finish();
  SeenRecords seen(by_sequence ? records : 0);
  size_t count = 0;
  size_t bytes = 0;
  auto const started = Clock::now();
  auto last = started;
  while (count < records) {
    auto const received =
        receive(consumer, rate > 0 ? 100 : records - count, [&](void* payload, size_t size) {
          if (by_sequence) seen.add(stamp_of(payload, size));
          bytes += size;
        });
    count += received;
    if (received > 0) last = Clock::now();
    if (Clock::now() - last > patience) {
      fail("got " + std::to_string(count) + " of " + std::to_string(records) + " records");
    }
    if (rate > 0) {
      auto const due_s = static_cast<double>(count) / static_cast<double>(rate);
      std::this_thread::sleep_until(started + std::chrono::duration<double>(due_s));
    }
  }
  auto const seconds = std::chrono::duration<double>(last - started).count();
  std::printf(R"({"records":%zu,"seconds":%.3f,"mb_per_s":%.2f})"
              "\n",
              count, seconds, static_cast<double>(bytes) / 1e6 / seconds);
}

}  // namespace

int main(int argc, char** argv) { return run_generator(argc, argv, run); }
