// Appends prebuilt record batches as fast as a server takes them: Produce v7, acks=all, over plain
// sockets, one thread and a fixed number of unanswered requests for each connection. Costs almost
// no CPU, which leaves the machine to the server. Every answer's error code is checked.
//
//   append --bootstrap HOST:PORT --topic NAME --partitions N --total-bytes N [--batch-bytes N]
//          [--record-bytes N] [--connections N] [--in-flight N] [--order random|in_turn]
//
// A request holds one batch for one partition. `total-bytes` counts the values of the records.

#include <array>
#include <chrono>
#include <cstring>
#include <deque>
#include <random>
#include <thread>

#include "percentile.h"
#include "record_batch.h"
#include "tcp_connection.h"

namespace {

using Clock = std::chrono::steady_clock;

struct Plan {
  std::string bootstrap;
  std::string topic;
  size_t partitions;
  size_t requests;
  size_t connections;
  size_t in_flight;
  bool at_random;
  RecordBatch batch;
};

// A whole request frame; two of its fields change from one request to the next.
class ProduceRequest {
 public:
  ProduceRequest(std::string const& topic, RecordBatch const& batch) {
    constexpr int16_t produce_key = 0;
    constexpr int16_t version = 7;
    WireWriter body;
    body.integer(produce_key);
    body.integer(version);
    correlation_at_ = body.bytes().size();
    body.integer<int32_t>(0);
    body.text("koine-bench");
    body.integer<int16_t>(-1);     // no transactional id
    body.integer<int16_t>(-1);     // acks: all
    body.integer<int32_t>(30000);  // timeout, ms
    body.integer<int32_t>(1);
    body.text(topic);
    body.integer<int32_t>(1);
    partition_at_ = body.bytes().size();
    body.integer<int32_t>(0);
    body.integer(static_cast<int32_t>(batch.bytes.size()));
    body.append(batch.bytes);
    WireWriter frame;
    frame.integer(static_cast<int32_t>(body.bytes().size()));
    correlation_at_ += frame.bytes().size();
    partition_at_ += frame.bytes().size();
    frame.append(body.bytes());
    frame_ = frame.bytes();
  }

  std::string const& frame(int32_t correlation, int32_t partition) {
    patch(correlation_at_, correlation);
    patch(partition_at_, partition);
    return frame_;
  }

 private:
  void patch(size_t at, int32_t value) {
    WireWriter encoded;
    encoded.integer(value);
    std::memcpy(frame_.data() + at, encoded.bytes().data(), sizeof value);
  }

  std::string frame_;
  size_t correlation_at_ = 0;
  size_t partition_at_ = 0;
};

// One connection's share of the requests.
class Appender {
 public:
  Appender(Plan const& plan, size_t number)
      : plan_(plan),
        connection_(plan.bootstrap),
        request_(plan.topic, plan.batch),
        number_(number),
        random_(number) {}

  void run(size_t requests) {
    latencies_ms_.reserve(requests);
    for (size_t i = 0; i < requests; ++i) {
      if (sent_.size() == plan_.in_flight) await_answer();
      auto const correlation = static_cast<int32_t>(i);
      auto const partition = static_cast<int32_t>(next_partition(i));
      sent_.push_back({correlation, Clock::now()});
      connection_.send_all(request_.frame(correlation, partition));
    }
    while (!sent_.empty()) await_answer();
  }

  std::vector<float> const& latencies_ms() const { return latencies_ms_; }

 private:
  struct Sent {
    int32_t correlation;
    Clock::time_point at;
  };

  size_t next_partition(size_t request) {
    if (plan_.at_random) return random_() % plan_.partitions;
    return (number_ + request * plan_.connections) % plan_.partitions;
  }

