// Settlements: what a connection's clients said of the messages that they were given, collected for each queue and told to core
// in one call when everything that has arrived was looked at.
//
// An entry lives as long as something uses it: a consumer, a delivery that is not settled, a settlement that is not told.
// One for each Session, one shard.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "core/queues/queue_client.h"
#include "core/queues/settlement.h"

namespace koine::amqp {

class Settlements {
 public:
  struct Queue {
    core::QueuePtr queue;
    std::vector<core::Settlement> pending;
    std::uint32_t uses = 0;
  };

  explicit Settlements(core::QueueClient& client) : client_(client) {}

  // Used once more: release() it.
  Queue* use(const core::QueuePtr& queue);
  static void use_again(Queue* queue) { ++queue->uses; }
  void release(Queue* queue);

  // And releases one use.
  void add(Queue* queue, core::Settlement settlement);
  void tell();

 private:
  core::QueueClient& client_;
  std::unordered_map<LogId, std::unique_ptr<Queue>> queues_;
  std::vector<Queue*> pending_;  // those with something to tell
};

}  // namespace koine::amqp
