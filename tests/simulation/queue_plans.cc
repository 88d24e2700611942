#include "queue_plans.h"

#include <fmt/format.h>

#include <algorithm>

namespace koine::simulation {
namespace {

constexpr std::uint64_t work_queues_max = 4;
constexpr std::uint64_t dead_queues_max = 2;
constexpr std::uint64_t topics_max = 2;
constexpr std::int64_t deduplication_window_ms = 3'600'000;
constexpr std::uint64_t partitions_max = 3;

core::ExchangeSpec fanout(std::string_view name) {
  core::ExchangeSpec exchange;
  exchange.name = {"/", std::string(name)};
  exchange.type = core::ExchangeType::fanout;
  return exchange;
}

core::Binding binding(std::string_view source, const std::string& queue) {
  core::Binding bound;
  bound.source = {"/", std::string(source)};
  bound.target = queue;
  return bound;
}

void choose_dead_letters(io::RandomNumbers& numbers, const QueuePlans& plans, QueuePlan& plan) {
  if (numbers.coin()) {
    plan.settings.dead_letter_exchange = "";
    plan.settings.dead_letter_routing_key = plans.queues.front().name;
    plan.dead_queues = {plans.queues.front().name};
    return;
  }
  plan.settings.dead_letter_exchange = graveyard_exchange;
  for (const QueuePlan& dead : plans.queues) {
    if (dead.is_dead_queue) plan.dead_queues.push_back(dead.name);
  }
}

// What makes messages die goes with dead letters, so that none vanishes without a trace.
void choose_deaths(io::RandomNumbers& numbers, QueuePlan& plan) {
  core::QueueSettings& settings = plan.settings;
  switch (numbers.below(5)) {
    case 0: settings.message_ttl_ms = static_cast<std::int64_t>(numbers.between(1, 300)); break;
    case 1: settings.length_max = static_cast<std::int64_t>(numbers.below(100)); break;
    case 2: settings.length_bytes_max = static_cast<std::int64_t>(numbers.below(50'000)); break;
    default: break;
  }
  if (settings.length_max || settings.length_bytes_max)
    settings.overflow = static_cast<core::Overflow>(numbers.below(3));
}

// Not all queues, some of them for some records only. One topic at most is in the fan: a message has one record.
void add_topics(io::RandomNumbers& numbers, QueuePlans& plans) {
  for (std::uint64_t n = 0, count = numbers.below(topics_max + 1); n < count; ++n) {
    TopicPlan topic{
        .name = fmt::format("bound-{}", n),
        .partition_count = static_cast<std::uint32_t>(numbers.between(1, partitions_max)),
        .is_in_fan = n == 0 && numbers.chance(0.3),
        .bindings = {}};
    for (const QueuePlan& queue : plans.queues) {
      if (queue.is_dead_queue || numbers.chance(0.3)) continue;
      topic.bindings.push_back(binding(topic.name, queue.name));
      topic.bindings.back().routing_key = numbers.coin() ? "#" : even_key;
    }
    plans.topics.push_back(std::move(topic));
  }
}

}  // namespace

const QueuePlan* QueuePlans::find(std::string_view name) const {
  if (name.contains('/')) return &partition;
  const auto found = std::ranges::find(queues, name, &QueuePlan::name);
  return found != queues.end() ? &*found : nullptr;
}

bool QueuePlans::may_refuse() const {
  return std::ranges::any_of(queues, [this](const QueuePlan& queue) {
    return queue.settings.overflow != core::Overflow::drop_head &&
           std::ranges::any_of(
               topics, [&](const TopicPlan& topic) { return leads_to(topic.name, queue.name); });
  });
}

std::vector<core::Binding> QueuePlans::bindings_to(std::string_view queue) const {
  std::vector<core::Binding> found;
  const auto add = [&](const std::vector<core::Binding>& some) {
    for (const core::Binding& each : some) {
      if (each.target == queue) found.push_back(each);
    }
  };
  add(bindings);
  for (const TopicPlan& topic : topics) add(topic.bindings);
  return found;
}

bool QueuePlans::leads_to(std::string_view topic, std::string_view queue) const {
  const auto plan = std::ranges::find(topics, topic, &TopicPlan::name);
  if (plan == topics.end()) return false;
  const auto leads = [&](const core::Binding& bound) { return bound.target == queue; };
  if (std::ranges::any_of(plan->bindings, leads)) return true;
  return plan->is_in_fan && std::ranges::any_of(bindings, [&](const core::Binding& bound) {
           return bound.source.name == fan_exchange && bound.target == queue;
         });
}

QueuePlans make_queue_plans(io::RandomNumbers& numbers) {
  QueuePlans plans;
  plans.exchanges = {fanout(graveyard_exchange), fanout(fan_exchange)};
  const std::uint64_t dead_count = numbers.between(1, dead_queues_max);
  for (std::uint64_t n = 0; n < dead_count; ++n) {
    plans.queues.push_back({.name = fmt::format("dead-{}", n), .is_dead_queue = true});
    plans.bindings.push_back(binding(graveyard_exchange, plans.queues.back().name));
  }
  const std::uint64_t work_count = numbers.between(1, work_queues_max);
  for (std::uint64_t n = 0; n < work_count; ++n) {
    QueuePlan plan{.name = fmt::format("work-{}", n)};
    if (numbers.chance(0.3)) plan.settings.priority_max = 3;
    if (numbers.chance(0.3))
      plan.settings.delivery_limit = static_cast<std::int64_t>(numbers.below(4));
    if (numbers.chance(0.7)) {
      choose_dead_letters(numbers, plans, plan);
      choose_deaths(numbers, plan);
    }
    if (numbers.chance(0.3)) {
      plan.settings.deduplication_window_ms = deduplication_window_ms;
      plan.settings.overflow = core::Overflow::drop_head;
    }
    plans.bindings.push_back(binding(fan_exchange, plan.name));
    plans.queues.push_back(std::move(plan));
  }
  add_topics(numbers, plans);
  return plans;
}

}  // namespace koine::simulation
