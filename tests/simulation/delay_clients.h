// Who publishes messages that are due later, and who publishes messages again with the same id to queues that remember them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "queue_clients.h"

namespace koine::simulation {

class DelayingPublisher final : public QueueUser {
 public:
  using QueueUser::QueueUser;

 protected:
  Task<void> act(Process& process, core::Engine& home) override;

 private:
  void add_message(core::Engine& home, core::PublishBatch& batch,
                   std::vector<MessageNumber>& numbers);
  std::int64_t choose_delay_ms();
};

class RepeatingPublisher final : public QueueUser {
 public:
  using QueueUser::QueueUser;

 protected:
  Task<void> act(Process& process, core::Engine& home) override;

 private:
  CopyId choose_message(core::Engine& home, const core::QueueInfo& queue);

  std::vector<CopyId> sent_;
};

}  // namespace koine::simulation
