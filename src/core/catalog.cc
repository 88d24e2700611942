#include "core/catalog.h"

#include <algorithm>
#include <utility>

#include "core/engine_logs.h"
#include "journal/log_id.h"

namespace koine::core {

Catalog::Catalog(std::vector<std::string> virtual_hosts)
    : virtual_hosts_(std::move(virtual_hosts)) {
  for (const std::string& name : virtual_hosts_) routing_.add_virtual_host(name);
}

TopicPtr Catalog::find(std::string_view name) const {
  const auto found = topics_.find(name);
  return found != topics_.end() ? found->second : nullptr;
}

TopicPtr Catalog::find(const TopicId& id) const {
  const auto found = by_id_.find(id);
  return found != by_id_.end() ? found->second : nullptr;
}

TopicPtr Catalog::find_topic(NameView name) const {
  return name.vhost == topics_virtual_host ? find(name.name) : nullptr;
}

bool Catalog::has_virtual_host(std::string_view name) const {
  return std::ranges::find(virtual_hosts_, name) != virtual_hosts_.end();
}

bool Catalog::has_log(LogId log) const {
  return by_log_.contains(log) || queues_.find(log) != nullptr;
}

std::uint64_t Catalog::next_log_number(ShardId shard) const {
  return shard.value() < next_log_numbers_.size() ? next_log_numbers_[shard.value()]
                                                  : journal::first_dynamic_log;
}

void Catalog::use_up(std::span<const LogId> logs) {
  for (const LogId log : logs) {
    const std::size_t shard = journal::shard_of(log).value();
    if (shard >= next_log_numbers_.size())
      next_log_numbers_.resize(shard + 1, journal::first_dynamic_log);
    next_log_numbers_[shard] = std::max(next_log_numbers_[shard], sequence_of(log) + 1);
  }
}

void Catalog::put(const TopicPtr& topic) {
  if (const TopicPtr before = find(topic->name)) {
    for (const LogId log : before->partitions) by_log_.erase(log);
    by_id_.erase(before->id);
  }
  topics_.insert_or_assign(topic->name, topic);
  by_id_.emplace(topic->id, topic);
  for (const LogId log : topic->partitions) by_log_.emplace(log, topic);
  routing_.replace_topic(topic);
  use_up(topic->partitions);
}

void Catalog::remove_topic(std::string_view name) {
  const TopicPtr before = find(name);
  if (before == nullptr) return;
  routing_.remove_topic(before->name);
  for (const LogId log : before->partitions) by_log_.erase(log);
  by_id_.erase(before->id);
  topics_.erase(before->name);
}

void Catalog::remove_queue(const QueuePtr& queue) {
  routing_.remove_queue(*queue);
  queues_.remove(queue);
}

std::optional<RoutingGraph::End> Catalog::find_source(NameView name) const {
  if (ExchangePtr exchange = routing_.find_exchange(name)) return exchange;
  if (TopicPtr topic = find_topic(name)) return topic;
  return std::nullopt;
}

std::optional<RoutingGraph::End> Catalog::find_target(const Binding& binding) const {
  const NameView name(binding.source.vhost, binding.target);
  switch (binding.target_kind) {
    case TargetKind::queue:
      if (QueuePtr queue = queues_.find(name)) return queue;
      break;
    case TargetKind::exchange:
      if (ExchangePtr exchange = routing_.find_exchange(name)) return exchange;
      break;
    case TargetKind::topic:
      if (TopicPtr topic = find_topic(name)) return topic;
      break;
  }
  return std::nullopt;
}

struct Catalog::Apply {
  Catalog& catalog;

  void operator()(const PutTopic& change) const { catalog.put(change.topic); }
  void operator()(const RemoveTopic& change) const { catalog.remove_topic(change.name); }
  void operator()(const AddQueue& change) const {
    catalog.routing_.add_virtual_host(change.queue->spec.name.vhost);
    catalog.queues_.add(change.queue);
    catalog.use_up(change.queue->logs);
  }
  void operator()(const RemoveQueue& change) const {
    catalog.remove_queue(catalog.queues_.find(change.id));
  }
  void operator()(const AddExchange& change) const {
    catalog.routing_.add_virtual_host(change.exchange->name.vhost);
    catalog.routing_.add_exchange(change.exchange);
  }
  void operator()(const RemoveExchange& change) const {
    catalog.routing_.remove_exchange(change.name);
  }
  void operator()(const AddBinding& change) const {
    const Binding& binding = change.binding;
    catalog.routing_.bind(*catalog.find_source(binding.source), *catalog.find_target(binding),
                          binding);
  }
  void operator()(const RemoveBinding& change) const {
    const auto source = catalog.find_source(change.binding.source);
    const auto target = catalog.find_target(change.binding);
    if (source && target) catalog.routing_.unbind(*source, *target, change.binding);
  }
  void operator()(const ForgetTransient& /*change*/) const { catalog.forget_transient(); }
  // The engine's.
  void operator()(const RememberKey& /*change*/) const {}
};

Result<> Catalog::apply(const CatalogChange& change) {
  TRY(check(change));
  std::visit(Apply{*this}, change);
  ++version_;
  return {};
}

void Catalog::forget_transient() {
  for (const QueuePtr& queue : queues_.all())
    if (is_transient(queue->spec)) remove_queue(queue);
  for (const ExchangePtr& exchange : routing_.declared_exchanges())
    if (!exchange->is_durable) routing_.remove_exchange(exchange->name);
}

bool Catalog::has_transient() const {
  return std::ranges::any_of(queues_.all(),
                             [](const QueuePtr& queue) { return is_transient(queue->spec); }) ||
         std::ranges::any_of(routing_.declared_exchanges(),
                             [](const ExchangePtr& exchange) { return !exchange->is_durable; });
}

}  // namespace koine::core
