// QueuePlans: which queues and exchanges a simulation has; the seed decides. A dead letter queue takes what dies elsewhere
// and nothing dies there.
//
//   fan (fanout) --> work-0 -- rejected, expired, over a limit --> dead-0               by the default exchange
//               \--> work-1 -- ...                             --> graveyard (fanout) --> dead-0, dead-1
#pragma once

#include <string>
#include <vector>

#include "core/queues/queue_spec.h"
#include "core/routing/exchange.h"
#include "io/random_numbers.h"

namespace koine::simulation {

inline constexpr std::string_view fan_exchange = "fan";
inline constexpr std::string_view graveyard_exchange = "graveyard";

struct QueuePlan {
  std::string name;
  core::QueueSettings settings;
  std::vector<std::string> dead_queues;  // what dies goes to each of them; none: it is gone
  bool is_dead_queue = false;

  // It takes every message, and keeps each until it is settled.
  bool is_patient() const {
    return !settings.message_ttl_ms && !settings.length_max && !settings.length_bytes_max;
  }
};

struct QueuePlans {
  std::vector<QueuePlan> queues;  // dead letter queues first
  std::vector<core::ExchangeSpec> exchanges;
  std::vector<core::Binding> bindings;

  const QueuePlan* find(std::string_view name) const;
};

QueuePlans make_queue_plans(io::RandomNumbers& numbers);

}  // namespace koine::simulation
