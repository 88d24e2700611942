// QueuePlans: which queues and exchanges a simulation has; the seed decides. A dead letter queue takes what dies elsewhere
// and nothing dies there.
//
//   fan (fanout) --> work-0 -- rejected, expired, over a limit --> dead-0               by the default exchange
//               \--> work-1 -- ...                             --> graveyard (fanout) --> dead-0, dead-1
//   bound-0 (topic; `fan` may lead there, too) --> work-0, and records with the key "even" --> work-1
#pragma once

#include <string>
#include <vector>

#include "core/queues/queue_spec.h"
#include "core/routing/exchange.h"
#include "io/random_numbers.h"

namespace koine::simulation {

inline constexpr std::string_view fan_exchange = "fan";
inline constexpr std::string_view graveyard_exchange = "graveyard";
// The keys of records with even and with odd numbers.
inline constexpr std::string_view even_key = "even";
inline constexpr std::string_view odd_key = "odd";

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

// A topic with queues that are bound to it.
struct TopicPlan {
  std::string name;
  std::uint32_t partition_count = 1;
  bool is_in_fan = false;
  std::vector<core::Binding> bindings;
};

struct QueuePlans {
  std::vector<QueuePlan> queues;  // dead letter queues first
  std::vector<TopicPlan> topics;
  QueuePlan partition;  // how a topic's partition keeps what it has: for ever
  std::vector<core::ExchangeSpec> exchanges;
  std::vector<core::Binding> bindings;

  // A partition's name is that of its topic, '/', its number.
  const QueuePlan* find(std::string_view name) const;
  // Some queue that is bound to a topic may be full.
  bool may_refuse() const;
  std::vector<core::Binding> bindings_to(std::string_view queue) const;
  // Records of the topic may be messages of the queue.
  bool leads_to(std::string_view topic, std::string_view queue) const;
};

QueuePlans make_queue_plans(io::RandomNumbers& numbers);

}  // namespace koine::simulation
