// Messages that are moved by hand, on one shard and between two.
#include "core/queues/queue_move.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "core/queues/queue_server_fixture.h"

namespace koine::core {
namespace {

class QueueMove : public QueueServer {
 protected:
  MoveProgress move(const QueuePtr& from, MoveSpec spec, std::size_t shard = 0) {
    MoveProgress progress;
    while (!progress.is_done) {
      auto part = server_.run_on(engine(shard), move_messages(engine(shard), from, spec, progress));
      EXPECT_TRUE(part) << part.error().to_string();
      if (!part) break;
      progress = std::move(*part);
    }
    return progress;
  }
  static MoveSpec to(const QueuePtr& queue) {
    return {.filter = {},
            .target = {
                .kind = MoveTarget::Kind::queue, .name = queue->spec.name.name, .routing_key = {}}};
  }
  Bodies numbers(int count) {
    Bodies bodies;
    for (int n = 0; n < count; ++n) bodies.push_back(std::to_string(n));
    return bodies;
  }
};

TEST_F(QueueMove, AllMessagesChangeTheirQueueInOrderOnEveryShard) {
  const QueuePtr from = declare(name_on(0, "from"));
  for (std::size_t shard = 0; shard < 2; ++shard) {
    const QueuePtr there = declare(name_on(shard, "to"));
    publish(from, numbers(600));
    const MoveProgress moved = move(from, to(there), 1 - shard);
    EXPECT_EQ(moved.moved, 600U);
    EXPECT_EQ(counts(from).ready, 0U);
    EXPECT_EQ(peek(there), numbers(600));
    restart();
    EXPECT_EQ(counts(find(from->spec.name.name)).ready, 0U);
    EXPECT_EQ(peek(find(there->spec.name.name)), numbers(600));
  }
}

TEST_F(QueueMove, WhatDoesNotMatchStaysAndIsDelivered) {
  const QueuePtr from = declare(name_on(0, "from"));
  const QueuePtr there = declare(name_on(0, "to"));
  PublishBatch batch;
  for (int n = 0; n < 10; ++n) {
    const std::string body = std::to_string(n);
    MessageView view = message(body);
    view.routing_key = n % 2 == 0 ? "even" : "odd";
    batch.add(view, {&from, 1});
  }
  ASSERT_TRUE(publish(std::move(batch)));
  MoveSpec spec = to(there);
  spec.filter.routing_key = "even";
  spec.is_dry_run = true;
  EXPECT_EQ(move(from, spec).moved, 5U);
  EXPECT_EQ(counts(from).ready, 10U);
  spec.is_dry_run = false;
  spec.limit = 4;
  EXPECT_EQ(move(from, spec).moved, 4U);
  EXPECT_EQ(peek(there), Bodies({"0", "2", "4", "6"}));
  const Consumer& consumer = consume(from);
  EXPECT_EQ(consumer.sink.bodies(), Bodies({"1", "3", "5", "7", "8", "9"}));
}

TEST_F(QueueMove, WhatIsLeasedIsNotMovedAndWhatIsMovedIsNotDelivered) {
  const QueuePtr from = declare(name_on(0, "from"));
  const QueuePtr there = declare(name_on(1, "to"));
  publish(from, numbers(6));
  Consumer& consumer = consume(from, 0, {.prefetch = 2});
  EXPECT_EQ(move(from, to(there)).moved, 4U);
  EXPECT_EQ(peek(there), Bodies({"2", "3", "4", "5"}));
  settle(consumer, 0);
  settle(consumer, 1, Settlement::Kind::requeue);
  EXPECT_EQ(consumer.sink.bodies(), Bodies({"0", "1", "1"}));
}

TEST_F(QueueMove, AFullQueueEndsTheMoveAndLosesNothing) {
  const QueuePtr from = declare(name_on(0, "from"));
  const QueuePtr small =
      declare(name_on(0, "small"), {.length_max = 3, .overflow = Overflow::reject_publish});
  publish(from, numbers(5));
  const MoveProgress moved = move(from, to(small));
  EXPECT_EQ(moved.moved, 3U);
  EXPECT_EQ(moved.refused, 2U);
  EXPECT_EQ(peek(small), Bodies({"0", "1", "2"}));
  EXPECT_EQ(peek(from), Bodies({"3", "4"}));
}

TEST_F(QueueMove, DeadLettersGoBackToWhereTheyDied) {
  const QueuePtr dead = declare(name_on(1, "dead"));
  const QueuePtr work =
      declare(name_on(0, "work"),
              {.dead_letter_exchange = "", .dead_letter_routing_key = dead->spec.name.name});
  publish(work, numbers(3));
  Consumer& consumer = consume(work, 0, {.prefetch = 3});
  for (std::size_t n = 0; n < 3; ++n) settle(consumer, n, Settlement::Kind::dead_letter);
  cancel(consumer);
  settle_down();
  publish(dead, {"not a dead letter"});
  EXPECT_EQ(counts(dead).ready, 4U);
  MoveSpec back{.filter = {},
                .target = {.kind = MoveTarget::Kind::origin, .name = {}, .routing_key = {}}};
  back.filter.reason = "expired";
  EXPECT_EQ(move(dead, back).matched, 0U);
  back.filter.reason.reset();
  const MoveProgress moved = move(dead, back);
  EXPECT_EQ(moved.moved, 3U);
  EXPECT_EQ(moved.unroutable, 1U);
  EXPECT_EQ(peek(work), numbers(3));
  EXPECT_EQ(peek(dead), Bodies({"not a dead letter"}));
}

TEST(MoveProgress, IsReadAsItWasWritten) {
  KeyedMove move{.piece = std::make_shared<const IdempotentPiece>(IdempotentPiece{.note = {}}),
                 .copies = {}};
  MoveProgress progress;
  progress.ends = {Offset{5}, Offset{9}};
  progress.next = {1, Offset{4}};
  progress.looked_at = 7;
  progress.matched = 6;
  progress.moved = 3;
  progress.unroutable = 2;
  progress.refused = 1;
  progress.destinations = {{"a", 2}, {"topic b", 1}};
  IdempotencyRecord record{.piece = *move.progress(progress), .rejected = {}};
  const auto read = resume_move({&record, 1}, move);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->ends, progress.ends);
  EXPECT_EQ(read->next, progress.next);
  EXPECT_EQ(read->looked_at, 7);
  EXPECT_EQ(read->matched, 6);
  EXPECT_EQ(read->moved, 3);
  EXPECT_EQ(read->unroutable, 2);
  EXPECT_EQ(read->refused, 1);
  EXPECT_EQ(read->destinations, progress.destinations);
  const std::vector<std::byte> whole = record.piece.note;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    record.piece.note.assign(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_FALSE(resume_move({&record, 1}, move)) << size;
  }
}

TEST_F(QueueMove, WhatIsDiscardedDoesNotComeBack) {
  const QueuePtr from = declare(name_on(0, "from"));
  publish(from, numbers(1500));
  MoveSpec away{.filter = {},
                .target = {.kind = MoveTarget::Kind::nowhere, .name = {}, .routing_key = {}}};
  away.limit = 1400;
  EXPECT_EQ(move(from, away).moved, 1400U);
  restart();
  EXPECT_EQ(counts(find(from->spec.name.name)).ready, 100U);
}

}  // namespace
}  // namespace koine::core
