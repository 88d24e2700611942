// StateLog: how an owner of state (catalog, groups, producer ids) makes a change durable before it shows.
//
//   co_await log.commit(entry, [this] { apply the change }, {});    // durable, then applied, then resumed
//
// `apply` runs on the shard when the entry is durable, in the order of the entries and always before the next
// checkpoint is taken, so that a checkpoint at a position contains every entry before it. If the commit fails, `apply`
// is dropped. After a restart the same entries come back through replay, in order, after the last saved state. A change that is
// a piece of a request with a key has the piece's record in the same append: both are known, or neither.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "core/idempotency.h"

namespace koine::core {

class StateLog {
 public:
  StateLog() = default;
  StateLog(const StateLog&) = delete;
  StateLog& operator=(const StateLog&) = delete;
  virtual ~StateLog() = default;

  // Errors: no_space, io_error, too_large, closed.
  virtual Task<Result<>> commit(std::vector<std::byte> entry, std::move_only_function<void()> apply,
                                Keyed keyed) = 0;
};

}  // namespace koine::core
