// What delivery costs for each message, apart from storage, routing and protocols: messages in memory, handed out by a Queue to
// consumers that settle 50 at a time. The CPU column is for a million messages.
#include "core/queues/queue.h"

#include <benchmark/benchmark.h>

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"

namespace koine::core {
namespace {

constexpr std::int64_t messages_per_round = 1'000'000;
constexpr std::size_t settle_every = 50;

// The same message again and again; settled in order.
class OneMessageStore final : public QueueStore {
 public:
  explicit OneMessageStore(std::size_t body_size) {
    const std::string body(body_size, 'b');
    std::vector<std::byte> stored;
    encode_message({.routing_key = "key", .body = as_bytes(body)}, stored);
    stored_ = Bytes::copy_of(stored);
  }
  void add(std::int64_t count) { end_ += count; }

  std::size_t level_count() const override { return 1; }
  Offset first_unsettled(std::uint8_t) const override { return Offset(0); }
  Offset committed_end(std::uint8_t) const override { return Offset(end_); }
  std::optional<QueuePosition> next_unsettled(QueuePosition from) const override {
    if (from.offset.value() >= end_) return std::nullopt;
    return from;
  }
  bool is_settled(QueuePosition) const override { return false; }
  std::uint64_t message_count() const override {
    return static_cast<std::uint64_t>(end_ - settled_);
  }
  std::uint64_t body_bytes() const override { return message_count() * 16; }
  std::optional<StoredMessage> try_read(QueuePosition) override {
    return StoredMessage{*decode_message(stored_.view()), stored_};
  }
  Task<Result<>> load(QueuePosition) override { co_return Result<>{}; }
  void settle(QueuePosition, std::size_t) override { ++settled_; }
  std::uint64_t settle_all_except(std::uint8_t, std::span<const Kept>) override { return 0; }
  std::uint32_t failures(QueuePosition) const override { return 0; }
  std::uint32_t count_failure(QueuePosition) override { return 1; }
  void note_delivered(QueuePosition) override {}
  Offset delivered_before_start(std::uint8_t) const override { return Offset(0); }

 private:
  Bytes stored_;
  std::int64_t end_ = 0;
  std::int64_t settled_ = 0;
};

class PostsOnly final : public io::Reactor {
 public:
  void post(io::Callback callback) override { posts_.push_back(std::move(callback)); }
  io::TimerId call_at(MonotonicTime, io::Callback) override { return io::TimerId{1}; }
  void cancel(io::TimerId) override {}
  MonotonicTime now() const override { return std::chrono::steady_clock::now(); }
  WallTimeMs wall_clock_ms() const override { return 1; }
  void run() override {
    while (!posts_.empty()) {
      io::Callback callback = std::move(posts_.front());
      posts_.pop_front();
      callback();
    }
  }
  void stop() override {}

 private:
  std::deque<io::Callback> posts_;
};

class BenchHost final : public QueueHost {
 public:
  PostsOnly& posts() { return reactor_; }
  io::Reactor& reactor() override { return reactor_; }
  runtime::Gate& tasks() override { return tasks_; }
  Task<Result<>> move_dead(QueuePtr, std::vector<DeadLetter>) override { co_return Result<>{}; }
  void delete_unused(QueuePtr) override {}
  void notice(std::string) override {}

 private:
  PostsOnly reactor_;
  runtime::Gate tasks_;
};

class SettlingSink final : public DeliverySink {
 public:
  bool has_room() const override { return true; }
  void take(const Delivery& delivery) override {
    ++taken;
    bytes += delivery.message.body.size();
    if (is_auto_ack) return;
    taken_.push_back({delivery.position, Settlement::Kind::ack});
    if (taken_.size() < settle_every) return;
    host->reactor().post([this, batch = std::exchange(taken_, {})] { queue->settle(batch); });
    taken_.reserve(settle_every);
  }
  void on_end(SubscriptionEnd) override {}

  bool is_auto_ack = false;
  QueueHost* host = nullptr;
  Queue* queue = nullptr;
  std::int64_t taken = 0;
  std::size_t bytes = 0;

 private:
  std::vector<Settlement> taken_;
};

void deliver(benchmark::State& state, bool is_auto_ack, std::size_t consumer_count) {
  BenchHost host;
  OneMessageStore store(16);
  auto info = std::make_shared<QueueInfo>();
  info->spec.name = {"/", "jobs"};
  info->logs.resize(1);
  const auto queue = std::make_shared<Queue>(host, info, store);
  std::deque<SettlingSink> sinks(consumer_count);
  for (SettlingSink& sink : sinks) {
    sink.is_auto_ack = is_auto_ack;
    sink.host = &host;
    sink.queue = queue.get();
    const auto consumer = queue->add_consumer({.is_auto_ack = is_auto_ack, .prefetch = 500}, sink);
    CHECK(consumer);
    queue->resume(**consumer);
  }
  std::int64_t added = 0;
  for (auto round : state) {
    (void)round;
    for (std::int64_t n = 0; n < messages_per_round; n += 1000) {
      store.add(1000);  // as one commit
      queue->on_stored(0);
      host.posts().run();
    }
    added += messages_per_round;
  }
  std::int64_t taken = 0;
  for (const SettlingSink& sink : sinks) taken += sink.taken;
  CHECK(taken == added);
  state.SetItemsProcessed(added);
  queue->end(SubscriptionEnd::closing);
}

BENCHMARK_CAPTURE(deliver, acks_of_one_consumer, false, 1)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(deliver, acks_of_ten_consumers, false, 10)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(deliver, auto_ack, true, 1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace koine::core
