// CatalogWriter: makes changes of the catalog durable, applied and known to every shard, many at a time. Shard 0's.
//
//   change(a) --> batch 1: announce -> commit -> apply -> tell       one batch at a time
//   change(b) \
//   change(c)  -> batch 2: everything that came meanwhile, one entry of the log, one message to each shard
//   change(d) /
//
// Changes are applied, and told, in the order in which they were asked for.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "core/catalog_change.h"
#include "core/idempotency.h"
#include "core/state_log.h"
#include "runtime/gate.h"
#include "runtime/signal.h"

namespace koine::core {

struct CatalogBatch {
  std::vector<CatalogChange> changes;
  // After it was applied: of each change. Empty: not committed.
  std::vector<Result<>> outcomes;
};

// What the writer's owner does with a batch. Called one after the other.
class CatalogAudience {
 public:
  CatalogAudience() = default;
  CatalogAudience(const CatalogAudience&) = delete;
  CatalogAudience& operator=(const CatalogAudience&) = delete;
  virtual ~CatalogAudience() = default;

  // Before it is committed, and before anybody can see it.
  virtual Task<void> announce(std::shared_ptr<const CatalogBatch> batch) = 0;
  // It is durable: shard 0's catalog changes. Gives `outcomes`.
  virtual std::vector<Result<>> apply(const CatalogBatch& batch) = 0;
  // After apply, or after a commit that failed: the other shards follow.
  virtual Task<void> tell(std::shared_ptr<const CatalogBatch> batch) = 0;
};

class CatalogWriter {
 public:
  // All outlive the writer; `gate` is closed before they die.
  CatalogWriter(io::Reactor& reactor, runtime::Gate& gate, StateLog& log, CatalogAudience& audience)
      : reactor_(reactor), gate_(gate), log_(log), audience_(audience) {}

  // Returns when every shard knows, or when it was refused. Errors: those of Catalog::apply; no_space, io_error, too_large,
  // closed.
  // `keyed`: a piece of a request with a key, which is known to shard 0 with the change; null: none.
  Task<Result<>> change(CatalogChange change, IdempotentPiecePtr keyed = nullptr,
                        std::int64_t result = -1);

 private:
  struct Batch;

  Task<void> write();
  Task<void> write(Batch& batch);

  io::Reactor& reactor_;
  runtime::Gate& gate_;
  StateLog& log_;
  CatalogAudience& audience_;
  std::deque<std::shared_ptr<Batch>> waiting_;
  bool is_writing_ = false;
};

}  // namespace koine::core
