// Log: a sequence of entries with offsets, one of many in a shard's journal. What a topic partition, a queue, the
// group offsets and the catalog are made of.
//
//   start                       committed            next
//     |  sealed extents | open index  |  not durable yet  |
//     v                               v                   v
//   [e0 e1 e2][e3 e4 ][e5 e6 e7 e8 e9][e10 e11 e12]
//
// Readers see [start, committed), but for holes: entries of which nothing is needed may be given up anywhere (see
// LogObserver::needed_records). In memory: an extent per sealed chunk in which the log has entries, and one
// index item per entry in the open chunk. Owned by the Journal; one shard. Changed by the journal only.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/ids.h"
#include "base/units.h"
#include "journal/log_id.h"

namespace koine::journal {

class Chunk;

// Where one entry's body lies in its chunk.
struct IndexItem {
  Offset base_offset;
  std::uint32_t record_count = 0;
  std::uint32_t body_position = 0;
  std::uint32_t body_size = 0;
  std::uint32_t further_targets = 0;  // logs that share the entry, besides this one (entry.h)
  WallTimeMs timestamp_max = 0;

  auto operator<=>(const IndexItem&) const = default;
};

// What a sealed chunk holds of a log. The items are in the chunk's footer.
struct Extent {
  std::shared_ptr<Chunk> chunk;
  Offset base_offset;            // of the first entry
  Offset end_offset;             // after the last record
  WallTimeMs timestamp_max = 0;  // over all entries
  std::uint64_t body_bytes = 0;
  std::uint64_t record_count = 0;    // in its entries; fewer than its offsets where there are holes
  std::uint32_t index_position = 0;  // of its first item, in the chunk's file
  std::uint32_t index_count = 0;
};

// A log's owner. Told on the log's shard when its entries become durable, or were taken back because their commit failed
// (disk full): then offsets from `committed` on were never assigned. Asked what of them it still needs.
class LogObserver {
 public:
  LogObserver() = default;
  LogObserver(const LogObserver&) = delete;
  LogObserver& operator=(const LogObserver&) = delete;
  virtual ~LogObserver() = default;

  virtual void on_committed(Offset committed) = 0;
  virtual void on_rolled_back(Offset committed) = 0;

  // How many records of [from, to) are needed; start <= from < to <= committed. From durable knowledge only: what is not
  // needed must not be after a crash either. The journal gives up extents of which nothing is needed at a checkpoint, and
  // the cleaner leaves such entries out of its copy, without an entry that says so: a crash may bring them back.
  // Quick: asked for every extent at each checkpoint, and for every entry of a chunk that is cleaned.
  virtual std::uint64_t needed_records(Offset from, Offset to) const {
    return static_cast<std::uint64_t>(to - from);
  }
};

class Log {
 public:
  explicit Log(LogId id) : id_(id) {}

  LogId id() const { return id_; }
  // The next offset that append assigns.
  Offset next_offset() const { return next_; }
  // Readers see what is below; for a topic partition, the high watermark.
  Offset committed_offset() const { return committed_; }
  // The first offset that is kept.
  Offset start_offset() const { return start_; }
  // Its content is saved by checkpoints, so that entries before the last one are not needed (see log_id.h).
  bool is_state() const { return number_of(id_) < first_dynamic_log; }
  // Bodies of kept entries; counts an extent whole until it is given up, trimmed or cleaned.
  std::uint64_t body_bytes() const;
  // What the observer says of [from, to), of which nothing below start is needed. Without an observer: all of it.
  std::uint64_t needed_records(Offset from, Offset to) const;

  // At most one; must outlive its registration. Null to unregister.
  void observe(LogObserver* observer) { observer_ = observer; }

  const std::vector<Extent>& extents() const { return extents_; }
  const std::vector<IndexItem>& open_items() const { return open_items_; }

 private:
  friend class LogTable;

  LogId id_;
  Offset start_{0};
  Offset committed_{0};
  Offset next_{0};
  std::vector<Extent> extents_;  // by base offset
  std::vector<IndexItem>
      open_items_;  // by base offset, in the open chunk, also those not durable yet
  LogObserver* observer_ = nullptr;
};

}  // namespace koine::journal
