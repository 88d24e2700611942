// The queue against a simple model by random operations: publishing, consumers that come, settle and die, expiry, limits,
// priorities, refused moves of dead messages, restarts. The model knows what was published and what is ready; the queue
// decides when, and each of its deliveries and deaths must be one that the model allows.

#include <fmt/format.h>

#include <algorithm>

#include "core/queues/queue_test_bench.h"
#include "io/random_numbers.h"

namespace koine::core {
namespace {

enum class State : std::uint8_t { ready, leased, dying, gone };

struct ModelMessage {
  State state = State::ready;
  WallTimeMs expires_ms = no_expiry;
  std::size_t body_size = 0;
  std::uint32_t failures = 0;
  bool was_delivered = false;
  bool perhaps_delivered = false;
  const void* holder = nullptr;
  DeathReason death = DeathReason::rejected;
};

class QueueModel : public QueueBench, public testing::WithParamInterface<std::uint64_t> {
 protected:
  QueueModel() : QueueBench(GetParam()), numbers_(GetParam()) {}

  void choose_settings() {
    settings_.dead_letter_exchange = "dead";
    if (numbers_.coin()) settings_.priority_max = 3;
    if (numbers_.chance(0.3)) settings_.message_ttl_ms = 40;
    if (numbers_.chance(0.3)) settings_.length_max = 20;
    if (numbers_.chance(0.2)) settings_.length_bytes_max = 200;
    if (numbers_.chance(0.5)) settings_.delivery_limit = 2;
    settings_.is_single_active_consumer = numbers_.chance(0.2);
  }

  void step() {
    switch (numbers_.below(12)) {
      case 0:
      case 1:
      case 2: return publish_some();
      case 3: return come();
      case 4: return numbers_.chance(0.3) ? leave() : make_room();
      case 5:
      case 6:
      case 7:
      case 8: return settle_some();
      case 9: return pass(static_cast<std::int64_t>(numbers_.below(15)));
      case 10: is_moving_refused_ = numbers_.chance(0.2); return;
      default:
        if (numbers_.chance(0.05)) restart_all();
    }
  }

  void publish_some() {
    for (std::uint64_t n = numbers_.between(1, 5); n > 0; --n) {
      Message message{.body = std::string(numbers_.below(30), 'x')};
      message.priority = static_cast<std::uint8_t>(numbers_.below(settings_.priority_max + 1U));
      if (numbers_.chance(0.2)) message.ttl_ms = numbers_.below(50);
      message.is_cold = numbers_.chance(0.1);
      const WallTimeMs now_ms = world_.wall_clock_ms();
      ModelMessage& known = model_[store(message)];
      known.body_size = message.body.size();
      if (message.ttl_ms) known.expires_ms = now_ms + *message.ttl_ms;
      if (settings_.message_ttl_ms)
        known.expires_ms = std::min(known.expires_ms, now_ms + *settings_.message_ttl_ms);
    }
  }

  void come() {
    if (alive_.size() >= 4) return;
    ConsumerOptions options;
    options.prefetch = static_cast<std::uint32_t>(numbers_.below(6));
    options.priority = static_cast<std::int32_t>(numbers_.below(2));
    options.is_auto_ack = numbers_.chance(0.2);
    consumers_.emplace_back();
    Consumer& consumer = consumers_.back();
    consumer.sink.room = static_cast<int>(numbers_.below(10));
    consumer.sink.on_take = [this, &consumer](const Delivery& delivery) {
      taken(consumer, delivery);
    };
    consumer.there = *queue_->add_consumer(options, consumer.sink);
    alive_.push_back(&consumer);
    queue_->resume(*consumer.there);
  }

  Consumer& somebody() { return *alive_[numbers_.below(alive_.size())]; }

  void make_room() {
    if (alive_.empty()) return;
    Consumer& consumer = somebody();
    consumer.sink.room = static_cast<int>(numbers_.below(10));
    queue_->resume(*consumer.there);
  }

  void leave() {
    if (alive_.empty()) return;
    Consumer& consumer = somebody();
    std::erase(alive_, &consumer);
    queue_->cancel(consumer.there);
    for (auto& [position, message] : model_) {
      if (message.state == State::leased && message.holder == &consumer)
        say(position, message, Settlement::Kind::requeue_failed);
    }
  }

  void settle_some() {
    for (auto& [position, message] : model_) {
      if (message.state != State::leased || !numbers_.chance(0.4)) continue;
      constexpr std::array kinds = {Settlement::Kind::ack, Settlement::Kind::ack,
                                    Settlement::Kind::requeue, Settlement::Kind::requeue_failed,
                                    Settlement::Kind::dead_letter};
      say(position, message, kinds[numbers_.below(kinds.size())]);
    }
  }

  void say(QueuePosition position, ModelMessage& message, Settlement::Kind kind) {
    const bool is_failure = kind == Settlement::Kind::requeue_failed;
    if (is_failure) ++message.failures;
    message.state = kind == Settlement::Kind::ack ? State::gone : State::ready;
    if (kind == Settlement::Kind::dead_letter) {
      message.state = State::dying;
      message.death = DeathReason::rejected;
    } else if (is_failure && settings_.delivery_limit &&
               message.failures > *settings_.delivery_limit) {
      message.state = State::dying;
      message.death = DeathReason::delivery_limit;
    }
    const Settlement settlement{position, kind};
    queue_->settle({&settlement, 1});
  }

