// The storage of two queues against a simple model: random publishing, settling, moving, failures, purges, checkpoints, full
// disks, restarts and crashes. A failure prints its seed.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <vector>

#include "core/queues/queue_storage_bench.h"

namespace koine::core {
namespace {

constexpr std::uint64_t seeds = 60;
constexpr int steps = 250;

struct ModelMessage {
  std::string body;
  bool is_confirmed = false;
  bool is_settled = false;
  bool is_settled_durably = false;
  bool is_moving = false;  // a commit under way settles it
  std::uint32_t failures = 0;
  std::uint32_t durable_failures = 0;
};

struct Place {
  std::size_t queue = 0;
  QueuePosition position;
};

// A commit whose outcome is not known.
struct UnderWay {
  std::shared_ptr<journal::Commit> commit;
  std::vector<Place> published;
  std::vector<Place> moved;  // settled with it
};

class QueueStoreModel : public testing::TestWithParam<std::uint64_t> {
 protected:
  QueueStoreModel() : bench_(GetParam()), numbers_(GetParam() * 7919) {
    bench_.declare(1);
    bench_.declare(2, 2);
    model_ = {{{}}, {{}, {}, {}}};
  }

  JournalQueueStore& store(std::size_t queue) { return bench_.store(bench_.infos[queue]); }
  ModelMessage& at(const Place& place) {
    return model_[place.queue][place.position.level]
                 [static_cast<std::size_t>(place.position.offset.value())];
  }
  template <typename Visitor>
  void each_level(Visitor visit) {
    for (std::size_t queue = 0; queue < model_.size(); ++queue) {
      for (std::size_t level = 0; level < model_[queue].size(); ++level)
        visit(queue, static_cast<std::uint8_t>(level), model_[queue][level]);
    }
  }
  // A durable message that nobody settled yet, if the first guesses find one; near the head, mostly.
  std::optional<Place> random_message() {
    for (int guess = 0; guess < 5; ++guess) {
      Place place{.queue = numbers_.below(2)};
      place.position.level = static_cast<std::uint8_t>(numbers_.below(model_[place.queue].size()));
      const std::int64_t first = store(place.queue).first_unsettled(place.position.level).value();
      const std::int64_t end = store(place.queue).committed_end(place.position.level).value();
      if (first >= end) continue;
      const auto range = static_cast<std::uint64_t>(end - first);
      const std::uint64_t distance =
          numbers_.below(numbers_.chance(0.7) ? std::min<std::uint64_t>(range, 5) : range);
      place.position.offset = Offset(first + static_cast<std::int64_t>(distance));
      const ModelMessage& message = at(place);
      if (!message.is_settled && !message.is_moving) return place;
    }
    return std::nullopt;
  }

  void publish() {
    // What is refused gives its offsets back, and the model must know that before it gives them out.
    if (full_since_) wait_for_commits();
    PublishBatch batch;
    UnderWay under_way;
    for (std::uint64_t count = numbers_.between(1, 30); count > 0; --count)
      add_message(batch, under_way);
    start(std::move(batch), std::move(under_way), {});
  }
  // To one queue or both; where each will be.
  void add_message(PublishBatch& batch, UnderWay& under_way) {
    const auto size = numbers_.chance(0.05) ? numbers_.between(5'000, 60'000) : numbers_.below(300);
    const auto priority = static_cast<std::uint8_t>(numbers_.below(4));
    const std::string body = fmt::format("{}:{}", ++made_, std::string(size, 'x'));
    std::vector<QueuePtr> targets;
    const std::uint64_t which = numbers_.below(3);
    for (std::size_t queue = 0; queue < 2; ++queue) {
      if (which != 2 && which != queue) continue;
      targets.push_back(bench_.infos[queue]);
      const auto level = std::min<std::size_t>(priority, model_[queue].size() - 1);
      auto& messages = model_[queue][level];
      under_way.published.push_back(
          {queue,
           {static_cast<std::uint8_t>(level), Offset(static_cast<std::int64_t>(messages.size()))}});
      messages.push_back({.body = body});
    }
    batch.add(QueueStorageBench::message(body, priority), targets);
  }
  void move() {
    if (full_since_) wait_for_commits();
    const auto place = random_message();
    if (!place) return;
    PublishBatch batch;
    UnderWay under_way;
    add_message(batch, under_way);
    at(*place).is_moving = true;
    under_way.moved.push_back(*place);
    start(std::move(batch), std::move(under_way),
          {{bench_.infos[place->queue]->id(), place->position, at(*place).body.size()}});
  }
  void start(PublishBatch batch, UnderWay under_way, std::vector<SettledMessage> settled) {
    auto published =
        bench_.server.run(bench_.queues().publish(std::move(batch), std::move(settled)));
    if (published) {
      under_way.commit = published->commit;
      under_way_.push_back(std::move(under_way));
      if (numbers_.chance(0.7)) wait_for_commits();
    } else {
      wait_for_commits();
      take_back(under_way);
    }
  }

