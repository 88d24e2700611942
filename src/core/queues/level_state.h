// LevelState: what became of the messages of one level of a queue: what checkpoints keep, and what QueueChange entries alter.
#pragma once

#include <cstdint>
#include <map>

#include "base/fields.h"
#include "base/ids.h"
#include "base/result.h"
#include "core/queues/settled_bits.h"

namespace koine::core {

struct LevelState {
  SettledBits settled;
  std::map<Offset, std::uint32_t> failures;  // of messages that are not settled, where it is not 0
  // Bodies of durable messages that are not settled. Exact over all levels of a queue; of one level it may be below 0
  // (QueueStore::settle_range).
  std::int64_t body_bytes = 0;
  Offset delivered{0};  // messages below were perhaps delivered; exact only after a clean stop

  // How many of [from, to) were not settled before. `bytes` are the bodies of all of them: of a range that is settled in
  // part already, a share is taken.
  std::uint64_t settle(Offset from, Offset to, std::int64_t bytes);
  // No change if it is settled. A count never goes back.
  void set_failures(Offset offset, std::uint32_t count);
  // Forgets what is said of offsets from `end` on: messages there were lost, and others will have their offsets.
  void truncate(Offset end);

  void save(FieldWriter& writer) const;
  // Errors: corrupt.
  static Result<LevelState> restore(FieldReader& reader);
};

// What a saved one takes at least.
inline constexpr std::size_t saved_level_size_min = 8 + 4 + 4 + 8 + 8;

}  // namespace koine::core
