// Who declares queues, and who publishes to them.
#include <algorithm>
#include <array>

#include "core/routing/router.h"
#include "journal/log_id.h"
#include "queue_clients.h"
#include "runtime/started.h"

namespace koine::simulation {
namespace {

constexpr std::uint64_t messages_max = 20;
constexpr std::uint64_t batches_max = 3;
constexpr std::array<std::byte, 2> no_properties{};

// Engines and the ledger outlive their clients' tasks.
Task<Result<>> send(core::Engine* home, QueueLedger* ledger, ShardId shard, Outgoing outgoing) {
  const auto copies = std::move(outgoing.copies);
  core::QueueClient& client = home->queue_client();
  CO_TRY(const core::Published published, co_await client.publish(std::move(outgoing.batch)));
  CO_TRY(co_await client.durable(shard, published.commit));
  note_published(*ledger, copies, published);
  co_return Result<>{};
}

}  // namespace

core::QueuePtr QueueUser::choose_queue(const core::Engine& home) {
  const auto& plans = queues_.plans().queues;
  return home.catalog().queues().find({"/", plans[numbers_.below(plans.size())].name});
}

void add_to(Outgoing& outgoing, QueueLedger& ledger, std::span<const core::QueuePtr> queues,
            MessageNumber number, std::uint8_t priority, std::size_t publisher, WallTimeMs now_ms) {
  const std::vector<std::byte> body = body_of(number);
  outgoing.batch.add({.routing_key = queues.front()->spec.name.name,
                      .properties = no_properties,
                      .body = body,
                      .published_ms = now_ms,
                      .priority = priority},
                     queues);
  auto& copies = outgoing.copies.emplace_back();
  for (const core::QueuePtr& queue : queues)
    copies.push_back(ledger.sending(*queue, number, priority, publisher, now_ms));
}

void note_published(QueueLedger& ledger, const std::vector<std::vector<CopyId>>& copies,
                    const core::Published& published) {
  for (std::uint32_t n = 0; n < copies.size(); ++n) {
    const bool is_rejected = std::ranges::binary_search(published.rejected, n);
    const MessageNumber number = ledger.copy(copies[n].front()).number;
    if (is_rejected && ledger.is_record(number)) ledger.refused_record(number);
    // Of several queues it is not known which one refused it.
    if (is_rejected && copies[n].size() > 1) continue;
    for (const CopyId id : copies[n]) {
      if (is_rejected)
        ledger.refused(id);
      else
        ledger.confirmed(id);
    }
  }
}

Task<Result<>> QueueAdministrator::declare_all(core::Engine& home) {
  core::QueueClient& client = home.queue_client();
  const QueuePlans& plans = queues_.plans();
  if (!has_declared_) {
    for (const core::ExchangeSpec& exchange : plans.exchanges)
      CO_TRY(co_await client.declare_exchange(exchange));
    for (const TopicPlan& topic : plans.topics) CO_TRY(co_await make_topic(home, topic));
  }
  for (const QueuePlan& plan : plans.queues) {
    const core::Name name{"/", plan.name};
    if (has_declared_ && home.catalog().queues().find(name) != nullptr) continue;
    core::QueueSpec spec{.name = name};
    spec.settings = plan.settings;
    CO_TRY(const core::QueuePtr queue, co_await client.declare_queue(spec));
    queues_.declared(*queue);
    for (const core::Binding& binding : plans.bindings_to(plan.name)) {
      const bool is_lost = queues_.loses_bindings() && binding.source.name.starts_with("bound-");
      if (!is_lost) CO_TRY(co_await client.bind(binding));
      queues_.bound(binding, queue);
    }
  }
  has_declared_ = true;
  co_return Result<>{};
}

Task<Result<>> QueueAdministrator::make_topic(core::Engine& home, const TopicPlan& plan) {
  if (home.catalog().find(plan.name) == nullptr) {
    CO_TRY(co_await home.create_topic(
        {.name = plan.name, .partition_count = plan.partition_count, .settings = {}}));
  }
  if (!plan.is_in_fan) co_return Result<>{};
  core::Binding binding;
  binding.source = {"/", std::string(fan_exchange)};
  binding.target_kind = core::TargetKind::topic;
  binding.target = plan.name;
  co_return co_await home.queue_client().bind(binding);
}

Task<Result<>> QueueAdministrator::remove(core::Engine& home, core::QueuePtr queue) {
  queues_.deleting(queue->id());
  CO_TRY(co_await home.queue_client().delete_queue(queue->spec.name, {}));
  queues_.deleted(queue->id());
  co_return Result<>{};
}

Task<void> QueueAdministrator::act(Process& process, core::Engine& home) {
  Result<> outcome = co_await declare_all(home);
  const core::QueuePtr queue = choose_queue(home);
  const bool is_dead_queue =
      queue == nullptr || queues_.plans().find(queue->spec.name.name)->is_dead_queue;
  if (outcome && !is_dead_queue && numbers_.chance(0.03)) {
    outcome = co_await remove(home, queue);
  } else if (outcome && !is_dead_queue && numbers_.chance(0.03)) {
    queues_.purging(queue->id());
    const auto purged = co_await home.queue_client().purge_queue(queue);
    if (!purged) outcome = fail(purged.error());
  }
  if (!outcome) check_refusal(process, "a change of queues", outcome.error());
  const auto pause = std::chrono::microseconds(numbers_.below(20'000));
  co_await home.shard().sleep_for(pause);
}

core::Route QueuePublisher::choose_route(const core::Engine& home, MessageNumber number) {
  core::Route route;
  const auto& topics = queues_.plans().topics;
  std::string_view exchange;
  if (numbers_.chance(0.3)) {
    exchange = fan_exchange;
  } else if (!topics.empty() && numbers_.chance(0.4)) {
    exchange = topics[numbers_.below(topics.size())].name;
  } else if (auto queue = choose_queue(home)) {
    route.queues.push_back(std::move(queue));
    return route;
  }
  (void)core::find_route(
      home.catalog(),
      {.vhost = "/", .exchange = exchange, .routing_key = key_of(number), .headers = {}}, route);
  return route;
}

void QueuePublisher::add_message(core::Engine& home, std::map<ShardId, Outgoing>& outgoing) {
  const MessageNumber number = queues_.next_number();
  const core::Route route = choose_route(home, number);
  const auto priority = static_cast<std::uint8_t>(numbers_.below(5));
  if (!route.topics.empty()) return add_record(home, route, number, priority, outgoing);
  std::map<ShardId, std::vector<core::QueuePtr>> by_shard;
  for (const core::QueuePtr& queue : route.queues)
    by_shard[home.owner_of(queue->id()).shard().id()].push_back(queue);
  for (const auto& [shard, queues] : by_shard) {
    add_to(outgoing[shard], queues_, queues, number, priority, number_,
           home.shard().wall_clock_ms());
  }
}

// As protocols do: to the partition's shard, with all queues.
void QueuePublisher::add_record(core::Engine& home, const core::Route& route, MessageNumber number,
                                std::uint8_t priority, std::map<ShardId, Outgoing>& outgoing) {
  const core::Topic& topic = *route.topics.front();
  const std::size_t n = numbers_.below(topic.partitions.size());
  std::vector<LogId> targets{topic.partitions[n]};
  for (const core::QueuePtr& queue : route.queues) targets.push_back(queue->id());
  const WallTimeMs now_ms = home.shard().wall_clock_ms();
  Outgoing& there = outgoing[journal::shard_of(targets.front())];
  there.batch.add({.routing_key = key_of(number),
                   .properties = no_properties,
                   .body = body_of(number),
                   .published_ms = now_ms,
                   .priority = priority},
                  targets, core::Refusal::of_all);
  there.copies.push_back(queues_.sending_record(*queues_.partition_of(topic, n), route.queues,
                                                number, priority,
                                                order_through(number_, targets.front()), now_ms));
}

Task<void> QueuePublisher::act(Process& process, core::Engine& home) {
  std::vector<runtime::Started<Result<>>> sent;
  for (std::uint64_t batches = numbers_.between(1, batches_max); batches > 0; --batches) {
    std::map<ShardId, Outgoing> outgoing;
    for (std::uint64_t n = numbers_.between(1, messages_max); n > 0; --n)
      add_message(home, outgoing);
    for (auto& [shard, each] : outgoing) {
      sent.push_back(
          runtime::start(process.clients(), send(&home, &queues_, shard, std::move(each))));
    }
  }
  for (auto& each : sent) {
    const Result<> outcome = co_await each.result();
    if (!outcome) check_refusal(process, "publishing", outcome.error());
  }
}

}  // namespace koine::simulation
