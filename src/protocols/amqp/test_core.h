// For tests and fuzzers: core in memory, as far as a session sees it: queues, exchanges and bindings that do what the
// contract says in the simplest way, on one shard. Publishing takes a turn of the loop, or as long as a test holds it.
#pragma once

#include <algorithm>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "core/queues/message.h"
#include "core/queues/queue_client.h"
#include "core/queues/subscription.h"
#include "journal/log_id.h"
#include "protocols/amqp/core_access.h"
#include "runtime/signal.h"
#include "runtime/turn.h"

namespace koine::amqp {

class TestCore final : public CoreAccess, public core::QueueClient {
 public:
  explicit TestCore(runtime::Shard& shard) : shard_(shard), changed_(shard.reactor()) {
    for (const auto& [name, type] : {std::pair{"", core::ExchangeType::direct},
                                     {"amq.direct", core::ExchangeType::direct},
                                     {"amq.fanout", core::ExchangeType::fanout},
                                     {"amq.topic", core::ExchangeType::topic},
                                     {"amq.headers", core::ExchangeType::headers},
                                     {"amq.match", core::ExchangeType::headers}}) {
      const core::ExchangeSpec spec{.name = {"/", name}, .type = type};
      exchanges_[spec.name] = std::make_shared<const core::ExchangeSpec>(spec);
    }
  }

  // What tests do to it.
  void add_topic(const std::string& name, std::size_t partition_count = 1,
                 const core::TopicSettings& settings = {}) {
    auto topic = std::make_shared<core::Topic>();
    topic->name = name;
    topic->settings = settings;
    for (std::size_t n = 0; n < partition_count; ++n)
      topic->partitions.push_back(journal::make_log_id(shard_.id(), next_log_++));
    topics_[{"/", name}] = std::move(topic);
    ++version_;
  }
  const std::vector<std::string>& records(const std::string& topic, std::size_t partition = 0) {
    return records_[topics_.at({"/", topic})->partitions.at(partition)];
  }
  void hold_publishing() { is_held_ = true; }
  void go_on() {
    is_held_ = false;
    changed_.notify_all();
  }
  void fail_publishing(std::optional<Error> error) { publish_error_ = std::move(error); }
  void set_disk_space(bool has_space) { has_space_ = has_space; }
  std::size_t ready(const std::string& queue) { return queue_at({"/", queue}).ready.size(); }
  std::size_t leased(const std::string& queue) { return queue_at({"/", queue}).leased.size(); }
  std::size_t consumers(const std::string& queue) {
    return queue_at({"/", queue}).consumers.size();
  }
  // Kinds of all settlements so far, in order.
  const std::vector<core::Settlement::Kind>& settled() const { return settled_; }
  std::size_t settle_calls() const { return settle_calls_; }
  std::size_t publish_calls() const { return publish_calls_; }
  std::size_t queue_count() const { return queues_.size(); }
  void expire_lease(const std::string& queue) {
    for (Link* const link : std::vector(queue_at({"/", queue}).consumers)) {
      link->sink->on_end(core::SubscriptionEnd::lease_expired);
    }
  }

