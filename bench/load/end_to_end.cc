// The time from when a record should have been sent until a consumer has it, at a fixed rate, with
// librdkafka on both sides. Free of coordinated omission: a record that goes out late, because the
// server or the client was stalled, is late from its intended time on.
//
//   end_to_end --bootstrap HOST:PORT --topic NAME --rate RECORDS_PER_SECOND --seconds N
//              [--warm-up-seconds N] [--record-bytes N] [--settings name=value,...]

#include <atomic>
#include <chrono>
#include <thread>
#include <sys/prctl.h>

#include "payload.h"
#include "percentile.h"
#include "topic_consumer.h"

namespace {

using Clock = std::chrono::steady_clock;

constexpr auto patience = std::chrono::seconds(60);

struct Plan {
  std::string bootstrap;
  std::string topic;
  std::string settings;
  size_t rate;
  size_t records;
  size_t warm_up_records;
  size_t record_bytes;

  Clock::duration due_after(uint64_t sequence) const {
    return std::chrono::nanoseconds(1'000'000'000 / rate * sequence);
  }
};

std::atomic<size_t> failed_deliveries{0};

void on_report(rd_kafka_t*, rd_kafka_message_t const* message, void*) {
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR)
    ++failed_deliveries;
}

// Nagle's algorithm would wait for the acknowledgement of the segment before.
std::string const no_delay = "socket.nagle.disable=true";

// Sleeps until each record's time and sends it; never skips one.
void produce(Plan const& plan, Clock::time_point started) {
  auto configuration = make_configuration(plan.bootstrap, no_delay + "," + plan.settings);
  set(configuration.get(), "acks", "all");
  rd_kafka_conf_set_dr_msg_cb(configuration.get(), on_report);
  auto const client = make_client(RD_KAFKA_PRODUCER, std::move(configuration));
  Topic const topic(rd_kafka_topic_new(client.get(), plan.topic.c_str(), nullptr));
  led_partitions(client.get(), plan.topic); // connects, before the first record is due
  auto payload = random_bytes(plan.record_bytes);
  for (size_t i = 0; i < plan.records; ++i) {
    std::this_thread::sleep_until(started + plan.due_after(i));
    stamp(payload, i);
    while (rd_kafka_produce(topic.get(), RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, payload.data(),
                            payload.size(), nullptr, 0, nullptr) != 0) {
      auto const error = rd_kafka_last_error();
      if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL)
        check(error, "produce");
      rd_kafka_poll(client.get(), 1);
    }
    if (i % 16 == 0)
      rd_kafka_poll(client.get(), 0);
  }
  check(rd_kafka_flush(client.get(), 120'000), "flush");
}

class Measurement {
public:
  Measurement(Plan const& plan, Clock::time_point started)
      : plan_(plan),
        started_(started),
        seen_(plan.records) {
    latencies_ms_.reserve(plan.records);
  }

  void add(uint64_t sequence, Clock::time_point received) {
    seen_.add(sequence);
    if (sequence < plan_.warm_up_records)
      return;
    auto const due = started_ + plan_.due_after(sequence);
    latencies_ms_.push_back(std::chrono::duration<float, std::milli>(received - due).count());
    last_ = received;
  }

  bool complete() const { return seen_.complete(); }
  size_t count() const { return seen_.count(); }

  void print() {
    auto const measured_s =
        std::chrono::duration<double>(last_ - started_ - plan_.due_after(plan_.warm_up_records))
            .count();
    std::printf(R"({"records":%zu,"records_per_s":%.0f,"p50_ms":%.3f,"p99_ms":%.3f,)"
                R"("p999_ms":%.3f})"
                "\n",
                latencies_ms_.size(), static_cast<double>(latencies_ms_.size()) / measured_s,
                percentile(latencies_ms_, 0.5), percentile(latencies_ms_, 0.99),
                percentile(latencies_ms_, 0.999));
  }

private:
  Plan const& plan_;
  Clock::time_point started_;
  Clock::time_point last_;
  SeenRecords seen_;
  std::vector<float> latencies_ms_;
};

void receive_all(TopicConsumer& consumer, Measurement& measurement) {
  auto last = Clock::now();
  while (!measurement.complete()) {
    // Not a batch call: that one waits until its timeout or until the batch is full.
    auto* message = rd_kafka_consume_queue(consumer.queue(), 1000);
    auto const now = Clock::now();
    if (message != nullptr) {
      check(message->err, "consume");
      measurement.add(stamp_of(message->payload, message->len), now);
      rd_kafka_message_destroy(message);
      last = now;
    } else if (now - last > patience) {
      fail("lost records: only " + std::to_string(measurement.count()) + " came");
    }
  }
}

void run(Arguments const& arguments) {
  auto const rate = arguments.number("rate");
  auto const warm_up_records = rate * arguments.number("warm-up-seconds", 5);
  Plan const plan{
      .bootstrap = arguments.text("bootstrap"),
      .topic = arguments.text("topic"),
      .settings = arguments.text("settings", ""),
      .rate = rate,
      .records = warm_up_records + rate * arguments.number("seconds"),
      .warm_up_records = warm_up_records,
      .record_bytes = arguments.number("record-bytes", 1024),
  };
  arguments.finish();
  prctl(PR_SET_TIMERSLACK, 1UL); // wake up when due, not 50 us later; threads inherit it
  TopicConsumer consumer(plan.bootstrap, no_delay, plan.topic);
  auto const started = Clock::now() + std::chrono::seconds(1);
  Measurement measurement(plan, started);
  std::string producer_error;
  std::thread producer([&] {
    try {
      produce(plan, started);
    } catch (std::exception const& error) {
      producer_error = error.what();
    }
  });
  try {
    receive_all(consumer, measurement);
  } catch (std::exception const&) {
    producer.join();
    throw;
  }
  producer.join();
  if (!producer_error.empty())
    fail(producer_error);
  if (failed_deliveries > 0)
    fail("deliveries failed: " + std::to_string(failed_deliveries));
  measurement.print();
}

} // namespace

int main(int argc, char** argv) {
  return run_generator(argc, argv, run);
}
