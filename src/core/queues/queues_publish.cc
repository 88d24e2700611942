// The half of Queues that publishes.

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "core/idempotency_log.h"
#include "core/queues/queues.h"

namespace koine::core {
namespace {

// Entries of one append, which copies them in one go; far below what the smallest chunk allows.
constexpr std::size_t group_bytes_max = 128 * KiB;

}  // namespace

std::vector<QueueChanges::Settled> Queues::levels_of(
    const std::vector<SettledMessage>& settled) const {
  std::vector<QueueChanges::Settled> runs;
  runs.reserve(settled.size());
  for (const SettledMessage& message : settled) {
    const JournalQueueStore* store = find(message.queue);
    if (store == nullptr || store->is_settled(message.position)) continue;
    QueueLevel* level = store->level(message.position.level);
    if (level == nullptr || message.position.offset >= level->committed_end()) continue;
    runs.push_back({.level = level,
                    .first = message.position.offset,
                    .count = 1,
                    .body_bytes = static_cast<std::int64_t>(message.body_size)});
  }
  return runs;
}

void Queues::plan(const PublishBatch& batch, QueuePublish::Range range) {
  publish_.plan(batch, range, shard_.wall_clock_ms(), [this](LogId queue) { return find(queue); });
}

Task<Result<Published>> Queues::publish(PublishBatch batch, std::vector<SettledMessage> settled) {
  if (journal_ == nullptr) co_return fail(ErrorCode::closed, "the journal is closed");
  CO_TRY(co_await journal_->room());
  if (batch.has_partitions()) co_return publish_records(batch, levels_of(settled));
  co_return publish_now(batch, levels_of(settled));
}

Result<Published> Queues::publish_now(const PublishBatch& batch,
                                      std::vector<QueueChanges::Settled> settled) {
  plan(batch, {0, batch.size()});
  Published published;
  published.rejected = publish_.take_rejected();
  if (batch.keyed() != nullptr)
    return publish_keyed(batch, std::move(published), std::move(settled));
  const auto entries = publish_.entries();
  const bool is_atomic = !settled.empty();
  for (std::size_t from = 0; from < entries.size() || is_atomic;) {
    const std::size_t end =
        is_atomic ? entries.size() : publish_.end_of_group(from, group_bytes_max);
    auto seen = publish_.take_seen(from, end);
    const bool has_keys = !seen.empty();
    auto commit =
        changes_.append(entries.subspan(from, end - from), std::move(settled), std::move(seen));
    if (!commit) {
      publish_.refused(from, entries.size());
      return fail(std::move(commit).error());
    }
    publish_.appended(from, end);
    published.commit = std::move(*commit);
    if (has_keys) last_keys_ = published.commit;
    from = end;
    if (is_atomic) break;
  }
  // A refused commit refuses all that follow: whichever is the latest will do.
  if (published.commit == nullptr && publish_.repeats_pending()) published.commit = last_keys_;
  return published;
}

std::unique_ptr<IdempotencyEntry> Queues::record_of(const PublishBatch& batch,
                                                    std::span<const std::uint32_t> rejected) const {
  if (batch.keyed() == nullptr) return nullptr;
  std::vector<std::uint32_t> numbers;
  for (std::uint32_t number = 0; number < batch.size(); ++number) {
    // A queue on another shard was full, or one of this.
    const bool is_dropped = batch.items()[number].target_count == 0;
    if (is_dropped || std::ranges::binary_search(rejected, number)) numbers.push_back(number);
  }
  return idempotency_->entry_of(*batch.keyed(), -1, std::move(numbers));
}

// All in one append.
Result<Published> Queues::publish_keyed(const PublishBatch& batch, Published published,
                                        std::vector<QueueChanges::Settled> settled) {
  // What moves ends where a full queue refuses it: that is no part of what there is to say.
  const bool is_moved = !settled.empty();
  const auto record =
      record_of(batch, is_moved ? std::vector<std::uint32_t>{} : published.rejected);
  TRY(published.commit, append_group(batch, {0, batch.size()}, published.rejected, {},
                                     std::move(settled), record.get()));
  published.is_kept = published.commit != nullptr;
  if (published.commit == nullptr && publish_.repeats_pending()) published.commit = last_keys_;
  return published;
}

// In groups of neighbours: a message is in one with its record.
Result<Published> Queues::publish_records(const PublishBatch& batch,
                                          std::vector<QueueChanges::Settled> settled) {
  Published published;
  if (batch.keyed() != nullptr) {
    plan(batch, {0, batch.size()});
    published.rejected = publish_.take_rejected();
    return publish_keyed(batch, std::move(published), std::move(settled));
  }
  const bool is_atomic = !settled.empty();
  for (std::size_t from = 0; from < batch.size();) {
    const std::size_t end = is_atomic ? batch.size() : batch.end_of_group(from, group_bytes_max);
    plan(batch, {from, end});
    const auto rejected = publish_.take_rejected();
    TRY(auto commit, append_group(batch, {from, end}, rejected, {}, std::move(settled), nullptr));
    published.rejected.insert(published.rejected.end(), rejected.begin(), rejected.end());
    if (commit == nullptr && publish_.repeats_pending()) commit = last_keys_;
    if (commit != nullptr) published.commit = std::move(commit);
    from = end;
  }
  return published;
}

Result<std::shared_ptr<journal::Commit>> Queues::append(std::span<const journal::Append> records,
                                                        const PublishBatch& messages) {
  const QueuePublish::Range all{0, messages.size()};
  plan(messages, all);
  if (!publish_.take_rejected().empty()) {
    publish_.refused(0, publish_.entries().size());
    return fail(ErrorCode::unavailable, full_sentence(publish_.refused_by()));
  }
  return append_group(messages, all, {}, records, {}, nullptr);
}

// What of the range was planned for queues, its records for topics, and what comes with them, in one append.
Result<std::shared_ptr<journal::Commit>> Queues::append_group(
    const PublishBatch& batch, QueuePublish::Range range, std::span<const std::uint32_t> rejected,
    std::span<const journal::Append> first, std::vector<QueueChanges::Settled> settled,
    IdempotencyEntry* record) {
  const auto messages = publish_.entries();
  auto commit = [&]() -> Result<std::shared_ptr<journal::Commit>> {
    TRY(const auto records,
        records_.plan(batch, range, rejected, shard_.wall_clock_ms(), find_partition_));
    std::vector<journal::Append> group(first.begin(), first.end());
    group.insert(group.end(), records.begin(), records.end());
    group.insert(group.end(), messages.begin(), messages.end());
    if (group.empty() && settled.empty()) return nullptr;
    if (record != nullptr) group.push_back(record->append());
    return changes_.append(group, std::move(settled), publish_.take_seen(0, messages.size()));
  }();
  if (commit) {
    if (publish_.has_keys()) last_keys_ = *commit;
    publish_.appended(0, messages.size());
    if (record != nullptr && *commit != nullptr) idempotency_->appended(*record);
  } else {
    publish_.refused(0, messages.size());
  }
  records_.clear();
  return commit;
}

Task<Result<Queues::Purged>> Queues::purge(LogId queue,
                                           std::vector<std::vector<QueueStore::Kept>> kept,
                                           IdempotentPiecePtr keyed) {
  if (journal_ == nullptr) co_return fail(ErrorCode::closed, "the journal is closed");
  CO_TRY(co_await journal_->room());
  const JournalQueueStore* store = find(queue);
  std::vector<QueueChanges::Settled> runs;
  for (std::size_t n = 0; store != nullptr && n < kept.size(); ++n)
    std::ranges::move(store->all_except(static_cast<std::uint8_t>(n), kept[n]),
                      std::back_inserter(runs));
  Purged purged;
  for (const QueueChanges::Settled& run : runs)
    purged.count += static_cast<std::uint64_t>(run.count);
  if (purged.count == 0) co_return purged;
  const auto record = idempotency_->entry_of(*keyed, static_cast<std::int64_t>(purged.count));
  CO_TRY(purged.commit, changes_.append({&record->append(), 1}, std::move(runs)));
  idempotency_->appended(*record);
  co_return purged;
}

std::string Queues::full_sentence(LogId queue) const {
  const JournalQueueStore* store = find(queue);
  if (store == nullptr) return "a queue is full";
  const Name& name = store->info()->spec.name;
  return fmt::format("queue '{}' in vhost '{}' is full", name.name, name.vhost);
}

std::vector<Queues::Full> Queues::find_full(const PublishBatch& batch) const {
  struct Taken {
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;
  };
  std::unordered_map<LogId, Taken> taken;
  std::vector<Full> full;
  for (std::uint32_t number = 0; number < batch.size(); ++number) {
    const PublishBatch::Item& item = batch.items()[number];
    for (const LogId target : batch.targets_of(item)) {
      const JournalQueueStore* store = find(target);
      if (store == nullptr || !store->has_limits()) continue;
      Taken& before = taken[target];
      if (!store->has_room(item.body_size, before.messages, before.bytes)) {
        full.push_back({number, target});
        break;
      }
      ++before.messages;
      before.bytes += item.body_size;
    }
  }
  return full;
}

}  // namespace koine::core
