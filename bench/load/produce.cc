// Produces records with librdkafka, acks=all, default batching. Every record must be acknowledged.
//
//   produce --bootstrap HOST:PORT --topic NAME --records N [--record-bytes N]
//           [--rate RECORDS_PER_SECOND] [--settings name=value,...]

#include <chrono>
#include <thread>

#include "kafka_client.h"
#include "payload.h"

namespace {

using Clock = std::chrono::steady_clock;

// Served by librdkafka on the thread that polls: ours.
struct Deliveries {
  size_t acknowledged = 0;
  rd_kafka_resp_err_t first_error = RD_KAFKA_RESP_ERR_NO_ERROR;

  static void on_report(rd_kafka_t*, rd_kafka_message_t const* message, void* opaque) {
    auto* deliveries = static_cast<Deliveries*>(opaque);
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      ++deliveries->acknowledged;
    } else if (deliveries->first_error == RD_KAFKA_RESP_ERR_NO_ERROR) {
      deliveries->first_error = message->err;
    }
  }
};

class Producer {
 public:
  Producer(std::string const& bootstrap, std::string const& settings, std::string const& topic) {
    auto configuration = make_configuration(bootstrap, "acks=all," + settings);
    rd_kafka_conf_set_dr_msg_cb(configuration.get(), Deliveries::on_report);
    rd_kafka_conf_set_opaque(configuration.get(), &deliveries_);
    client_ = make_client(RD_KAFKA_PRODUCER, std::move(configuration));
    topic_.reset(rd_kafka_topic_new(client_.get(), topic.c_str(), nullptr));
  }

  // Waits while librdkafka's own queue is full.
  void send(std::string& payload) {
    while (rd_kafka_produce(topic_.get(), RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY,
                            payload.data(), payload.size(), nullptr, 0, nullptr) != 0) {
      auto const error = rd_kafka_last_error();
      if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL) check(error, "produce");
      rd_kafka_poll(client_.get(), 10);
    }
  }

  void poll() {
    rd_kafka_poll(client_.get(), 0);
    check(deliveries_.first_error, "delivery");
  }

  void finish(size_t records) {
    check(rd_kafka_flush(client_.get(), 120'000), "flush");
    check(deliveries_.first_error, "delivery");
    if (deliveries_.acknowledged != records) fail("not every record was acknowledged");
  }

 private:
  Deliveries deliveries_;
  Client client_;
  Topic topic_;
};

// Records go out in bursts of one poll; a rate is kept by waiting before a burst, never after one.
void run(Arguments const& arguments) {
  auto const records = arguments.number("records");
  auto const rate = arguments.number("rate", 0);
  auto payload = random_bytes(arguments.number("record-bytes", 1024));
  Producer producer(arguments.text("bootstrap"), arguments.text("settings", ""),
                    arguments.text("topic"));
  arguments.finish();
  auto const started = Clock::now();
  for (size_t i = 0; i < records; ++i) {
    if (i % 64 == 0) {
      producer.poll();
      if (rate > 0) {
        auto const due_s = static_cast<double>(i) / static_cast<double>(rate);
        std::this_thread::sleep_until(started + std::chrono::duration<double>(due_s));
      }
    }
    stamp(payload, i);
    producer.send(payload);
  }
  producer.finish(records);
  auto const seconds = std::chrono::duration<double>(Clock::now() - started).count();
  auto const megabytes = static_cast<double>(records * payload.size()) / 1e6;
  std::printf(R"({"records":%zu,"seconds":%.3f,"mb_per_s":%.2f})"
              "\n",
              records, seconds, megabytes / seconds);
}

}  // namespace

int main(int argc, char** argv) { return run_generator(argc, argv, run); }
