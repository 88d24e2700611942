// Producers: what one partition remembers of its idempotent producers, so that a retried batch is stored once (KIP-98).
//
//   producer 7:  [seq 0-4 @100] [5-9 @105] ... [20-24 @120] | [25-29 @125] [30-34 @130]
//                 the last five durable batches               in flight
//
// A batch of a known producer must follow its last one; one of those remembered is a duplicate; an older epoch is fenced.
// An unknown producer may begin at any sequence (it may have been forgotten), a new epoch of a known one only at 0.
// Sequences wrap from 2^31 - 1 to 0. Owned by its Partition, one shard; bounded by count (the least recently used goes
// first) and by time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/units.h"
#include "core/record_batch.h"

namespace koine::core {

// As many as a client may have in flight on one connection (max.in.flight.requests.per.connection of idempotent producers).
inline constexpr std::size_t remembered_batches = 5;

// The sequence `distance` (at least 0) after `sequence`.
std::int32_t sequence_after(std::int32_t sequence, std::int32_t distance);

class Producers {
 public:
  explicit Producers(std::size_t count_max) : count_max_(count_max) {}

  // Whether the batch may be appended: nullopt, or the offset of the same batch if it was appended before.
  // Errors: denied (a newer epoch of this producer has written: fenced), conflict (sequence out of order).
  Result<std::optional<Offset>> check(const BatchHeader& batch) const;

  // The batch was appended at base_offset; in flight until on_committed passes it.
  void record(const BatchHeader& batch, Offset base_offset, WallTimeMs now_ms);

  // The batch, which check() allowed, was not appended or was taken back: nothing of an unknown producer is taken before
  // it comes again, or batches in flight behind it would go first.
  void refused(ProducerId id, std::int16_t epoch, std::int32_t first_sequence, WallTimeMs now_ms);

  // Everything below `committed` is durable.
  void on_committed(Offset committed) { committed_ = committed; }
  // Everything at or above `committed` was taken back.
  void roll_back(Offset committed);

  // Forgets producers that appended nothing since `before_ms`; those with batches in flight stay.
  void expire(WallTimeMs before_ms);

  std::size_t size() const { return by_id_.size(); }

  // Call when nothing is in flight. Restoring gives back what was saved; replay follows for batches that came later.
  std::vector<std::byte> save() const;
  Result<> restore(ByteView saved);
  void replay(const BatchHeader& batch, Offset base_offset, WallTimeMs now_ms);

  struct Batch {
    Offset base_offset;
    std::int32_t first_sequence = 0;
    std::int32_t last_sequence = 0;
    std::int16_t epoch = 0;
  };
  struct Producer {
    ProducerId id;
    WallTimeMs used_ms = 0;
    std::vector<Batch> batches;  // by offset, never empty
  };
  // Least recently used first; for DescribeProducers and tests.
  const std::list<Producer>& all() const { return by_use_; }

 private:
  struct Refused {
    std::int16_t epoch = 0;
    std::int32_t first_sequence = 0;
    WallTimeMs refused_ms = 0;
  };

  void forget_surplus();
  void trim_durable(Producer& producer) const;
  bool has_in_flight(const Producer& producer) const;

  std::size_t count_max_;
  Offset committed_{0};
  std::list<Producer> by_use_;
  std::unordered_map<ProducerId, std::list<Producer>::iterator> by_id_;
  std::unordered_map<ProducerId, Refused>
      refused_;  // of unknown producers; not durable, nor is what is in flight
};

}  // namespace koine::core
