// DeduplicationWindow: the keys of the messages that a queue got within the last so many milliseconds. A message whose key is
// here is confirmed and dropped.
//
//   add()       with the message on its way into the journal; pending until keep() (its commit) or forget() (it failed)
//   on disk     in the same commit as the message: a record of the state log `queues`; and in checkpoints
//
// Holds at most keys_max: then the oldest is forgotten before its time, and counted. About 100 bytes a key; one shard.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/units.h"
#include "core/queues/deduplication_key.h"

namespace koine::core {

// What QueueSettings::deduplication_keys_max is without being said, and at most.
inline constexpr std::int64_t deduplication_keys_default = 100'000;
inline constexpr std::int64_t deduplication_keys_limit = 1'000'000;

struct SeenKey {
  DeduplicationKey key;
  WallTimeMs seen_ms = 0;
};

class DeduplicationWindow {
 public:
  DeduplicationWindow(std::int64_t window_ms, std::size_t keys_max)
      : window_ms_(window_ms), keys_max_(keys_max) {}

  enum class Known : std::uint8_t { no, pending, durable };
  // Counts what it finds as a repetition.
  Known look_up(const DeduplicationKey& key, WallTimeMs now_ms);

  // Not known before.
  void add(const DeduplicationKey& key, WallTimeMs now_ms);
  void keep(const DeduplicationKey& key);
  void forget(const DeduplicationKey& key);

  // What recovery found, in order.
  void restore(std::span<const SeenKey> seen, WallTimeMs now_ms);
  // In order, without those whose time is over.
  std::vector<SeenKey> seen(WallTimeMs now_ms);

  std::size_t size() const { return known_.size(); }
  // Messages that were dropped; keys that went before their time; since the start of the process.
  std::uint64_t repetitions() const { return repetitions_; }
  std::uint64_t forgotten_early() const { return forgotten_early_; }

 private:
  struct Entry {
    WallTimeMs seen_ms = 0;
    bool is_pending = false;
  };

  void drop_first();
  void drop_old(WallTimeMs now_ms);

  std::int64_t window_ms_;
  std::size_t keys_max_;
  std::unordered_map<DeduplicationKey, Entry, DeduplicationKeyHash> known_;
  std::deque<SeenKey> order_;  // also of keys that were forgotten since
  std::uint64_t repetitions_ = 0;
  std::uint64_t forgotten_early_ = 0;
};

}  // namespace koine::core