  static Task<Result<>> outcome_of(std::shared_ptr<journal::Commit> commit) {
    return journal::done(std::move(commit));
  }
  void wait_for_commits() {
    while (!under_way_.empty()) {
      const UnderWay under_way = std::move(under_way_.front());
      under_way_.pop_front();
      if (bench_.server.run(outcome_of(under_way.commit)))
        confirm(under_way);
      else
        take_back(under_way);
    }
  }
  void confirm(const UnderWay& under_way) {
    for (const Place& place : under_way.published) at(place).is_confirmed = true;
    for (const Place& place : under_way.moved) {
      ModelMessage& message = at(place);
      message.is_moving = false;
      message.is_settled = message.is_settled_durably = true;
    }
  }
  // What was refused, and all behind it: those were refused, too.
  void take_back(const UnderWay& under_way) {
    for (const Place& place : under_way.published) {
      auto& messages = model_[place.queue][place.position.level];
      const auto offset = static_cast<std::size_t>(place.position.offset.value());
      if (messages.size() > offset) messages.resize(offset);
    }
    for (const Place& place : under_way.moved) at(place).is_moving = false;
  }

  void settle() {
    for (std::uint64_t count = numbers_.between(1, 20); count > 0; --count) {
      const auto place = random_message();
      if (!place) return;
      ModelMessage& message = at(*place);
      if (numbers_.chance(0.1)) {
        message.failures = store(place->queue).count_failure(place->position);
        continue;
      }
      store(place->queue).settle(place->position, message.body.size());
      message.is_settled = true;
    }
  }
  void purge() {
    wait_for_commits();
    const std::uint8_t level = 0;
    const std::size_t queue = numbers_.below(2);
    std::vector<QueueStore::Kept> kept;
    auto& messages = model_[queue][level];
    std::uint64_t dropped = 0;
    for (std::size_t n = 0; n < messages.size(); ++n) {
      if (messages[n].is_settled) continue;
      if (numbers_.chance(0.2)) {
        kept.push_back({Offset(static_cast<std::int64_t>(n)), messages[n].body.size()});
        continue;
      }
      messages[n].is_settled = true;
      ++dropped;
    }
    ASSERT_EQ(store(queue).settle_all_except(level, kept), dropped);
  }
  void make_durable() {
    if (!bench_.durable()) return;
    each_level([](auto, auto, auto& messages) {
      for (ModelMessage& message : messages) {
        message.is_settled_durably = message.is_settled;
        message.durable_failures = message.failures;
      }
    });
  }

  void fill_or_free_disk() {
    wait_for_commits();
    auto& capacity = bench_.server.storage().faults().capacity_bytes;
    if (full_since_) {
      capacity = *full_since_;
      full_since_.reset();
      bench_.server.world().run_for(std::chrono::seconds(2));
    } else if (numbers_.chance(0.3)) {
      full_since_ = std::exchange(capacity, 0);
    }
  }
  void restart(bool is_crash) {
    if (full_since_) fill_or_free_disk();
    if (!is_crash) {
      wait_for_commits();
      bench_.restart();
    } else {
      if (numbers_.chance(0.5)) bench_.server.storage().kill();
      bench_.crash();
    }
    const bool knows_all = !is_crash;
    each_level([&](std::size_t queue, std::uint8_t level, auto& messages) {
      recovered(queue, level, messages, knows_all);
    });
    check_moves();
  }
  // The model takes over what recovery found, if it is possible.
  void recovered(std::size_t queue, std::uint8_t level, std::vector<ModelMessage>& messages,
                 bool knows_all) {
    const auto end = static_cast<std::size_t>(store(queue).committed_end(level).value());
    ASSERT_LE(end, messages.size());
    if (knows_all) ASSERT_EQ(end, messages.size());
    for (std::size_t n = 0; n < messages.size(); ++n)
      ASSERT_TRUE(n < end || !messages[n].is_confirmed) << queue << ' ' << int{level} << ' ' << n;
    messages.resize(end);
    for (std::size_t n = 0; n < end; ++n) {
      ModelMessage& message = messages[n];
      const QueuePosition position{level, Offset(static_cast<std::int64_t>(n))};
      const bool is_settled = store(queue).is_settled(position);
      if (message.is_settled_durably || (knows_all && message.is_settled)) ASSERT_TRUE(is_settled);
      if (!message.is_settled && !message.is_moving) ASSERT_FALSE(is_settled) << n;
      const std::uint32_t failures = store(queue).failures(position);
      if (!is_settled) {
        ASSERT_GE(failures, knows_all ? message.failures : message.durable_failures);
        ASSERT_LE(failures, message.failures);
      }
      message = {.body = message.body,
                 .is_confirmed = true,
                 .is_settled = is_settled,
                 .is_settled_durably = is_settled,
                 .is_moving = false,
                 .failures = failures,
                 .durable_failures = failures};
    }
  }
  // Both or neither.
  void check_moves() {
    for (const UnderWay& under_way : under_way_) {
      for (const Place& from : under_way.moved) {
        for (const Place& to : under_way.published) {
          const auto& messages = model_[to.queue][to.position.level];
          const bool is_there =
              messages.size() > static_cast<std::size_t>(to.position.offset.value());
          ASSERT_EQ(at(from).is_settled, is_there);
        }
      }
    }
    under_way_.clear();
  }