  runtime::Shard& shard() override { return shard_; }
  core::QueueClient& queues() override { return *this; }
  std::uint64_t catalog_version() const override { return version_; }
  core::QueuePtr find_queue(core::NameView name) const override {
    const auto found = queues_.find(name.copy());
    return found == queues_.end() ? nullptr : found->second->info;
  }
  core::ExchangePtr find_exchange(core::NameView name) const override {
    const auto found = exchanges_.find(name.copy());
    return found == exchanges_.end() ? nullptr : found->second;
  }
  core::TopicPtr find_topic(core::NameView name) const override {
    const auto found = topics_.find(name.copy());
    return found == topics_.end() ? nullptr : found->second;
  }
  Result<> find_route(const core::RoutingQuestion& question, core::Route& route) const override {
    const core::Name source{std::string(question.vhost), std::string(question.exchange)};
    const auto exchange = exchanges_.find(source);
    const core::TopicPtr topic = find_topic(source);
    if (topic != nullptr) route.topics.push_back(topic);
    if (exchange == exchanges_.end() && topic == nullptr) return fail(ErrorCode::not_found);
    if (source.name.empty()) {
      add({source.vhost, std::string(question.routing_key)}, route);
      return {};
    }
    for (const core::Binding& binding : bindings_) {
      const bool matches = topic != nullptr ||
                           exchange->second->type == core::ExchangeType::fanout ||
                           binding.routing_key == question.routing_key;
      if (binding.source != source || !matches) continue;
      if (binding.target_kind == core::TargetKind::queue) {
        add({source.vhost, binding.target}, route);
      } else {
        core::RoutingQuestion next = question;
        next.exchange = binding.target;
        TRY(find_route(next, route));
      }
    }
    return {};
  }
  // Nobody reads topics here.
  core::QueuePtr new_stream_name(const core::Topic&) override {
    auto name = std::make_shared<core::QueueInfo>();
    name->logs.push_back(journal::make_log_id(shard_.id(), next_log_++));
    return name;
  }
  Task<Result<std::unique_ptr<core::Subscription>>> read_stream(core::TopicPtr, core::QueuePtr,
                                                                core::StreamOptions options,
                                                                core::DeliverySink&) override {
    stream_options_ = std::move(options);
    co_return fail(ErrorCode::unsupported, "topics are not read here");
  }
  const std::optional<core::StreamOptions>& stream_options() const { return stream_options_; }
  Task<Result<core::QueueCounts>> count_stream(core::TopicPtr topic,
                                               std::optional<PartitionId> partition) override {
    core::QueueCounts counts;
    for (std::size_t n = 0; n < topic->partitions.size(); ++n) {
      const bool is_counted = !partition || static_cast<std::size_t>(partition->value()) == n;
      if (is_counted) counts.ready += records(topic->name, n).size();
    }
    co_return counts;
  }
  Task<Result<core::TopicPtr>> create_topic(core::TopicSpec spec) override {
    add_topic(spec.name, spec.partition_count, spec.settings);
    co_return topics_.at({"/", spec.name});
  }
  Task<Result<>> delete_topic(std::string name) override {
    topics_.erase({"/", name});
    ++version_;
    co_return Result<>{};
  }
  Task<bool> has_disk_space() override { co_return has_space_; }

  Task<Result<std::unique_ptr<core::Subscription>>> subscribe(core::QueuePtr queue,
                                                              core::ConsumerOptions options,
                                                              core::DeliverySink& sink) override {
    co_await runtime::next_turn(shard_.reactor());
    const auto found = by_log_.find(queue->id());
    if (found == by_log_.end()) co_return fail(ErrorCode::not_found);
    Queue& live = *found->second;
    const bool has_exclusive = std::ranges::any_of(
        live.consumers, [](const Link* link) { return link->options.is_exclusive; });
    if (has_exclusive || (options.is_exclusive && !live.consumers.empty())) {
      co_return fail(ErrorCode::denied, "in exclusive use");
    }
    co_return std::make_unique<Link>(*this, live, std::move(options), sink);
  }

