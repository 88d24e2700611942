// For tests: a Queue in simulated time over a store in memory, and words to play its publishers and consumers with.
// settle_down() lets everything happen that is due now.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "core/queues/queue.h"
#include "io/sim/sim_world.h"
#include "runtime/gate.h"

namespace koine::core {

// Durable at once. A cold message must be loaded before it can be read.
class MemoryStore final : public QueueStore {
 public:
  explicit MemoryStore(std::size_t levels) : levels_(levels) {}

  QueuePosition add(std::uint8_t level, const MessageView& message, bool is_cold = false) {
    std::vector<std::byte> stored;
    encode_message(message, stored);
    Level& there = levels_[level];
    there.messages.push_back({Bytes::copy_of(stored), message.body.size(), false, is_cold, false});
    ++count_;
    body_bytes_ += message.body.size();
    return {level, Offset(static_cast<std::int64_t>(there.messages.size()) - 1)};
  }
  void restart() {
    for (Level& level : levels_) level.delivered_before = end_of(level);
  }
  void damage(QueuePosition position) { at(position).is_damaged = true; }
  void set_failing(bool is_failing) { is_failing_ = is_failing; }
  // What is being loaded is settled before it is there.
  void set_purging() { is_purging_ = true; }

  std::uint64_t settle_all_except(std::uint8_t level, std::span<const Kept> kept) override {
    std::uint64_t count = 0;
    for (auto next = next_unsettled({level, Offset{0}}); next;
         next = next_unsettled({level, next->offset + 1})) {
      if (std::ranges::find(kept, next->offset, &Kept::offset) != kept.end()) continue;
      settle(*next, at(*next).body_size);
      ++count;
    }
    return count;
  }
  void note_delivered(QueuePosition position) override { noted_ = position; }
  std::size_t level_count() const override { return levels_.size(); }
  Offset first_unsettled(std::uint8_t level) const override {
    const auto found = next_unsettled({level, Offset{0}});
    return found ? found->offset : committed_end(level);
  }
  Offset committed_end(std::uint8_t level) const override { return end_of(levels_[level]); }
  std::optional<QueuePosition> next_unsettled(QueuePosition from) const override {
    const auto& messages = levels_[from.level].messages;
    for (auto n = static_cast<std::size_t>(from.offset.value()); n < messages.size(); ++n) {
      if (!messages[n].is_settled)
        return QueuePosition{from.level, Offset(static_cast<std::int64_t>(n))};
    }
    return std::nullopt;
  }
  bool is_settled(QueuePosition position) const override { return at(position).is_settled; }
  std::uint64_t message_count() const override { return count_; }
  std::uint64_t body_bytes() const override { return body_bytes_; }
  std::optional<StoredMessage> try_read(QueuePosition position) override {
    const Message& message = at(position);
    CHECK(!message.is_settled);
    if (message.is_cold || message.is_damaged) return std::nullopt;
    return StoredMessage{*decode_message(message.stored.view()), message.stored};
  }
  Task<Result<>> load(QueuePosition position) override {
    ++loads_;
    if (is_failing_) co_return fail(ErrorCode::io_error, "the disk says no");
    if (is_purging_) {
      settle(position, at(position).body_size);
      co_return fail(ErrorCode::not_found, "the queue was deleted");
    }
    if (at(position).is_damaged) co_return fail(ErrorCode::corrupt, "log 1, offset 2");
    at(position).is_cold = false;
    co_return Result<>{};
  }
  void settle(QueuePosition position, std::size_t body_size) override {
    Message& message = at(position);
    CHECK(!message.is_settled);
    message.is_settled = true;
    --count_;
    CHECK(body_bytes_ >= body_size);
    body_bytes_ -= body_size;
  }
  std::uint32_t failures(QueuePosition position) const override {
    const auto found = failures_.find(position);
    return found != failures_.end() ? found->second : 0;
  }
  std::uint32_t count_failure(QueuePosition position) override { return ++failures_[position]; }
  Offset delivered_before_start(std::uint8_t level) const override {
    return levels_[level].delivered_before;
  }
  int loads() const { return loads_; }

