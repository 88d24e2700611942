#include "protocols/amqp/handlers/modes.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "journal/log_id.h"

namespace koine::amqp {

namespace {

Outcome<Transaction*> transaction_of(const Scope& scope) {
  if (scope.channel.transaction != nullptr) return scope.channel.transaction.get();
  return refuse(ReplyCode::precondition_failed, "channel is not transactional");
}

// The settlements of each queue, in the order in which they were said, go with the messages of its shard.
void add_settlements(Transaction& transaction) {
  std::vector<std::pair<Settlements::Queue*, std::vector<core::Settlement>>> by_queue;
  for (const Transaction::Settled& settled : transaction.settled) {
    Settlements::Queue* const queue = settled.delivery.queue;
    auto found = std::ranges::find(by_queue, queue, [](const auto& entry) { return entry.first; });
    if (found == by_queue.end()) found = by_queue.insert(by_queue.end(), {queue, {}});
    found->second.push_back({.position = settled.delivery.position, .kind = settled.kind});
  }
  for (const auto& [queue, settlements] : by_queue) {
    const LogId id = queue->queue->id();
    transaction.batch_for(journal::shard_of(id)).add_settlements(id, settlements);
  }
}

void put_back(Channel& channel, const std::vector<Transaction::Settled>& settled) {
  std::vector<UnsettledDelivery> deliveries;
  for (const Transaction::Settled& one : settled) deliveries.push_back(one.delivery);
  channel.unsettled.put_back(deliveries);
}

struct Place {
  ShardId shard;
  std::shared_ptr<journal::Commit> commit;
};

// All shards have it in their journals before any is waited for.
Task<Result<>> commit_all(Scope& scope, std::vector<Transaction::ShardBatch> batches) {
  std::vector<Place> places;
  for (Transaction::ShardBatch& batch : batches) {
    auto published = co_await scope.queues().publish(std::move(batch.messages));
    if (!published) co_return fail(std::move(published).error());
    if (published->commit != nullptr) {
      places.push_back({batch.shard, std::move(published->commit)});
    }
  }
  for (Place& place : places) {
    CO_TRY(co_await scope.queues().durable(place.shard, std::move(place.commit)));
  }
  co_return Result<>{};
}

}  // namespace

Task<Outcome<>> handle(Scope& scope, ConfirmSelect select) {
  if (scope.channel.is_transactional()) {
    co_return refuse(ReplyCode::precondition_failed, "cannot switch from tx to confirm mode");
  }
  scope.channel.is_confirming = true;
  if (!select.no_wait) scope.answer(ConfirmSelectOk{});
  co_return Outcome<>{};
}

Task<Outcome<>> handle(Scope& scope, TxSelect /*select*/) {
  if (scope.channel.is_confirming) {
    co_return refuse(ReplyCode::precondition_failed, "cannot switch from confirm to tx mode");
  }
  if (scope.channel.transaction == nullptr) {
    scope.channel.transaction = std::make_unique<Transaction>();
  }
  scope.answer(TxSelectOk{});
  co_return Outcome<>{};
}

Task<Outcome<>> handle(Scope& scope, TxCommit /*commit*/) {
  CO_TRY(Transaction* const transaction, transaction_of(scope));
  add_settlements(*transaction);
  scope.output.frames().append(transaction->returns.view());
  const std::vector<Transaction::Settled> settled = std::move(transaction->settled);
  std::vector<Transaction::ShardBatch> batches = std::move(transaction->batches);
  *transaction = {};
  const Result<> outcome = co_await commit_all(scope, std::move(batches));
  if (!outcome) {
    // The channel ends with this: what did not become durable is returned with the rest.
    put_back(scope.channel, settled);
    co_return fail(refusal_of(outcome.error()));
  }
  for (const Transaction::Settled& one : settled) {
    scope.deliveries.settlements.release(one.delivery.queue);
  }
  scope.answer(TxCommitOk{});
  co_return Outcome<>{};
}

Task<Outcome<>> handle(Scope& scope, TxRollback /*rollback*/) {
  CO_TRY(Transaction* const transaction, transaction_of(scope));
  put_back(scope.channel, transaction->settled);
  *transaction = {};
  scope.answer(TxRollbackOk{});
  co_return Outcome<>{};
}

}  // namespace koine::amqp
