// What is published to topics: a batch whose messages are for partitions of this shard, and for queues and further partitions
// of any. The other shards' part is written first and is durable before this shard's part is, in one append: what a topic has,
// the queues have. Queues that may refuse are asked before anything is written.

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "base/fields.h"
#include "core/engine.h"
#include "core/engine_logs.h"
#include "core/idempotency_log.h"
#include "core/queues/shard_queues.h"
#include "journal/log_id.h"

namespace koine::core {
namespace {

// The part of a batch that is for one other shard.
struct Part {
  PublishBatch batch;
  std::vector<std::uint32_t> numbers;  // in the whole
};
using Parts = std::map<ShardId, Part>;

Parts split(const PublishBatch& batch, ShardId here) {
  Parts parts;
  std::map<ShardId, std::vector<LogId>> targets;
  for (std::uint32_t number = 0; number < batch.size(); ++number) {
    const PublishBatch::Item& item = batch.items()[number];
    targets.clear();
    for (const LogId target : batch.targets_of(item)) {
      const ShardId shard = journal::shard_of(target);
      if (shard != here) targets[shard].push_back(target);
    }
    for (const auto& [shard, logs] : targets) {
      parts[shard].batch.add_copy(batch, item, logs);
      parts[shard].numbers.push_back(number);
    }
  }
  return parts;
}

// Messages for queues of this shard alone, taken out of a batch.
Part take_straight(PublishBatch& batch, ShardId here) {
  Part straight;
  for (std::uint32_t number = 0; number < batch.size(); ++number) {
    const PublishBatch::Item& item = batch.items()[number];
    const auto targets = batch.targets_of(item);
    const bool is_straight = std::ranges::all_of(targets, [&](LogId target) {
      return is_queue_log(target) && journal::shard_of(target) == here;
    });
    if (!is_straight) continue;
    straight.batch.add_copy(batch, item, targets);
    straight.numbers.push_back(number);
    batch.drop(number);
  }
  return straight;
}

// The other shards' part of a request with a key. Who goes on with it later drops the same messages.
IdempotentPiecePtr elsewhere(const PublishBatch& batch) {
  if (batch.keyed() == nullptr) return nullptr;
  auto part = std::make_shared<IdempotentPiece>(*batch.keyed());
  part->number = piece_elsewhere(part->number);
  part->is_answer = false;
  FieldWriter dropped;
  for (std::uint32_t number = 0; number < batch.size(); ++number) {
    if (batch.items()[number].target_count == 0) dropped.number(number);
  }
  part->note = dropped.take();
  return part;
}

// What another shard has no room for; or it has its part already, without what was dropped from the whole then.
struct FullThere {
  std::vector<Queues::Full> full;
  bool is_done = false;
};
Task<FullThere> find_full_there(Engine* owner, PublishBatch asked) {
  std::optional<IdempotencyRecord> done;
  if (asked.keyed() != nullptr) done = owner->idempotency().find(*asked.keyed());
  if (!done) co_return FullThere{.full = owner->queues().find_full(asked)};
  FullThere there{.full = {}, .is_done = true};
  FieldReader numbers(done->piece.note);
  while (numbers.left() >= sizeof(std::uint32_t))
    there.full.push_back({*numbers.number<std::uint32_t>(), LogId{0}});
  co_return there;
}

bool may_refuse(const Catalog& catalog, const PublishBatch& batch) {
  return std::ranges::any_of(batch.items(), [&](const PublishBatch::Item& item) {
    return std::ranges::any_of(batch.targets_of(item), [&](LogId target) {
      const QueuePtr queue = catalog.queues().find(target);
      return queue != nullptr && queue->spec.settings.overflow != Overflow::drop_head;
    });
  });
}

}  // namespace

// Places in the lines of several partitions.
class ShardQueues::InLines {
 public:
  explicit InLines(std::vector<std::shared_ptr<Partition>> partitions)
      : partitions_(std::move(partitions)) {
    places_.reserve(partitions_.size());
    for (const auto& partition : partitions_) places_.push_back(partition->line().enter());
  }

  Task<void> turn_to_prepare() {
    for (std::size_t n = 0; n < places_.size(); ++n)
      co_await partitions_[n]->line().turn_to_prepare(places_[n]);
  }
  void prepared() {
    for (std::size_t n = 0; n < places_.size(); ++n) partitions_[n]->line().prepared(places_[n]);
  }
  Task<void> turn() {
    for (std::size_t n = 0; n < places_.size(); ++n)
      co_await partitions_[n]->line().turn(places_[n]);
  }