 private:
  struct Message {
    Bytes stored;
    std::size_t body_size = 0;
    bool is_settled = false;
    bool is_cold = false;
    bool is_damaged = false;
  };
  struct Level {
    std::vector<Message> messages;
    Offset delivered_before{0};
  };
  static Offset end_of(const Level& level) {
    return Offset(static_cast<std::int64_t>(level.messages.size()));
  }
  Message& at(QueuePosition position) {
    return levels_[position.level].messages.at(static_cast<std::size_t>(position.offset.value()));
  }
  const Message& at(QueuePosition position) const {
    return levels_[position.level].messages.at(static_cast<std::size_t>(position.offset.value()));
  }

  std::vector<Level> levels_;
  std::map<QueuePosition, std::uint32_t> failures_;
  std::uint64_t count_ = 0;
  std::uint64_t body_bytes_ = 0;
  QueuePosition noted_;
  int loads_ = 0;
  bool is_failing_ = false;
  bool is_purging_ = false;
};

// A consumer that notes what it is given.
class TestSink final : public DeliverySink {
 public:
  struct Taken {
    QueuePosition position;
    std::string body;
    bool is_redelivered = false;
    std::uint32_t failures = 0;
    std::uint64_t lease_number = 0;
  };
  bool has_room() const override { return room > 0; }
  void take(const Delivery& delivery) override {
    CHECK(room-- > 0);
    CHECK(!ended);
    taken.push_back({delivery.position, std::string(as_text(delivery.message.body)),
                     delivery.is_redelivered, delivery.failed_deliveries, delivery.lease_number});
    if (on_take) on_take(delivery);
  }
  void on_end(SubscriptionEnd reason) override { ended = reason; }

  std::vector<std::string> bodies() const {
    std::vector<std::string> all;
    for (const Taken& each : taken) all.push_back(each.body);
    return all;
  }

  int room = 1'000'000'000;
  std::vector<Taken> taken;
  std::optional<SubscriptionEnd> ended;
  std::function<void(const Delivery&)> on_take;
};

class QueueBench : public testing::Test, protected QueueHost {
 protected:
  struct Consumer {
    TestSink sink;
    std::shared_ptr<QueueConsumer> there;
  };
  struct Message {
    std::string body;
    std::uint8_t priority = 0;
    std::optional<std::int64_t> ttl_ms;
    bool is_cold = false;
  };

  explicit QueueBench(std::uint64_t seed = 1) : world_(seed), reactor_(world_) {}
  ~QueueBench() override {
    if (queue_ != nullptr) queue_->end(SubscriptionEnd::closing);
    settle_down();
  }

  void open(QueueSettings settings = {}, bool is_auto_delete = false) {
    auto info = std::make_shared<QueueInfo>();
    info->spec = {.name = {"/", "jobs"}, .is_auto_delete = is_auto_delete, .settings = settings};
    store_ = std::make_unique<MemoryStore>(settings.priority_max + 1U);
    info->logs.resize(settings.priority_max + 1U);
    info_ = std::move(info);
    queue_ = std::make_shared<Queue>(host(), info_, *store_);
  }
  void restart() {
    queue_->end(SubscriptionEnd::closing);
    settle_down();
    store_->restart();
    queue_ = std::make_shared<Queue>(host(), info_, *store_);
    queue_->on_opened();
    settle_down();
  }

  void settle_down() { world_.run_for(std::chrono::microseconds(200)); }
  void pass(std::int64_t milliseconds) { world_.run_for(std::chrono::milliseconds(milliseconds)); }

