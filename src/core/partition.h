// Partition: a topic's log with what appending to it and waiting on it need. One shard owns it (journal::shard_of).
//
// append: check the batch (format, CRC, size, timestamps) -> check the producer's sequence -> give it its offset ->
// Journal::append. The batch is stored as the bytes that arrived; only its base offset and leader epoch, which its CRC
// does not cover, are written in (with TimestampSource::append also its timestamp type and time, and a new CRC).
//
// What is bound to its topic gets each record in the same commit (core/topic_bindings.h); partition_bound.cc is how.
//
// Producers' sequences move when a batch is appended and are taken back if its commit fails (LogObserver).
//
// Shared: who calls it holds the pointer until the call has ended. When its topic is deleted the log goes at once, calls
// (also those that wait) give not_found, and the object goes with its last holder.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/task.h"
#include "core/append_line.h"
#include "core/idempotency.h"
#include "core/producers.h"
#include "core/record_reader.h"
#include "core/topic.h"
#include "journal/journal.h"
#include "runtime/shard.h"
#include "runtime/signal.h"

namespace koine::core {

class PublishBatch;
class TopicBindings;

// One owner per partition so far: the first epoch.
inline constexpr std::int32_t partition_leader_epoch = 0;

// A batch on its way to the disk.
struct Appended {
  Offset base_offset;
  WallTimeMs append_time_ms = -1;  // with TimestampSource::append, else -1
  // Null: it is durable already (a duplicate whose original is).
  std::shared_ptr<journal::Commit> commit = nullptr;
  bool is_duplicate = false;
};

struct FoundTime {
  Offset offset;
  WallTimeMs timestamp = 0;
};

class Partition final : public journal::LogObserver {
 public:
  // The log and the journal outlive it, or mark_removed() is called before the log goes. So do the bindings.
  Partition(runtime::Shard& shard, journal::Journal& journal, journal::Log& log, TopicPtr topic,
            Producers producers, TopicBindings& bindings);
  ~Partition() override;

  // The wire bytes of one record batch (format: core/record_batch.h). Waits for room only, not for the disk; batches
  // are appended in the order of the calls. A duplicate gives the first one's offset, and its commit if still under way.
  // Errors: corrupt (CRC, length), too_large, unsupported (old formats, transactions), invalid_argument (a batch that makes
  // no sense, or several), out_of_range (its timestamps are too far from the clock), conflict (its sequence is out of
  // order), denied (its producer epoch is fenced), unavailable (a bound queue is full: says which), not_found (removed),
  // no_space, io_error. On an error nothing was appended, and bound queues of this shard have nothing.
  // `keyed`: the batch is a piece of a request with a key, done once: a repetition is as a producer's duplicate.
  Task<Result<Appended>> append(Bytes batch, Keyed keyed = {});

  // 0 when removed.
  Offset start_offset() const { return log_ != nullptr ? log_->start_offset() : Offset{0}; }
  Offset high_watermark() const { return log_ != nullptr ? log_->committed_offset() : Offset{0}; }
  std::uint64_t body_bytes() const { return log_ != nullptr ? log_->body_bytes() : 0; }
  LogId log_id() const { return log_id_; }
  // For those who append to it what is not a producer's batch (RecordPublish). Null when removed.
  journal::Log* log() const { return log_; }
  // Of the next record. Not removed.
  Offset next_offset() const { return log_->next_offset(); }
  AppendLine& line() { return line_; }

  // Wakes when the high watermark moves, the start moves, or the partition is removed.
  runtime::Signal& changed() { return changed_; }

  // Up to bytes_max of whole batches from the one that contains `from`; at least one batch if there is any; none at the
  // high watermark. Errors: out_of_range, corrupt, not_found.
  Task<Result<std::vector<journal::EntryRef>>> read(Offset from, std::size_t bytes_max);

  // The first record whose timestamp is at least `timestamp`; none: nullopt. Exact, but for a batch that can't be
  // decompressed, of which it gives the first offset. Errors: corrupt, io_error, not_found.
  Task<Result<std::optional<FoundTime>>> find_by_time(WallTimeMs timestamp);
  // The first record with the largest timestamp; none on an empty log.
  Task<Result<std::optional<FoundTime>>> find_largest_timestamp();

  // Gives up records below `start` (at most the high watermark, else out_of_range; below the first: no change); durable
  // when it returns the new start. Errors: out_of_range, not_found, no_space, io_error.
  Task<Result<Offset>> delete_records(Offset start);
  // Applies the topic's retention once, by whole chunks' extents and, in the open chunk, by batches.
  Task<Result<>> enforce_retention();

  void set_topic(TopicPtr topic) { topic_ = std::move(topic); }
  const Topic& topic() const { return *topic_; }
  Producers& producers() { return producers_; }
  // After this every call gives not_found; waiters wake. The log is not used any more.
  void mark_removed();
  bool is_removed() const { return log_ == nullptr; }

  void on_committed(Offset committed) override;
  void on_rolled_back(Offset committed) override;

 private:
  struct InFlight {
    Offset base_offset;
    std::shared_ptr<journal::Commit> commit;
  };

  Result<> still_there() const;
  Result<> check_timestamps(const BatchHeader& batch) const;
  // `messages`: what the records are for bound queues; null: nothing.
  Result<Appended> append_now(const Bytes& batch, const BatchHeader& header,
                              const PublishBatch* messages, const Keyed& keyed);
  Result<std::shared_ptr<journal::Commit>> append_to_journal(const Bytes& batch,
                                                             const BatchHeader& header,
                                                             const PublishBatch* messages,
                                                             const Keyed& keyed, WallTimeMs now_ms);
  Result<std::shared_ptr<journal::Commit>> append_entry(const journal::Append& entry,
                                                        const PublishBatch* messages,
                                                        const Keyed& keyed);
  void note_refused(const BatchHeader& header);
  Appended duplicate_of(Offset first) const;
  Offset start_by_time(WallTimeMs oldest_ms) const;
  Offset start_by_bytes(std::uint64_t bytes_max) const;
  Task<Result<>> trim_to(Offset start);

  // partition_bound.cc
  bool is_bound();
  Task<Result<Appended>> append_bound(Bytes batch, BatchHeader header, Keyed keyed);
  Task<Result<std::optional<Appended>>> prepare_bound(BatchHeader header, PublishBatch& messages,
                                                      const AppendLine::Place& place);

  // partition_times.cc
  WallTimeMs largest_timestamp_known() const;
  WallTimeMs largest_timestamp_certain() const;
  Task<Result<std::optional<journal::EntryRef>>> find_largest_entry();
  Task<Result<std::optional<journal::EntryRef>>> next_entry_with(Offset from, WallTimeMs timestamp);
  Task<Result<std::optional<FoundTime>>> find_in_entry(journal::EntryRef entry,
                                                       WallTimeMs timestamp);

  runtime::Shard& shard_;
  journal::Journal& journal_;
  journal::Log* log_;
  LogId log_id_;
  TopicPtr topic_;
  Producers producers_;
  TopicBindings& bindings_;
  std::optional<std::uint64_t> bindings_version_;  // of the catalog, in which is_bound_ holds
  bool is_bound_ = false;
  AppendLine line_;
  std::vector<InFlight> in_flight_;  // of idempotent producers
  runtime::Signal changed_;
};

}  // namespace koine::core
