// Waiting for Fetch: until one of several partitions, on any shards, has changed since it was looked at; a deadline; or
// the session's hurry. Leaves no waiter behind, here or elsewhere.
#pragma once

#include <vector>

#include "base/ids.h"
#include "base/task.h"
#include "base/units.h"
#include "protocols/kafka/scope.h"

namespace koine::kafka {

struct Watched {
  LogId log;
  Offset from;
  Offset high_watermark;  // as it was seen
};

Task<void> wait_for_change(Scope& scope, std::vector<Watched> watched, MonotonicTime deadline);

}  // namespace koine::kafka