  void await_answer() {
    std::array<char, 4> length{};
    connection_.receive_all(length.data(), length.size());
    answer_.resize(WireReader({length.data(), length.size()}).integer<uint32_t>());
    connection_.receive_all(answer_.data(), answer_.size());
    auto const sent = sent_.front();
    sent_.pop_front();
    check_answer(sent.correlation);
    latencies_ms_.push_back(
        std::chrono::duration<float, std::milli>(Clock::now() - sent.at).count());
  }

  void check_answer(int32_t correlation) const {
    WireReader reader(answer_);
    if (reader.integer<int32_t>() != correlation) fail("answers came in another order");
    if (reader.integer<int32_t>() != 1) fail("expected one topic in the answer");
    reader.text();
    if (reader.integer<int32_t>() != 1) fail("expected one partition in the answer");
    auto const partition = reader.integer<int32_t>();
    auto const error = reader.integer<int16_t>();
    if (error != 0) {
      fail("partition " + std::to_string(partition) + " answered error " + std::to_string(error));
    }
  }

  Plan const& plan_;
  TcpConnection connection_;
  ProduceRequest request_;
  size_t number_;
  std::minstd_rand random_;
  std::deque<Sent> sent_;
  std::string answer_;
  std::vector<float> latencies_ms_;
};

Plan make_plan(Arguments const& arguments) {
  auto const record_bytes = arguments.number("record-bytes", 1024);
  auto batch = make_batch(arguments.number("batch-bytes", 65536), record_bytes);
  auto const values_bytes = batch.records * record_bytes;
  auto const requests = (arguments.number("total-bytes") + values_bytes - 1) / values_bytes;
  return {
      .bootstrap = arguments.text("bootstrap"),
      .topic = arguments.text("topic"),
      .partitions = arguments.number("partitions"),
      .requests = requests,
      .connections = arguments.number("connections", 2),
      .in_flight = arguments.number("in-flight", 8),
      .at_random = arguments.text("order", "in_turn") == "random",
      .batch = std::move(batch),
  };
}

std::vector<float> append_all(Plan const& plan) {
  std::vector<std::unique_ptr<Appender>> appenders;
  appenders.reserve(plan.connections);
  for (size_t i = 0; i < plan.connections; ++i) {
    appenders.push_back(std::make_unique<Appender>(plan, i));
  }
  std::vector<std::string> errors(plan.connections);
  std::vector<std::thread> threads;
  threads.reserve(plan.connections);
  for (size_t i = 0; i < plan.connections; ++i) {
    auto const share = (plan.requests + plan.connections - 1 - i) / plan.connections;
    threads.emplace_back([&appender = *appenders[i], &error = errors[i], share] {
      try {
        appender.run(share);
      } catch (std::exception const& caught) {
        error = caught.what();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  std::vector<float> latencies_ms;
  for (size_t i = 0; i < plan.connections; ++i) {
    if (!errors[i].empty()) fail(errors[i]);
    auto const& some = appenders[i]->latencies_ms();
    latencies_ms.insert(latencies_ms.end(), some.begin(), some.end());
  }
  return latencies_ms;
}

void run(Arguments const& arguments) {
  auto const record_bytes = arguments.number("record-bytes", 1024);
  auto const plan = make_plan(arguments);
  arguments.finish();
  auto const started = Clock::now();
  auto latencies_ms = append_all(plan);
  auto const seconds = std::chrono::duration<double>(Clock::now() - started).count();
  auto const records = plan.requests * plan.batch.records;
  std::printf(R"({"records":%zu,"requests":%zu,"batch_bytes":%zu,"seconds":%.3f,"mb_per_s":%.2f,)"
              R"("p50_ms":%.3f,"p99_ms":%.3f})"
              "\n",
              records, plan.requests, plan.batch.bytes.size(), seconds,
              static_cast<double>(records * record_bytes) / 1e6 / seconds,
              percentile(latencies_ms, 0.5), percentile(latencies_ms, 0.99));
}

}  // namespace

int main(int argc, char** argv) { return run_generator(argc, argv, run); }
