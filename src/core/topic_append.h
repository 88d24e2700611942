// append_durably: appends batches of records to partitions, wherever they live, for protocols whose requests are messages; the same
// path as every producer's batch (Partition::append).
#pragma once

#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/task.h"
#include "core/idempotency.h"

namespace koine::core {

class Engine;

// The offset of the batch's first record, when it is durable. Appends of one shard to one partition are in the order of the calls.
// Errors: as Partition::append; not_found: the partition is gone.
// `keyed`: the batch is a piece of a request with a key; null: it is not.
Task<Result<Offset>> append_durably(Engine& here, LogId partition, Bytes batch,
                                    IdempotentPiecePtr keyed = nullptr);

struct PartitionBatch {
  LogId log;
  Bytes batch;
  IdempotentPiecePtr keyed = nullptr;
};
// The same with several, each with its outcome; those of one partition in their order.
Task<std::vector<Result<Offset>>> append_durably(Engine& here, std::vector<PartitionBatch> batches);

}  // namespace koine::core