  void check() {
    for (std::size_t queue = 0; queue < 2; ++queue) {
      std::uint64_t count = 0;
      std::uint64_t bytes = 0;
      for (std::size_t n = 0; n < model_[queue].size(); ++n) {
        const auto level = static_cast<std::uint8_t>(n);
        const std::int64_t end = store(queue).committed_end(level).value();
        std::int64_t next = end;
        for (std::int64_t offset = end - 1; offset >= 0; --offset) {
          const ModelMessage& message = model_[queue][n][static_cast<std::size_t>(offset)];
          const bool is_settled = store(queue).is_settled({level, Offset(offset)});
          // Of those that are moving, the commit may have ended.
          if (!message.is_moving) ASSERT_EQ(is_settled, message.is_settled);
          if (is_settled) continue;
          next = offset;
          ++count;
          bytes += message.body.size();
        }
        ASSERT_EQ(store(queue).first_unsettled(level).value(), next);
      }
      ASSERT_EQ(store(queue).message_count(), count);
      ASSERT_EQ(store(queue).body_bytes(), bytes);
    }
  }
  void read_some() {
    for (int n = 0; n < 10; ++n) {
      const auto place = random_message();
      if (!place) return;
      const auto body = bench_.read(bench_.infos[place->queue], place->position.offset.value(),
                                    place->position.level);
      ASSERT_TRUE(body) << body.error().to_string();
      ASSERT_EQ(*body, at(*place).body);
    }
  }
  void read_all() {
    wait_for_commits();
    for (std::size_t queue = 0; queue < 2; ++queue) {
      std::vector<std::string> expected;
      for (std::size_t n = model_[queue].size(); n-- > 0;) {
        for (const ModelMessage& message : model_[queue][n]) {
          if (!message.is_settled) expected.push_back(message.body);
        }
      }
      ASSERT_EQ(bench_.contents(bench_.infos[queue]), expected);
    }
  }

  void step() {
    switch (numbers_.below(24)) {
      case 0: restart(true); break;
      case 1: restart(false); break;
      case 2: (void)bench_.server.run(bench_.server.engine().journal().checkpoint()); break;
      case 3: make_durable(); break;
      case 4: fill_or_free_disk(); break;
      case 5: purge(); break;
      case 6: read_all(); break;
      case 7:
      case 8: move(); break;
      case 9:
      case 10: read_some(); break;
      case 11: bench_.server.world().run_for(std::chrono::milliseconds(numbers_.below(3))); break;
      case 12:
      case 13:
      case 14:
      case 15:
      case 16: publish(); break;
      default: settle();
    }
  }

  QueueStorageBench bench_;
  io::RandomNumbers numbers_;
  std::vector<std::vector<std::vector<ModelMessage>>> model_;  // by queue, by level
  std::deque<UnderWay> under_way_;
  std::optional<std::uint64_t> full_since_;  // what the disk could hold
  int made_ = 0;
};

TEST_P(QueueStoreModel, Agrees) {
  for (int n = 0; n < steps; ++n) {
    SCOPED_TRACE(fmt::format("seed {}, step {}", GetParam(), n));
    step();
    if (HasFatalFailure()) return;
    check();
    if (HasFatalFailure()) return;
  }
  restart(false);
  read_all();
}

INSTANTIATE_TEST_SUITE_P(Seeds, QueueStoreModel, testing::Range<std::uint64_t>(1, seeds + 1));

}  // namespace
}  // namespace koine::core
