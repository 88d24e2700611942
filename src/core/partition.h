// Partition: a topic's log with what appending to it and waiting on it need. One shard owns it (journal::shard_of).
//
// append: check the batch (format, CRC, size, timestamps) -> check the producer's sequence -> give it its offset ->
// Journal::append. The batch is stored as the bytes that arrived; only its base offset and leader epoch, which its CRC
// does not cover, are written in (with TimestampSource::append also its timestamp type and time, and a new CRC).
//
// Producers' sequences move when a batch is appended and are taken back if its commit fails (LogObserver).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/task.h"
#include "core/producers.h"
#include "core/topic.h"
#include "journal/journal.h"
#include "runtime/shard.h"
#include "runtime/signal.h"

namespace koine::core {

// A batch on its way to the disk.
struct Appended {
  Offset base_offset;
  WallTimeMs append_time_ms = -1;  // with TimestampSource::append, else -1
  std::shared_ptr<journal::Commit>
      commit;  // null: it is durable already (a duplicate whose original is)
};

struct FoundTime {
  Offset offset;
  WallTimeMs timestamp = 0;
};

class Partition final : public journal::LogObserver {
 public:
  Partition(runtime::Shard& shard, journal::Journal& journal, journal::Log& log, TopicPtr topic);
  ~Partition() override;

  // The wire bytes of one record batch (format: core/record_batch.h). Waits for room only, not for the disk; batches
  // are appended in the order of the calls. Errors: corrupt (CRC, format), too_large, unsupported (old formats),
  // invalid_argument (timestamps, counts), conflict (sequence out of order or a fenced epoch: see ProducerFault),
  // no_space, io_error. A duplicate gives the first one's offset (and its commit, if still under way).
  Task<Result<Appended>> append(Bytes batch);

  Offset start_offset() const { return log_.start_offset(); }
  Offset high_watermark() const { return log_.committed_offset(); }
  std::uint64_t body_bytes() const { return log_.body_bytes(); }
  LogId log_id() const { return log_.id(); }

  // Wakes when the high watermark moves, the start moves, or the partition is removed.
  runtime::Signal& changed() { return changed_; }

  // Up to bytes_max of whole batches from the one that contains `from`; at least one batch if there is any.
  // Errors: out_of_range, corrupt.
  Task<Result<std::vector<journal::EntryRef>>> read(Offset from, std::size_t bytes_max);

  // The first record whose timestamp is at least `timestamp`; none: nullopt.
  Task<Result<std::optional<FoundTime>>> find_by_time(WallTimeMs timestamp);
  // The record with the largest timestamp; none on an empty log.
  Task<Result<std::optional<FoundTime>>> find_largest_timestamp();

  // Gives up records below `start` (at most the high watermark, else out_of_range); returns the new start.
  Task<Result<Offset>> delete_records(Offset start);
  // Applies the topic's retention once.
  Task<Result<>> enforce_retention();

  void set_topic(TopicPtr topic) { topic_ = std::move(topic); }
  const Topic& topic() const { return *topic_; }
  Producers& producers() { return producers_; }
  // After this every call gives not_found; waiters wake.
  void mark_removed();
  bool is_removed() const { return removed_; }

  void on_committed(Offset committed) override;
  void on_rolled_back(Offset committed) override;

 private:
  runtime::Shard& shard_;
  journal::Journal& journal_;
  journal::Log& log_;
  TopicPtr topic_;
  Producers producers_;
  runtime::Signal changed_;
  bool removed_ = false;
};

}  // namespace koine::core