  // Returned ones before fresh ones, each in order, of the highest level.
  std::optional<QueuePosition> model_head() const {
    std::optional<QueuePosition> fresh;
    std::optional<QueuePosition> returned;
    for (const auto& [position, message] : model_) {
      if (message.state != State::ready) continue;
      auto& best = message.was_delivered ? returned : fresh;
      if (!best || position.level > best->level) best = position;
    }
    if (returned && (!fresh || returned->level >= fresh->level)) return returned;
    return fresh;
  }

  void taken(Consumer& consumer, const Delivery& delivery) {
    ModelMessage& message = model_.at(delivery.position);
    ASSERT_EQ(message.state, State::ready);
    // What is before it must have died meanwhile; the model learns of it when it arrives.
    for (auto head = model_head(); head && *head != delivery.position; head = model_head()) {
      ModelMessage& earlier = model_.at(*head);
      ASSERT_TRUE(may_die(earlier)) << "a message was passed over";
      earlier.state = State::dying;
      earlier.death = DeathReason::expired;
      passed_over_.insert(*head);
    }
    const ConsumerOptions& options = consumer.there->options;
    EXPECT_EQ(delivery.is_redelivered, message.was_delivered || message.perhaps_delivered);
    EXPECT_EQ(delivery.failed_deliveries, message.failures);
    EXPECT_EQ(delivery.message.body.size(), message.body_size);
    message.was_delivered = true;
    message.state = options.is_auto_ack ? State::gone : State::leased;
    message.holder = &consumer;
    if (options.is_auto_ack || options.prefetch == 0) return;
    const auto held = std::ranges::count_if(model_, [&](const auto& each) {
      return each.second.state == State::leased && each.second.holder == &consumer;
    });
    EXPECT_LE(held, options.prefetch);
  }

  bool may_die(const ModelMessage& message) const {
    return message.expires_ms <= world_.wall_clock_ms() || settings_.length_max ||
           settings_.length_bytes_max;
  }

  void died(const DeadLetter& letter) {
    ModelMessage& message = model_.at(letter.position);
    if (letter.reason == DeathReason::rejected || letter.reason == DeathReason::delivery_limit) {
      EXPECT_EQ(message.state, State::dying);
      EXPECT_EQ(message.death, letter.reason);
    } else {
      EXPECT_TRUE(message.state == State::ready || passed_over_.contains(letter.position));
      EXPECT_TRUE(may_die(message));
      if (letter.reason == DeathReason::expired) {
        EXPECT_LE(message.expires_ms, world_.wall_clock_ms());
      }
    }
    message.state = State::gone;
    passed_over_.erase(letter.position);
  }

  void restart_all() {
    for (Consumer* consumer : alive_) consumer->sink.on_take = nullptr;
    alive_.clear();
    passed_over_.clear();
    for (auto& [position, message] : model_) {
      if (message.state != State::gone) message.state = State::ready;
      message.was_delivered = false;
      message.perhaps_delivered = true;
      message.holder = nullptr;
    }
    restart();
  }

  void check() {
    pass(1);
    std::uint64_t left = 0;
    std::uint64_t leased = 0;
    for (const auto& [position, message] : model_) {
      if (message.state == State::gone) continue;
      ++left;
      if (message.state == State::leased) ++leased;
    }
    EXPECT_EQ(store_->message_count(), left);
    const QueueCounts counts = queue_->counts();
    EXPECT_EQ(counts.unsettled, leased);
    if (is_moving_refused_) return;
    if (settings_.length_max)
      EXPECT_LE(counts.ready, static_cast<std::uint64_t>(*settings_.length_max));
    if (counts.ready == 0 || settings_.is_single_active_consumer) return;
    // Nobody stands by while something is ready.
    for (const Consumer* consumer : alive_) {
      EXPECT_FALSE(consumer->there->has_credit() && consumer->sink.has_room());
    }
  }

  io::RandomNumbers numbers_;
  QueueSettings settings_;
  std::map<QueuePosition, ModelMessage> model_;
  std::set<QueuePosition> passed_over_;
  std::vector<Consumer*> alive_;
};

TEST_P(QueueModel, DoesWhatTheModelAllows) {
  choose_settings();
  open(settings_);
  on_dead_ = [this](const DeadLetter& letter) { died(letter); };
  for (int n = 0; n < 1500 && !HasFailure(); ++n) {
    step();
    if (numbers_.chance(0.3)) check();
  }
  // In the end each message is acked or dead, once.
  is_moving_refused_ = false;
  for (int n = 0; n < 200 && store_->message_count() > 0 && !HasFailure(); ++n) {
    come();
    for (Consumer* consumer : alive_) {
      consumer->sink.room = 100;
      queue_->resume(*consumer->there);
    }
    pass(20);
    for (auto& [position, message] : model_) {
      if (message.state == State::leased) say(position, message, Settlement::Kind::ack);
    }
    pass(1100);
  }
  EXPECT_EQ(store_->message_count(), 0U);
  EXPECT_TRUE(std::ranges::all_of(
      model_, [](const auto& each) { return each.second.state == State::gone; }));
  queue_->end(SubscriptionEnd::closing);
}

INSTANTIATE_TEST_SUITE_P(Seeds, QueueModel, testing::Range<std::uint64_t>(1, 61));

}  // namespace
}  // namespace koine::core