  Task<Result<core::QueuePtr>> declare_queue(core::QueueSpec spec) override {
    co_await runtime::next_turn(shard_.reactor());
    auto& queue = queues_[spec.name];
    if (queue == nullptr) {
      ++version_;
      auto info = std::make_shared<core::QueueInfo>();
      info->logs.push_back(journal::make_log_id(shard_.id(), next_log_++));
      info->spec = std::move(spec);
      queue = std::make_shared<Queue>();
      queue->info = std::move(info);
      by_log_[queue->info->id()] = queue;
    }
    co_return queue->info;
  }
  Task<Result<std::uint64_t>> delete_queue(core::Name name, DeleteCondition condition) override {
    co_await runtime::next_turn(shard_.reactor());
    const auto found = queues_.find(name);
    if (found == queues_.end()) co_return fail(ErrorCode::not_found);
    const std::shared_ptr<Queue> queue = found->second;
    if (condition.if_unused && !queue->consumers.empty()) {
      co_return fail(ErrorCode::conflict, "in use");
    }
    if (condition.if_empty && !queue->ready.empty()) {
      co_return fail(ErrorCode::conflict, "not empty");
    }
    remove(name);
    co_return queue->ready.size();
  }
  Task<Result<std::uint64_t>> purge_queue(core::QueuePtr queue) override {
    co_await runtime::next_turn(shard_.reactor());
    co_return std::exchange(by_log_.at(queue->id())->ready, {}).size();
  }
  Task<Result<core::QueueCounts>> counts(core::QueuePtr queue) override {
    co_await runtime::next_turn(shard_.reactor());
    const auto found = by_log_.find(queue->id());
    if (found == by_log_.end()) co_return fail(ErrorCode::not_found);
    co_return core::QueueCounts{
        .ready = found->second->ready.size(),
        .unsettled = found->second->leased.size(),
        .consumers = static_cast<std::uint32_t>(found->second->consumers.size())};
  }

  Task<Result<core::ExchangePtr>> declare_exchange(core::ExchangeSpec spec) override {
    co_await runtime::next_turn(shard_.reactor());
    auto& exchange = exchanges_[spec.name];
    ++version_;
    if (exchange == nullptr) exchange = std::make_shared<const core::ExchangeSpec>(std::move(spec));
    co_return exchange;
  }
  Task<Result<>> delete_exchange(core::Name name, bool if_unused) override {
    co_await runtime::next_turn(shard_.reactor());
    if (!exchanges_.contains(name)) co_return fail(ErrorCode::not_found);
    const auto is_of = [&](const core::Binding& binding) { return binding.source == name; };
    if (if_unused && std::ranges::any_of(bindings_, is_of)) co_return fail(ErrorCode::conflict);
    exchanges_.erase(name);
    std::erase_if(bindings_, is_of);
    ++version_;
    co_return Result<>{};
  }
  Task<Result<>> bind(core::Binding binding) override {
    co_await runtime::next_turn(shard_.reactor());
    const core::Name target{binding.source.vhost, binding.target};
    const bool has_target = binding.target_kind == core::TargetKind::queue
                                ? queues_.contains(target)
                                : exchanges_.contains(target) || topics_.contains(target);
    const bool has_source = exchanges_.contains(binding.source) || topics_.contains(binding.source);
    if (!has_source || !has_target) co_return fail(ErrorCode::not_found);
    bindings_.push_back(std::move(binding));
    ++version_;
    co_return Result<>{};
  }
  Task<Result<>> unbind(core::Binding binding) override {
    co_await runtime::next_turn(shard_.reactor());
    std::erase(bindings_, binding);
    ++version_;
    co_return Result<>{};
  }

  Task<Result<core::Published>> publish(core::PublishBatch batch) override {
    ++publish_calls_;
    co_await runtime::next_turn(shard_.reactor());
    while (is_held_) co_await changed_.wait();
    if (publish_error_) co_return fail(*publish_error_);
    core::Published published;
    std::uint32_t number = 0;
    for (const core::PublishBatch::Item& item : batch.items()) {
      const ByteView stored = batch.bytes().subspan(item.position, item.size);
      bool is_rejected = false;
      for (const LogId log : batch.targets_of(item)) is_rejected |= !store(log, stored);
      if (is_rejected) published.rejected.push_back(number);
      ++number;
    }
    for (const auto& part : batch.settlements()) settle_in(part.queue, part.settlements);
    co_return published;
  }
  Task<Result<>> durable(ShardId, std::shared_ptr<journal::Commit>) override {
    co_return Result<>{};
  }

