// Who leases messages for a time, as HTTP's clients do: acks, gives back, extends, and is sometimes late.
#pragma once

#include <cstdint>
#include <vector>

#include "core/queues/lease_client.h"
#include "queue_clients.h"

namespace koine::simulation {

class LeaseUser final : public QueueUser {
 public:
  using QueueUser::QueueUser;

 protected:
  Task<void> act(Process& process, core::Engine& home) override;
  void begin_life() override { held_.clear(); }

 private:
  struct Held {
    CopyId copy = 0;
    core::LeaseId lease;
    WallTimeMs until_ms = 0;  // at least
  };
  using Kind = core::Settlement::Kind;

  Task<Result<>> lease(Process& process, core::Engine& home);
  void keep(const core::QueueInfo& queue, const core::LeasedMessage& leased, WallTimeMs until_ms,
            WallTimeMs now_ms);
  Task<Result<>> extend(Process& process, core::Engine& home);
  Task<Result<>> settle(Process& process, core::Engine& home);
  Kind choose_kind();
  // What the answer says.
  void note_settled(const Held& held, Kind kind, bool was_sure, bool was_held, WallTimeMs now_ms);

  std::vector<Held> held_;
};

}  // namespace koine::simulation
