// The state logs that every shard's journal has, by number (journal/log_id.h).
#pragma once

#include <cstdint>

#include "base/ids.h"
#include "journal/log_id.h"

namespace koine::core {

// Stored on disk: never changed, never used for something else. The first two are used on shard 0 only.
enum class StateLogNumber : std::uint64_t { catalog = 1, producer_ids = 2, groups = 3 };

constexpr LogId state_log_id(ShardId shard, StateLogNumber number) {
  return journal::make_log_id(shard, static_cast<std::uint64_t>(number));
}

}  // namespace koine::core
