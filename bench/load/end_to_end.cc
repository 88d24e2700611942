// The time from when a record should have been sent until a consumer has it, at a fixed rate, with
// librdkafka on both sides. Free of coordinated omission: a record that goes out late, because the
// server or the client was stalled, is late from its intended time on. What has not come through a
// while after the last was due counts with the time it has waited by then: the server cannot keep
// the rate, and its percentiles are lower bounds. A record that was acknowledged must come.
//
//   end_to_end --bootstrap HOST:PORT --topic NAME --rate RECORDS_PER_SECOND --seconds N
//              [--warm-up-seconds N] [--record-bytes N] [--settings name=value,...]

#include <sys/prctl.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "payload.h"
#include "percentile.h"
#include "topic_consumer.h"

namespace {

using Clock = std::chrono::steady_clock;

// How long after the last record was due we wait for those that have not been acknowledged. With
// the load itself it must stay below librdkafka's timeout of a request, 60 s.
constexpr auto overtime = std::chrono::seconds(20);
// And how long for a record that was acknowledged.
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

// Counted on the producer's thread, read by the consumer's.
struct Deliveries {
  std::atomic<size_t> acknowledged{0};
  std::atomic<size_t> failed{0};
  std::atomic<bool> producer_ended{false};

  static void on_report(rd_kafka_t*, rd_kafka_message_t const* message, void* opaque) {
    auto* deliveries = static_cast<Deliveries*>(opaque);
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      ++deliveries->acknowledged;
    } else if (message->err != RD_KAFKA_RESP_ERR__PURGE_QUEUE &&
               message->err != RD_KAFKA_RESP_ERR__PURGE_INFLIGHT) {
      ++deliveries->failed;
    }
  }
};

// Nagle's algorithm would wait for the acknowledgement of the segment before.
std::string const no_delay = "socket.nagle.disable=true";

class Producer {
 public:
  Producer(Plan const& plan, Deliveries& deliveries) : payload_(random_bytes(plan.record_bytes)) {
    auto configuration = make_configuration(plan.bootstrap, no_delay + "," + plan.settings);
    set(configuration.get(), "acks", "all");
    rd_kafka_conf_set_dr_msg_cb(configuration.get(), Deliveries::on_report);
    rd_kafka_conf_set_opaque(configuration.get(), &deliveries);
    client_ = make_client(RD_KAFKA_PRODUCER, std::move(configuration));
    topic_.reset(rd_kafka_topic_new(client_.get(), plan.topic.c_str(), nullptr));
    led_partitions(client_.get(), plan.topic);  // connects, before the first record is due
  }

  // Sleeps until each record's time and sends it; skips none, but gives up at the end of overtime.
  void run(Plan const& plan, Clock::time_point started) {
    auto const ends_at = started + plan.due_after(plan.records) + overtime;
    for (size_t i = 0; i < plan.records && Clock::now() < ends_at; ++i) {
      std::this_thread::sleep_until(started + plan.due_after(i));
      stamp(payload_, i);
      send(ends_at);
      if (i % 16 == 0) rd_kafka_poll(client_.get(), 0);
    }
    auto const left = std::chrono::duration_cast<std::chrono::milliseconds>(ends_at - Clock::now());
    rd_kafka_flush(client_.get(), std::max(0, static_cast<int>(left.count())));
    rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    check(rd_kafka_flush(client_.get(), 10'000), "purge");
  }

 private:
  void send(Clock::time_point ends_at) {
    while (rd_kafka_produce(topic_.get(), RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY,
                            payload_.data(), payload_.size(), nullptr, 0, nullptr) != 0) {
      auto const error = rd_kafka_last_error();
      if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL) check(error, "produce");
      if (Clock::now() > ends_at) return;
      rd_kafka_poll(client_.get(), 1);
    }
  }

  std::string payload_;
  Client client_;
  Topic topic_;
};

class Measurement {
 public:
  Measurement(Plan const& plan, Clock::time_point started)
      : plan_(plan), started_(started), seen_(plan.records) {
    latencies_ms_.reserve(plan.records);
  }

  void add(uint64_t sequence, Clock::time_point received) {
    seen_.add(sequence);
    if (sequence < plan_.warm_up_records) return;
    auto const due = started_ + plan_.due_after(sequence);
    latencies_ms_.push_back(std::chrono::duration<float, std::milli>(received - due).count());
    last_ = received;
  }

  // What has not come has waited at least this long.
  void add_unfinished() {
    auto const waited_until = started_ + plan_.due_after(plan_.records) + overtime;
    for (size_t i = plan_.warm_up_records; i < plan_.records; ++i) {
      if (seen_.has(i)) continue;
      auto const waited = waited_until - started_ - plan_.due_after(i);
      latencies_ms_.push_back(std::chrono::duration<float, std::milli>(waited).count());
      ++unfinished_;
    }
  }

  bool complete() const { return seen_.complete(); }
  size_t count() const { return seen_.count(); }

  void print() {
    auto const measured_s =
        std::chrono::duration<double>(last_ - started_ - plan_.due_after(plan_.warm_up_records))
            .count();
    auto const finished = latencies_ms_.size() - unfinished_;
    std::printf(R"({"records":%zu,"unfinished":%zu,"records_per_s":%.0f,)"
                R"("p50_ms":%.3f,"p99_ms":%.3f,"p999_ms":%.3f})"
                "\n",
                latencies_ms_.size(), unfinished_, static_cast<double>(finished) / measured_s,
                percentile(latencies_ms_, 0.5), percentile(latencies_ms_, 0.99),
                percentile(latencies_ms_, 0.999));
  }

 private:
  Plan const& plan_;
  Clock::time_point started_;
  Clock::time_point last_ = started_;
  SeenRecords seen_;
  std::vector<float> latencies_ms_;
  size_t unfinished_ = 0;
};

void receive_all(TopicConsumer& consumer, Deliveries const& deliveries, Measurement& measurement) {
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
    } else if (!deliveries.producer_ended) {
      last = now;
    } else if (measurement.count() >= deliveries.acknowledged) {
      return;
    } else if (now - last > patience) {
      fail("lost records: " + std::to_string(measurement.count()) + " came, " +
           std::to_string(deliveries.acknowledged) + " were acknowledged");
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
  prctl(PR_SET_TIMERSLACK, 1UL);  // wake up when due, not 50 us later; threads inherit it
  TopicConsumer consumer(plan.bootstrap, no_delay, plan.topic);
  Deliveries deliveries;
  Producer producer(plan, deliveries);
  auto const started = Clock::now() + std::chrono::seconds(1);
  Measurement measurement(plan, started);
  std::string producer_error;
  std::jthread const producing([&] {
    try {
      producer.run(plan, started);
    } catch (std::exception const& error) {
      producer_error = error.what();
    }
    deliveries.producer_ended = true;
  });
  receive_all(consumer, deliveries, measurement);
  while (!deliveries.producer_ended) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  if (!producer_error.empty()) fail(producer_error);
  if (deliveries.failed > 0) fail("deliveries failed: " + std::to_string(deliveries.failed));
  measurement.add_unfinished();
  measurement.print();
}

}  // namespace

int main(int argc, char** argv) { return run_generator(argc, argv, run); }