  Task<Result<std::optional<core::GotMessage>>> get(core::QueuePtr queue,
                                                    bool is_auto_ack) override {
    co_await runtime::next_turn(shard_.reactor());
    Queue& live = *by_log_.at(queue->id());
    if (live.ready.empty()) co_return std::optional<core::GotMessage>();
    const Stored message = live.take_first();
    core::GotMessage got{.position = message.position,
                         .is_redelivered = message.is_redelivered,
                         .failed_deliveries = message.failed,
                         .stored = Bytes::copy_of(message.bytes),
                         .ready = live.ready.size()};
    if (!is_auto_ack) live.leased.push_back({message, nullptr});
    co_return std::optional(std::move(got));
  }
  Task<Result<std::vector<core::GotMessage>>> peek(core::QueuePtr, std::uint32_t) override {
    co_return fail(ErrorCode::unsupported);
  }
  void settle(const core::QueuePtr& queue, std::span<const core::Settlement> settlements) override {
    ++settle_calls_;
    settle_in(queue->id(), settlements);
  }
  Task<Result<>> settle_durably(core::QueuePtr queue,
                                std::vector<core::Settlement> settlements) override {
    settle_in(queue->id(), settlements);
    co_return Result<>{};
  }
  Task<void> release_owner(std::uint64_t owner) override {
    std::vector<core::Name> gone;
    for (const auto& [name, queue] : queues_) {
      if (queue->info->spec.exclusive_owner == owner) gone.push_back(name);
    }
    for (const core::Name& name : gone) remove(name);
    co_return;
  }

 private:
  class Link;
  struct Stored {
    core::QueuePosition position;
    std::vector<std::byte> bytes;
    bool is_redelivered = false;
    std::uint32_t failed = 0;
  };
  struct Lease {
    Stored message;
    Link* holder = nullptr;  // null: basic.get
  };
  struct Queue {
    core::QueuePtr info;
    std::deque<Stored> ready;  // by position
    std::vector<Lease> leased;
    std::vector<Link*> consumers;
    std::int64_t next_offset = 0;
    bool is_pumping = false;

    Stored take_first() {
      Stored first = std::move(ready.front());
      ready.pop_front();
      return first;
    }
  };

  class Link final : public core::Subscription {
   public:
    Link(TestCore& core, Queue& queue, core::ConsumerOptions consumer_options,
         core::DeliverySink& delivery_sink)
        : options(std::move(consumer_options)),
          sink(&delivery_sink),
          core_(core),
          info_(queue.info) {
      queue.consumers.push_back(this);
    }
    ~Link() override { CHECK(is_cancelled_); }

    void resume() override {
      is_ready = true;
      core_.pump_soon(info_->id());
    }
    void add_credit(std::uint32_t) override { CHECK(false); }
    Task<void> cancel_and_return(core::Settlement::Kind) override {
      CHECK(false);
      co_return;
    }
    Task<void> cancel() override {
      co_await runtime::next_turn(core_.shard_.reactor());
      is_cancelled_ = true;
      const auto found = core_.by_log_.find(info_->id());
      if (found == core_.by_log_.end()) co_return;
      std::erase(found->second->consumers, this);
      for (Lease& lease : found->second->leased) {
        if (lease.holder == this) lease.holder = nullptr;
      }
    }
    const core::QueuePtr& queue() const override { return info_; }
    bool has_credit() const {
      const auto& shared = options.shared_credit;
      return (options.prefetch == 0 || held < options.prefetch) &&
             (shared == nullptr || shared->limit == 0 || shared->used < shared->limit);
    }

    core::ConsumerOptions options;
    core::DeliverySink* sink;
    bool is_ready = false;
    std::uint32_t held = 0;

   private:
    TestCore& core_;
    core::QueuePtr info_;
    bool is_cancelled_ = false;
  };

  Queue& queue_at(const core::Name& name) { return *queues_.at(name); }

  void add(const core::Name& name, core::Route& route) const {
    const auto found = queues_.find(name);
    if (found == queues_.end()) return;
    if (std::ranges::find(route.queues, found->second->info) == route.queues.end()) {
      route.queues.push_back(found->second->info);
    }
  }

  void remove(const core::Name& name) {
    const std::shared_ptr<Queue> queue = queues_.at(name);
    ++version_;
    by_log_.erase(queue->info->id());
    queues_.erase(name);
    for (Link* const link : queue->consumers) {
      link->sink->on_end(core::SubscriptionEnd::queue_deleted);
    }
  }

