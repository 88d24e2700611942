// Waiting until one of several partitions, on any shards, has changed since it was looked at; a deadline; or an interruption.
// Leaves no waiter behind, here or elsewhere.
#pragma once

#include <vector>

#include "base/ids.h"
#include "base/task.h"
#include "base/units.h"
#include "runtime/signal.h"

namespace koine::core {

class Engine;

struct WatchedPartition {
  LogId log;
  Offset from;
  Offset high_watermark;  // as it was seen
};

// At least one partition. Returns at once if one has changed already. Who calls it has looked, in the same turn, at what
// `interruption` stands for. The engine and the signal outlive the wait.
Task<void> wait_for_change(Engine& here, std::vector<WatchedPartition> watched,
                           runtime::Signal& interruption, MonotonicTime deadline);

}  // namespace koine::core
