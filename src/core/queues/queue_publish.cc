#include "core/queues/queue_publish.h"

#include <algorithm>

namespace koine::core {
namespace {

// A message is found in its entry by going over those before it.
constexpr std::uint32_t messages_per_entry_max = 1024;
constexpr std::size_t entry_bytes_max = 256 * KiB;

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

// Who refuses for all others, too, does not send on what it refused: nobody has it.
bool QueuePublish::accepts(JournalQueueStore& store, const PublishBatch& batch,
                           const PublishBatch::Item& item) {
  if (item.refusal == Refusal::of_all) return store.has_room(item.body_size);
  return store.accepts(batch.bytes().subspan(item.position, item.size), item.body_size);
}

void QueuePublish::give_up(const PublishBatch::Item& item, std::size_t first_level,
                           std::size_t first_key) {
  for (QueueLevel* level : std::span(levels_).subspan(first_level)) {
    level->unreserve(1, item.body_size);
  }
  levels_.resize(first_level);
  for (const Keyed& keyed : std::span(keyed_).subspan(first_key))
    keyed.seen.window->forget(keyed.seen.seen.key);
  keyed_.resize(first_key);
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

}  // namespace koine::core