 private:
  std::vector<std::shared_ptr<Partition>> partitions_;
  std::vector<AppendLine::Place> places_;
};

bool ShardQueues::leads_elsewhere(const PublishBatch& batch) const {
  const ShardId here = engine_.shard().id();
  return std::ranges::any_of(batch.items(), [&](const PublishBatch::Item& item) {
    return std::ranges::any_of(batch.targets_of(item),
                               [&](LogId target) { return journal::shard_of(target) != here; });
  });
}

Task<std::vector<Queues::Full>> ShardQueues::find_full(const PublishBatch& batch) {
  if (!may_refuse(engine_.catalog(), batch)) co_return std::vector<Queues::Full>{};
  std::vector<Queues::Full> full = stores_.find_full(batch);
  Parts parts = split(batch, engine_.shard().id());
  const IdempotentPiecePtr piece = elsewhere(batch);
  for (auto& [shard, part] : parts) {
    part.batch.set_keyed(piece);
    Engine* owner = engine_.all()[shard.value()];
    auto there = co_await runtime::call_on<FullThere>(
        engine_.shard(), owner->shard(), [owner, asked = std::move(part.batch)]() mutable {
          return find_full_there(owner, std::move(asked));
        });
    // A part of it is done: what is refused was decided then.
    if (there.is_done) co_return std::move(there.full);
    for (const Queues::Full& each : there.full)
      full.push_back({part.numbers[each.number], each.queue});
  }
  std::ranges::sort(full, {}, &Queues::Full::number);
  const auto repeated = std::ranges::unique(full, {}, &Queues::Full::number);
  full.erase(repeated.begin(), repeated.end());
  co_return full;
}

Task<Result<ShardQueues::Commits>> ShardQueues::write_elsewhere(PublishBatch& batch) {
  batch.set_accepted();
  Commits commits;
  Parts parts = split(batch, engine_.shard().id());
  const IdempotentPiecePtr piece = elsewhere(batch);
  for (auto& [shard, part] : parts) {
    part.batch.set_accepted();
    part.batch.set_keyed(piece);
    CO_TRY(auto published, co_await publish_on(shard, std::move(part.batch)));
    commits.emplace_back(shard, std::move(published.commit));
  }
  co_return commits;
}

Task<Result<>> ShardQueues::durable(Commits commits) {
  for (auto& [shard, commit] : commits) {
    CO_TRY(co_await engine_.queue_client().durable(shard, std::move(commit)));
  }
  co_return Result<>{};
}

Task<Result<Published>> ShardQueues::publish_on(ShardId shard, PublishBatch batch) {
  Engine* owner = engine_.all()[shard.value()];
  co_return co_await runtime::call_on<Result<Published>>(
      engine_.shard(), owner->shard(), [owner, batch = std::move(batch)]() mutable {
        return owner->live_queues().publish(std::move(batch));
      });
}

std::vector<std::shared_ptr<Partition>> ShardQueues::partitions_of(
    const PublishBatch& batch) const {
  std::vector<std::shared_ptr<Partition>> partitions;
  for (const PublishBatch::Item& item : batch.items()) {
    for (const LogId target : batch.targets_of(item)) {
      const bool is_known =
          std::ranges::find(partitions, target, &Partition::log_id) != partitions.end();
      if (is_queue_log(target) || is_known) continue;
      if (auto partition = engine_.partition(target)) partitions.push_back(std::move(partition));
    }
  }
  return partitions;
}

Task<Result<Published>> ShardQueues::append(PublishBatch batch,
                                            std::vector<SettledMessage> settled) {
  // What another shard has asked for is not held up: it may be what those in line wait for.
  if (!batch.has_partitions() || batch.is_accepted()) {
    co_return co_await stores_.publish(std::move(batch), std::move(settled));
  }
  auto partitions = partitions_of(batch);
  const bool is_idle = std::ranges::all_of(
      partitions, [](const auto& partition) { return partition->line().is_idle(); });
  if (is_idle && !leads_elsewhere(batch))
    co_return co_await stores_.publish(std::move(batch), std::move(settled));
  InLines lines(std::move(partitions));
  // What does not go through a topic is not held up, or later batches would overtake it.
  Part straight;
  Published first;
  if (settled.empty() && batch.keyed() == nullptr)
    straight = take_straight(batch, engine_.shard().id());
  if (!straight.numbers.empty()) {
    CO_TRY(first, co_await stores_.publish(std::move(straight.batch), {}));
  }
  CO_TRY(Published published,
         co_await append_in_line(std::move(batch), std::move(settled), std::move(lines)));
  if (first.commit != nullptr) CO_TRY(co_await journal::done(std::move(first.commit)));
  for (const std::uint32_t number : first.rejected)
    published.rejected.push_back(straight.numbers[number]);
  std::ranges::sort(published.rejected);
  co_return published;
}

// The other shards get their parts in the order in which the batches came, and wait for the disk beside each other.
Task<Result<Published>> ShardQueues::append_in_line(PublishBatch batch,
                                                    std::vector<SettledMessage> settled,
                                                    InLines lines) {
  std::vector<Queues::Full> full;
  if (leads_elsewhere(batch)) {
    co_await lines.turn_to_prepare();
    full = co_await find_full(batch);
    for (const Queues::Full& each : full) batch.drop(each.number);
    CO_TRY(auto commits, co_await write_elsewhere(batch));
    lines.prepared();
    CO_TRY(co_await durable(std::move(commits)));
  } else {
    lines.prepared();
  }
  co_await lines.turn();
  CO_TRY(Published published, co_await stores_.publish(std::move(batch), std::move(settled)));
  for (const Queues::Full& each : full) published.rejected.push_back(each.number);
  std::ranges::sort(published.rejected);
  co_return published;
}

}  // namespace koine::core