  // Durable, but the queue's turn is not over.
  QueuePosition store(const Message& message) {
    const WallTimeMs now_ms = world_.wall_clock_ms();
    const QueuePosition position =
        store_->add(message.priority,
                    {.exchange = "orders",
                     .routing_key = "order.new",
                     .properties = properties_,
                     .body = as_bytes(message.body),
                     .published_ms = now_ms,
                     .expires_ms = message.ttl_ms ? now_ms + *message.ttl_ms : no_expiry,
                     .priority = message.priority},
                    message.is_cold);
    queue_->on_stored(message.priority);
    return position;
  }
  QueuePosition publish(const Message& message) {
    const QueuePosition position = store(message);
    settle_down();
    return position;
  }
  void publish_all(const std::vector<std::string>& bodies) {
    for (const auto& body : bodies) store({.body = body});
    settle_down();
  }

  Consumer& consume(ConsumerOptions options = {}, int room = 1'000'000'000) {
    consumers_.emplace_back();
    Consumer& consumer = consumers_.back();
    consumer.sink.room = room;
    const auto added = queue_->add_consumer(std::move(options), consumer.sink);
    CHECK(added);
    consumer.there = *added;
    queue_->resume(*consumer.there);
    settle_down();
    return consumer;
  }
  void settle(QueuePosition position, Settlement::Kind kind = Settlement::Kind::ack) {
    const Settlement settlement{position, kind};
    queue_->settle({&settlement, 1});
    settle_down();
  }
  // What a protocol does when a consumer's connection is lost.
  void lose(Consumer& consumer) {
    queue_->cancel(consumer.there);
    std::vector<Settlement> returned;
    for (const auto& taken : consumer.sink.taken)
      returned.push_back({taken.position, Settlement::Kind::requeue_failed});
    queue_->settle(returned);
    settle_down();
  }
  template <typename T>
  T run(Task<T> task) {
    std::optional<T> result;
    tasks_.spawn(keep(std::move(task), &result));
    CHECK(world_.run_until([&] { return result.has_value(); }));
    return std::move(*result);
  }
  std::optional<std::string> get(bool is_auto_ack = true) {
    const auto got = run(queue_->get(is_auto_ack));
    CHECK(got);
    if (!*got) return std::nullopt;
    return std::string(as_text(decode_message((*got)->stored.view())->body));
  }

  QueueHost& host() { return *this; }
  io::Reactor& reactor() override { return reactor_; }
  runtime::Gate& tasks() override { return tasks_; }
  Task<Result<>> move_dead(QueuePtr, std::vector<DeadLetter> letters) override {
    if (is_moving_refused_) co_return fail(ErrorCode::no_space, "the disk is full");
    for (DeadLetter& letter : letters) {
      if (!letter.is_refused) store_->settle(letter.position, letter.body_size);
      if (on_dead_) on_dead_(letter);
      dead_.push_back(std::move(letter));
    }
    co_return Result<>{};
  }
  void delete_unused(QueuePtr) override { ++deletions_; }
  void notice(std::string sentence) override { notices_.push_back(std::move(sentence)); }

  // "body reason" of each letter.
  std::vector<std::string> dead() const {
    std::vector<std::string> all;
    for (const DeadLetter& letter : dead_)
      all.push_back(std::string(letter.body.text()) + " " + std::string(name_of(letter.reason)));
    return all;
  }

  template <typename T>
  static Task<void> keep(Task<T> task, std::optional<T>* result) {
    const Task<T> owned = std::move(task);
    result->emplace(co_await owned);
  }

  io::SimWorld world_;
  io::SimReactor reactor_;
  runtime::Gate tasks_;
  std::vector<std::byte> properties_ = std::vector<std::byte>(2);
  std::unique_ptr<MemoryStore> store_;
  QueuePtr info_;
  std::shared_ptr<Queue> queue_;
  std::deque<Consumer> consumers_;
  std::vector<DeadLetter> dead_;
  std::function<void(const DeadLetter&)> on_dead_;
  bool is_moving_refused_ = false;
  int deletions_ = 0;
  std::vector<std::string> notices_;
};

using Bodies = std::vector<std::string>;

}  // namespace koine::core
