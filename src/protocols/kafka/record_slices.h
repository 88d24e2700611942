// Slices of the bodies of journal entries, taken on the shard that owns them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/task.h"
#include "core/engine.h"
#include "protocols/kafka/response.h"

namespace koine::kafka {

struct SliceLimits {
  std::size_t count_max = 0;
  std::size_t bytes_max = 0;  // passed by less than a block
};

// The bodies of `records`, all of this engine's shard, from `in_first` of the first one on, as far as they are cached;
// appended to `slices`. Returns their bytes.
std::size_t take_cached(core::Engine& owner, std::span<const RecordSource> records,
                        std::uint32_t in_first, SliceLimits limits, std::vector<Bytes>& slices);

// The same on the owner's shard, at least one slice: read from disk if need be. Errors: io_error, corrupt.
Task<Result<std::vector<Bytes>>> take_on_owner(core::Engine& here,
                                               std::vector<RecordSource> records,
                                               std::uint32_t in_first, SliceLimits limits);

// Lets go of entries on the shards that own them: a chunk's last user may be this one.
void let_go(core::Engine& here, std::vector<RecordSource> records);

}  // namespace koine::kafka
