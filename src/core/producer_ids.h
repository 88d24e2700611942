// ProducerIds: numbers for idempotent producers, never given out twice. Shard 0 owns it.
//
//   given out      in memory           not reserved
//   0 ... next-1 | next ... reserved-1 | reserved ...
//
// A block is reserved durably before the first of it is given out; what is left of it at a restart is skipped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/task.h"
#include "core/state_log.h"
#include "io/reactor.h"
#include "runtime/semaphore.h"

namespace koine::core {

class ProducerIds {
 public:
  static constexpr std::int64_t block_size = 1000;

  // The log outlives it.
  ProducerIds(io::Reactor& reactor, StateLog& log) : log_(log), reserving_(reactor, 1) {}

  // Errors: those of StateLog::commit.
  Task<Result<ProducerId>> next();

  std::vector<std::byte> save() const;
  // Errors: corrupt.
  Result<> restore(ByteView saved);
  Result<> replay(ByteView entry) { return restore(entry); }

 private:
  StateLog& log_;
  runtime::Semaphore reserving_;
  std::int64_t next_ = 0;
  std::int64_t reserved_ = 0;
};

}  // namespace koine::core
