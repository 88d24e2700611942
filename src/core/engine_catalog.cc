// Changes of the catalog on their way through the shards (CatalogWriter):
//
//   shard 0          announce: queues open on their shards     commit     apply     tell
//   other shards     open                                                           apply
//
// A queue is open on its shard before any shard can route to it, and removed there after shard 0 stopped.

#include <algorithm>
#include <utility>

#include "core/engine.h"
#include "core/engine_logs.h"
#include "core/idempotency_log.h"
#include "journal/log_id.h"

namespace koine::core {

Task<void> Engine::announce(std::shared_ptr<const CatalogBatch> batch) {
  for (Engine* engine : engines_) {
    if (!engine->has_new_queues(*batch)) continue;
    co_await runtime::call_on<bool>(
        shard_, engine->shard_,
        // NOLINTNEXTLINE(cppcoreguidelines-avoid-capturing-lambda-coroutines): call_on keeps it alive.
        [engine, batch]() -> Task<bool> {
          engine->open_new_queues(*batch);
          co_return true;
        });
  }
}

std::vector<Result<>> Engine::apply(const CatalogBatch& batch) {
  std::vector<Result<>> outcomes;
  outcomes.reserve(batch.changes.size());
  for (const CatalogChange& change : batch.changes) {
    const auto* key = std::get_if<RememberKey>(&change);
    if (key != nullptr && is_first() && outcomes.back()) keep_key(*key);
    outcomes.push_back(apply(change));
  }
  return outcomes;
}

Task<void> Engine::tell(std::shared_ptr<const CatalogBatch> batch) {
  remove_refused_queues(*batch);
  for (Engine* engine : engines_) {
    if (engine == this) continue;
    co_await runtime::call_on<bool>(
        shard_, engine->shard_,
        // NOLINTNEXTLINE(cppcoreguidelines-avoid-capturing-lambda-coroutines): call_on keeps it alive.
        [engine, batch]() -> Task<bool> {
          if (!batch->outcomes.empty()) (void)engine->apply(*batch);
          engine->remove_refused_queues(*batch);
          co_return true;
        });
  }
}

// It was encoded by this version, or an older one.
void Engine::keep_key(const RememberKey& change) { (void)idempotency_->replay(change.record); }

Result<> Engine::apply(const CatalogChange& change) {
  TopicPtr removed_topic;
  QueuePtr removed_queue;
  if (const auto* removal = std::get_if<RemoveTopic>(&change))
    removed_topic = catalog_.find(removal->name);
  if (const auto* removal = std::get_if<RemoveQueue>(&change))
    removed_queue = catalog_.queues().find(removal->id);
  TRY(catalog_.apply(change));
  if (const auto* put = std::get_if<PutTopic>(&change)) open_partitions(put->topic);
  if (removed_topic != nullptr) remove_partitions(*removed_topic);
  if (removed_queue != nullptr) remove_queue(*removed_queue);
  if (std::holds_alternative<AddQueue>(change)) ++catalog_counts_.queues_created;
  if (removed_queue != nullptr) ++catalog_counts_.queues_deleted;
  return {};
}

bool Engine::is_here(const QueueInfo& queue) const {
  return journal::shard_of(queue.id()) == shard_.id();
}

bool Engine::has_new_queues(const CatalogBatch& batch) const {
  return std::ranges::any_of(batch.changes, [this](const CatalogChange& change) {
    const auto* added = std::get_if<AddQueue>(&change);
    return added != nullptr && is_here(*added->queue);
  });
}

void Engine::open_new_queues(const CatalogBatch& batch) {
  for (const CatalogChange& change : batch.changes) {
    const auto* added = std::get_if<AddQueue>(&change);
    if (added != nullptr) open_queue(added->queue);
  }
}

void Engine::remove_refused_queues(const CatalogBatch& batch) {
  for (std::size_t n = 0; n < batch.changes.size(); ++n) {
    const auto* added = std::get_if<AddQueue>(&batch.changes[n]);
    const bool is_refused = batch.outcomes.empty() || !batch.outcomes[n];
    if (added != nullptr && is_refused) remove_queue(*added->queue);
  }
}

void Engine::open_queue(const QueuePtr& queue) {
  if (queue_owner_ != nullptr && is_here(*queue)) queue_owner_->opened(queue);
}

void Engine::remove_queue(const QueueInfo& queue) {
  if (!is_here(queue)) return;
  if (queue_owner_ != nullptr) queue_owner_->removed(queue);
  for (const LogId log : queue.logs) gate_.spawn(drop_soon(log));
}

// A restart ends every connection: what belonged to one, or was not to last, is gone before anybody looks.
Task<Result<>> Engine::forget_transient() {
  if (!catalog_.has_transient()) co_return Result<>{};
  const CatalogChange change = ForgetTransient{};
  co_return co_await catalog_log_.commit(encode_changes({&change, 1}),
                                         [this] { (void)catalog_.apply(ForgetTransient{}); }, {});
}

}  // namespace koine::core
