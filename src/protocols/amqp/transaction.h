// Transaction: what a channel in tx mode has collected since the last commit or rollback. In memory; one shard.
#pragma once

#include <cstddef>
#include <vector>

#include "base/ids.h"
#include "core/queues/publish_batch.h"
#include "core/queues/settlement.h"
#include "protocols/amqp/frame_buffer.h"
#include "protocols/amqp/unsettled.h"

namespace koine::amqp {

// What the messages of one transaction may take: a transaction is for a few messages that belong together, and is in
// memory until its commit.
inline constexpr std::size_t transaction_bytes_max = 64 * MiB;

struct Transaction {
  struct Settled {
    UnsettledDelivery delivery;
    core::Settlement::Kind kind = core::Settlement::Kind::ack;
  };
  struct ShardBatch {
    ShardId shard;
    core::PublishBatch messages;
  };

  core::PublishBatch& batch_for(ShardId shard) {
    for (ShardBatch& batch : batches) {
      if (batch.shard == shard) return batch.messages;
    }
    return batches.emplace_back(ShardBatch{.shard = shard, .messages = {}}).messages;
  }
  std::size_t bytes() const {
    std::size_t sum = returns.size();
    for (const ShardBatch& batch : batches) sum += batch.messages.bytes().size();
    return sum;
  }

  std::vector<ShardBatch> batches;
  std::vector<Settled> settled;
  // Whole frames: what could not be routed, to be returned at the commit.
  FrameBuffer returns;
};

}  // namespace koine::amqp
