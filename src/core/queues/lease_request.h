// What is asked of leases over time: the request, the call that it is part of, and how many there may be.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/units.h"
#include "core/queues/settlement.h"

namespace koine::core {

class Lessee;

// Of one queue, at 200 bytes each; SQS allows 120,000.
inline constexpr std::size_t timed_leases_max = 120'000;

struct LeaseRequest {
  std::uint32_t messages_max = 1;
  Duration wait{};  // for the first
  Duration duration{};
};

// One call of lease_messages() under way; its members are the queue's shard's.
struct LeaseCall {
  Lessee* lessee = nullptr;
  bool is_cancelled = false;
};

struct LeaseSettlement {
  Settlement settlement;
  std::uint64_t number = 0;
};

}  // namespace koine::core
