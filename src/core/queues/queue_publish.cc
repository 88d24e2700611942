#include "core/queues/queue_publish.h"

#include <algorithm>

#include "core/queues/queues.h"

namespace koine::core {
namespace {

// A message is found in its entry by going over those before it.
constexpr std::uint32_t messages_per_entry_max = 1024;
constexpr std::size_t entry_bytes_max = 256 * KiB;

// Entries of one append, which copies them in one go; far below what the smallest chunk allows.
constexpr std::size_t group_bytes_max = 128 * KiB;

}  // namespace

void QueuePublish::clear() {
  runs_.clear();
  levels_.clear();
  logs_.clear();
  parts_.clear();
  entries_.clear();
  rejected_.clear();
  keyed_.clear();
  repeats_pending_ = false;
}

std::optional<DeduplicationKey> QueuePublish::key_of(ByteView stored) {
  const auto message = decode_message(stored);
  CHECK(message.has_value());
  return deduplication_key_of(*message);
}

bool QueuePublish::is_new(JournalQueueStore& store, const DeduplicationKey& key,
                          WallTimeMs now_ms) {
  const auto known = store.window()->look_up(key, now_ms);
  if (known == DeduplicationWindow::Known::pending) repeats_pending_ = true;
  return known == DeduplicationWindow::Known::no;
}

// The run is known when the message is added.
void QueuePublish::note_key(JournalQueueStore& store, const DeduplicationKey& key,
                            WallTimeMs now_ms) {
  store.window()->add(key, now_ms);
  keyed_.push_back({.run = runs_.size(),
                    .seen = {.window = store.window(),
                             .queue = store.info()->id(),
                             .seen = {.key = key, .seen_ms = now_ms}}});
}

std::vector<QueueChanges::Seen> QueuePublish::take_seen(std::size_t from, std::size_t to) {
  std::vector<QueueChanges::Seen> seen;
  for (const Keyed& keyed : keyed_) {
    if (keyed.run >= from && keyed.run < to) seen.push_back(keyed.seen);
  }
  return seen;
}

bool QueuePublish::extends_last(const PublishBatch::Item& item, std::size_t first_level) const {
  if (runs_.empty()) return false;
  const Run& last = runs_.back();
  return last.position + last.size == item.position && last.count < messages_per_entry_max &&
         std::size_t{last.size} + item.size <= entry_bytes_max &&
         std::ranges::equal(levels_of(last), std::span(levels_).subspan(first_level));
}

void QueuePublish::add(const PublishBatch::Item& item, std::size_t first_level) {
  if (extends_last(item, first_level)) {
    levels_.resize(first_level);
    Run& last = runs_.back();
    last.size += item.size;
    ++last.count;
    last.body_bytes += item.body_size;
    for (auto keyed = keyed_.rbegin(); keyed != keyed_.rend() && keyed->run == runs_.size();
         ++keyed)
      --keyed->run;
    return;
  }
  runs_.push_back({.position = item.position,
                   .size = item.size,
                   .count = 1,
                   .body_bytes = item.body_size,
                   .first_level = static_cast<std::uint32_t>(first_level),
                   .level_count = static_cast<std::uint32_t>(levels_.size() - first_level)});
}

void QueuePublish::make_entries(const PublishBatch& batch, WallTimeMs now_ms) {
  // Nothing of these may move while entries_ points to it.
  parts_.reserve(runs_.size());
  logs_.reserve(levels_.size());
  for (const Run& run : runs_) {
    const std::size_t first_log = logs_.size();
    for (const QueueLevel* level : levels_of(run)) logs_.push_back(level->log());
    parts_.push_back({.bytes = batch.bytes().subspan(run.position, run.size), .crc = std::nullopt});
    entries_.push_back({.log = logs_[first_log],
                        .record_count = run.count,
                        .timestamp_max = now_ms,
                        .body = {&parts_.back(), 1},
                        .also = std::span(logs_).subspan(first_log + 1)});
  }
}

std::size_t QueuePublish::end_of_group(std::size_t from, std::size_t bytes_max) const {
  std::size_t end = from + 1;
  for (std::size_t bytes = runs_[from].size; end < runs_.size(); ++end) {
    bytes += runs_[end].size;
    if (bytes > bytes_max) break;
  }
  return end;
}

void QueuePublish::appended(std::size_t from, std::size_t to) {
  for (const Run& run : std::span(runs_).subspan(from, to - from)) {
    for (QueueLevel* level : levels_of(run)) level->appended(run.count, run.body_bytes);
  }
}

void QueuePublish::refused(std::size_t from, std::size_t to) {
  for (const Run& run : std::span(runs_).subspan(from, to - from)) {
    for (QueueLevel* level : levels_of(run)) level->unreserve(run.count, run.body_bytes);
  }
  for (const auto& seen : take_seen(from, to)) seen.window->forget(seen.seen.key);
}

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

Task<Result<Published>> Queues::publish(PublishBatch batch, std::vector<SettledMessage> settled) {
  if (journal_ == nullptr) co_return fail(ErrorCode::closed, "the journal is closed");
  CO_TRY(co_await journal_->room());
  co_return publish_now(batch, levels_of(settled));
}

Result<Published> Queues::publish_now(const PublishBatch& batch,
                                      std::vector<QueueChanges::Settled> settled) {
  publish_.plan(batch, shard_.wall_clock_ms(), [this](LogId queue) { return find(queue); });
  Published published;
  published.rejected = publish_.take_rejected();
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

}  // namespace koine::core
