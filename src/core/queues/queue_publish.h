// QueuePublish: turns a batch of messages for queues into entries of the journal, in one turn. Neighbours in the batch that go to
// the same levels become one entry, which is stored once however many levels it belongs to:
//
//   a -> A   b -> A   c -> A,B   d -> A,B   e -> A          entries:  [a b] A   [c d] A,B   [e] A
//
// Reused: keeps its memory between batches.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "core/queues/journal_queue_store.h"
#include "core/queues/publish_batch.h"
#include "journal/journal.h"

namespace koine::core {

class QueuePublish {
 public:
  // Which messages of the batch, by number.
  struct Range {
    std::size_t from = 0;
    std::size_t to = 0;
  };
  // Finds the levels of these messages and asks those queues that have limits, unless they were asked. `find` gives a queue's
  // store or null.
  template <typename Find>
  void plan(const PublishBatch& batch, Range range, WallTimeMs now_ms, Find find);

  bool empty() const { return runs_.empty(); }
  // Numbers in the batch, ascending.
  std::vector<std::uint32_t> take_rejected() { return std::move(rejected_); }
  // The queue that refused the first of them.
  LogId refused_by() const { return refused_by_; }
  // Some message was left out because its like is on its way into the journal: it is as durable as that one.
  bool repeats_pending() const { return repeats_pending_; }
  bool has_keys() const { return !keyed_.empty(); }
  // The keys of the messages of [from, to), each once.
  std::vector<QueueChanges::Seen> take_seen(std::size_t from, std::size_t to);

  // The entries, in order; they view the batch and this object.
  std::span<const journal::Append> entries() const { return entries_; }
  // The first of the entries from `from` on that does not fit into so many bytes with those before it; at least one does.
  std::size_t end_of_group(std::size_t from, std::size_t bytes_max) const;

  // The entries [from, to) were appended, or were not and will not be.
  void appended(std::size_t from, std::size_t to);
  void refused(std::size_t from, std::size_t to);

 private:
  struct Run {
    std::uint32_t position = 0;  // in the batch's bytes
    std::uint32_t size = 0;
    std::uint32_t count = 0;
    std::uint64_t body_bytes = 0;
    std::uint32_t first_level = 0;  // in levels_
    std::uint32_t level_count = 0;
  };

  // A message with a key, and the run that it is in.
  struct Keyed {
    std::size_t run = 0;
    QueueChanges::Seen seen;
  };

  void clear();
  // Of a queue with a deduplication window. False: it has had the message.
  bool is_new(JournalQueueStore& store, const DeduplicationKey& key, WallTimeMs now_ms);
  void note_key(JournalQueueStore& store, const DeduplicationKey& key, WallTimeMs now_ms);
  static bool accepts(JournalQueueStore& store, const PublishBatch& batch,
                      const PublishBatch::Item& item);
  void give_up(const PublishBatch::Item& item, std::size_t first_level, std::size_t first_key);
  void add(const PublishBatch::Item& item, std::size_t first_level);
  bool extends_last(const PublishBatch::Item& item, std::size_t first_level) const;
  static std::optional<DeduplicationKey> key_of(ByteView stored);
  void make_entries(const PublishBatch& batch, WallTimeMs now_ms);
  std::span<QueueLevel* const> levels_of(const Run& run) const {
    return std::span(levels_).subspan(run.first_level, run.level_count);
  }

  std::vector<Run> runs_;
  std::vector<QueueLevel*> levels_;
  std::vector<journal::Log*> logs_;  // of levels_
  std::vector<journal::Part> parts_;
  std::vector<journal::Append> entries_;
  std::vector<std::uint32_t> rejected_;
  LogId refused_by_{0};
  std::vector<Keyed> keyed_;  // by run
  bool repeats_pending_ = false;
};

template <typename Find>
void QueuePublish::plan(const PublishBatch& batch, Range range, WallTimeMs now_ms, Find find) {
  clear();
  LogId known_id{0};
  JournalQueueStore* known = nullptr;
  for (std::size_t number = range.from; number < range.to; ++number) {
    const PublishBatch::Item& item = batch.items()[number];
    const std::size_t first_level = levels_.size();
    const std::size_t first_key = keyed_.size();
    bool is_rejected = false;
    for (const LogId target : batch.targets_of(item)) {
      if (target != known_id) {
        known_id = target;
        known = find(target);
      }
      if (known == nullptr) continue;
      std::optional<DeduplicationKey> key;
      if (known->window() != nullptr) [[unlikely]] {
        key = key_of(batch.bytes().subspan(item.position, item.size));
        if (key && !is_new(*known, *key, now_ms)) continue;
      }
      if (known->has_limits() && !batch.is_accepted() && !accepts(*known, batch, item))
          [[unlikely]] {
        is_rejected = true;
        if (rejected_.empty()) refused_by_ = target;
        continue;
      }
      levels_.push_back(&known->level_for(item.priority));
      levels_.back()->reserve(1, item.body_size);
      if (key) note_key(*known, *key, now_ms);
    }
    if (is_rejected) [[unlikely]] {
      rejected_.push_back(static_cast<std::uint32_t>(number));
      if (item.refusal == Refusal::of_all) give_up(item, first_level, first_key);
    }
    if (levels_.size() > first_level) add(item, first_level);
  }
  make_entries(batch, now_ms);
}

}  // namespace koine::core