  bool store(LogId log, ByteView bytes) {
    const auto found = by_log_.find(log);
    if (found == by_log_.end()) {
      records_[log].emplace_back(as_text(core::decode_message(bytes)->body));
      return true;
    }
    Queue& queue = *found->second;
    const auto& settings = queue.info->spec.settings;
    if (settings.length_max && settings.overflow == core::Overflow::reject_publish &&
        static_cast<std::int64_t>(queue.ready.size()) >= *settings.length_max) {
      return false;
    }
    queue.ready.push_back({.position = {.offset = Offset(queue.next_offset++)},
                           .bytes = {bytes.begin(), bytes.end()}});
    pump_soon(log);
    return true;
  }

  void settle_in(LogId log, std::span<const core::Settlement> settlements) {
    const auto found = by_log_.find(log);
    if (found == by_log_.end()) return;
    for (const core::Settlement& settlement : settlements) settle_one(*found->second, settlement);
    pump_soon(log);
  }

  void settle_one(Queue& queue, const core::Settlement& settlement) {
    const auto lease = std::ranges::find(queue.leased, settlement.position,
                                         [](const Lease& l) { return l.message.position; });
    if (lease == queue.leased.end()) return;
    settled_.push_back(settlement.kind);
    if (lease->holder != nullptr) {
      --lease->holder->held;
      if (lease->holder->options.shared_credit) --lease->holder->options.shared_credit->used;
    }
    Stored message = std::move(lease->message);
    queue.leased.erase(lease);
    using Kind = core::Settlement::Kind;
    if (settlement.kind == Kind::ack || settlement.kind == Kind::dead_letter) return;
    message.is_redelivered = true;
    if (settlement.kind == Kind::requeue_failed) ++message.failed;
    const auto place =
        std::ranges::lower_bound(queue.ready, message.position, {}, &Stored::position);
    queue.ready.insert(place, std::move(message));
  }

  void pump_soon(LogId log) {
    shard_.reactor().post([this, log] { pump(log); });
  }

  void pump(LogId log) {
    const auto found = by_log_.find(log);
    if (found == by_log_.end()) return;
    const std::shared_ptr<Queue> queue = found->second;
    while (!queue->ready.empty()) {
      const auto next = std::ranges::find_if(queue->consumers, [](const Link* link) {
        return link->is_ready && link->has_credit() && link->sink->has_room();
      });
      if (next == queue->consumers.end()) return;
      Link* const link = *next;
      // In turn.
      queue->consumers.erase(next);
      queue->consumers.push_back(link);
      Stored message = queue->take_first();
      const auto view = core::decode_message(message.bytes);
      CHECK(view.has_value());
      const core::Delivery delivery{.position = message.position,
                                    .is_redelivered = message.is_redelivered,
                                    .failed_deliveries = message.failed,
                                    .message = *view};
      if (link->options.is_auto_ack) {
        link->sink->take(delivery);
        continue;
      }
      ++link->held;
      if (link->options.shared_credit) ++link->options.shared_credit->used;
      link->sink->take(delivery);
      queue->leased.push_back({std::move(message), link});
    }
  }

  runtime::Shard& shard_;
  runtime::Signal changed_;
  std::map<core::Name, std::shared_ptr<Queue>> queues_;
  std::map<LogId, std::shared_ptr<Queue>> by_log_;
  std::map<core::Name, core::ExchangePtr> exchanges_;
  std::map<core::Name, core::TopicPtr> topics_;
  std::optional<core::StreamOptions> stream_options_;
  std::map<LogId, std::vector<std::string>> records_;  // bodies, by partition
  std::vector<core::Binding> bindings_;
  std::uint64_t version_ = 1;
  std::uint64_t next_log_ = journal::first_dynamic_log;
  bool is_held_ = false;
  bool has_space_ = true;
  std::optional<Error> publish_error_;
  std::vector<core::Settlement::Kind> settled_;
  std::size_t settle_calls_ = 0;
  std::size_t publish_calls_ = 0;
};

}  // namespace koine::amqp
