#include "core/queues/shard_queues.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "core/engine.h"
#include "core/engine_logs.h"
#include "core/idempotency_log.h"
#include "core/stream_subscription.h"

namespace koine::core {

ShardQueues::ShardQueues(Engine& engine, Queues& stores)
    : engine_(engine), stores_(stores), delayed_(engine, stores, gate_) {}

ShardQueues::~ShardQueues() = default;

io::Reactor& ShardQueues::reactor() { return engine_.shard().reactor(); }

void ShardQueues::notice(std::string sentence) {
  if (const auto& on_notice = engine_.options().journal.on_notice) on_notice(sentence);
}

void ShardQueues::start() {
  is_started_ = true;
  delayed_.start();
  // One by one: what is told of a queue may end in another one's deletion.
  std::vector<std::shared_ptr<Queue>> queues;
  queues.reserve(queues_.size());
  for (const auto& [id, queue] : queues_) queues.push_back(queue);
  for (const auto& queue : queues) wake(*queue);
}

void ShardQueues::wake(Queue& queue) {
  queue.touch();
  queue.on_opened();
}

Task<void> ShardQueues::close() {
  is_closed_ = true;
  delayed_.end();
  for (const auto& [id, queue] : queues_) {
    queue->end(SubscriptionEnd::closing);
    if (JournalQueueStore* store = stores_.find(id)) store->observe(nullptr);
  }
  for (const auto& [id, stream] : streams_) stream->end(SubscriptionEnd::closing);
  co_await gate_.close();
  queues_.clear();
}

std::shared_ptr<Queue> ShardQueues::find(LogId queue) const {
  const auto found = queues_.find(queue);
  return found != queues_.end() ? found->second : nullptr;
}

void ShardQueues::opened(const QueuePtr& queue) {
  JournalQueueStore& store = stores_.open(queue);
  auto& live = queues_[queue->id()];
  if (live != nullptr || is_closed_) return;
  live = std::make_shared<Queue>(host(), queue, store);
  store.observe(live.get());
  if (is_started_) wake(*live);
}

void ShardQueues::removed(const QueueInfo& queue) {
  const auto found = queues_.find(queue.id());
  if (found != queues_.end()) {
    const auto live = std::move(found->second);
    queues_.erase(found);
    live->end(SubscriptionEnd::queue_deleted);
  }
  stores_.remove(queue.id());
}

Result<std::uint64_t> ShardQueues::begin_delete(const QueueInfo& queue,
                                                QueueClient::DeleteCondition condition) {
  const auto live = find(queue.id());
  if (live == nullptr) return 0;
  return live->begin_delete(condition);
}

void ShardQueues::abort_delete(const QueueInfo& queue) {
  if (const auto live = find(queue.id())) live->abort_delete();
}

void ShardQueues::delete_unused(QueuePtr queue) { gate_.spawn(delete_soon(std::move(queue))); }

// The queue asks again if it stays.
Task<void> ShardQueues::delete_soon(QueuePtr queue) {
  if (engine_.catalog().queues().find(queue->id()) == nullptr) co_return;
  (void)co_await engine_.queue_client().delete_queue(queue->spec.name, {.if_unused = true});
}

std::vector<ShardQueues::Leaving> ShardQueues::begin_leaving(const PublishBatch& batch) const {
  std::vector<Leaving> leaving;
  for (const auto& [id, settlements] : batch.settlements()) {
    auto queue = find(id);
    if (queue == nullptr) continue;
    std::vector<QueuePosition> acked;
    for (const Settlement& settlement : settlements) {
      if (settlement.kind == Settlement::Kind::ack) acked.push_back(settlement.position);
    }
    auto leases = queue->begin_leaving(acked);
    if (!leases.empty()) leaving.push_back({std::move(queue), std::move(leases)});
  }
  return leaving;
}

void ShardQueues::settle_others(std::span<const PublishBatch::QueueSettlements> said) {
  for (const auto& [id, settlements] : said) {
    const bool is_stream = streams_.contains(id);
    for (const Settlement& settlement : settlements) {
      if (is_stream || settlement.kind != Settlement::Kind::ack) settle(id, {&settlement, 1});
    }
  }
}

Task<Result<Published>> ShardQueues::publish(PublishBatch batch) {
  if (is_closed_) co_return fail(ErrorCode::closed, "the server is stopping");
  if (batch.keyed() != nullptr) {
    if (const auto done = engine_.idempotency().find(*batch.keyed()))
      co_return Published{.rejected = done->rejected, .commit = nullptr};
  }
  if (batch.settlements().empty()) co_return co_await append(std::move(batch), {});
  std::vector<Leaving> leaving = begin_leaving(batch);
  std::vector<SettledMessage> settled;
  for (const Leaving& each : leaving) {
    for (const Lease& lease : each.leases)
      settled.push_back({each.queue->info()->id(), lease.position, lease.body_size});
  }
  const std::vector<PublishBatch::QueueSettlements> said(batch.settlements().begin(),
                                                         batch.settlements().end());
  auto published = co_await append(std::move(batch), std::move(settled));
  if (!published) {
    for (const Leaving& each : leaving) each.queue->finish_leaving(each.leases, false);
    co_return published;
  }
  settle_others(said);
  if (!leaving.empty()) gate_.spawn(finish_leaving(published->commit, std::move(leaving)));
  co_return published;
}

Task<void> ShardQueues::finish_leaving(std::shared_ptr<journal::Commit> commit,
                                       std::vector<Leaving> leaving) {
  Result<> outcome;
  if (commit != nullptr) outcome = co_await journal::done(std::move(commit));
  for (const Leaving& each : leaving) each.queue->finish_leaving(each.leases, outcome.has_value());
}

void ShardQueues::settle(LogId queue, std::span<const Settlement> settlements) {
  if (const auto live = find(queue)) {
    live->settle(settlements);
  } else if (const auto stream = streams_.find(queue); stream != streams_.end()) {
    stream->second->give_back(settlements.size());
  }
}

LogId ShardQueues::next_stream_id() { return stream_id(engine_.shard().id(), streams_made_++); }

Result<> ShardQueues::start_stream(StreamSubscription& stream) {
  if (is_closed_) return fail(ErrorCode::closed, "the server is stopping");
  streams_.emplace(stream.queue()->id(), &stream);
  gate_.spawn(stream.run());
  return {};
}

void ShardQueues::remove_stream(const StreamSubscription& stream) {
  streams_.erase(stream.queue()->id());
}

std::uint32_t ShardQueues::stream_count(std::string_view topic) const {
  return static_cast<std::uint32_t>(std::ranges::count_if(streams_, [&](const auto& stream) {
    return stream.second->queue()->spec.name.name == topic;
  }));
}

Task<Result<std::uint64_t>> ShardQueues::purge(LogId queue, IdempotentPiecePtr keyed) {
  const auto live = find(queue);
  if (live == nullptr || is_closed_) co_return fail(ErrorCode::not_found, "the queue is gone");
  auto kept = live->begin_purge();
  if (!kept) co_return fail(ErrorCode::conflict, "the queue is being purged");
  auto purged = co_await stores_.purge(queue, std::move(*kept), std::move(keyed));
  Result<> outcome;
  if (!purged) {
    outcome = fail(std::move(purged).error());
  } else if (purged->commit != nullptr) {
    outcome = co_await journal::done(purged->commit);
  }
  live->finish_purge(outcome ? purged->count : 0);
  if (!outcome) co_return fail(std::move(outcome).error());
  co_return purged->count;
}

Task<Result<>> ShardQueues::settle_durably(LogId queue, std::vector<Settlement> settlements) {
  if (is_closed_) co_return fail(ErrorCode::closed, "the server is stopping");
  settle(queue, settlements);
  co_return co_await stores_.durable();
}

}  // namespace koine::core
