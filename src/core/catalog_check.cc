// What a catalog refuses.

#include <fmt/format.h>

#include <algorithm>

#include "core/catalog.h"
#include "core/queues/queue_spec_check.h"
#include "core/routing/exchange_check.h"

namespace koine::core {
namespace {

std::unexpected<Error> nothing_of_name(std::string_view what, NameView name) {
  return fail(ErrorCode::not_found,
              fmt::format("no {} '{}' in vhost '{}'", what, name.name, name.vhost));
}

}  // namespace

struct Catalog::Check {
  const Catalog& catalog;

  Result<> operator()(const PutTopic& change) const {
    const Topic& topic = *change.topic;
    if (catalog.routing_.find_exchange({topics_virtual_host, topic.name}) != nullptr) {
      return fail(ErrorCode::already_exists,
                  fmt::format("an exchange has the name {} already", topic.name));
    }
    const auto is_foreign = [&](LogId log) {
      const auto found = catalog.by_log_.find(log);
      return (found != catalog.by_log_.end() && found->second->name != topic.name) ||
             catalog.queues_.find(log) != nullptr;
    };
    return check_logs(std::ranges::any_of(topic.partitions, is_foreign), topic.name);
  }

  Result<> operator()(const RemoveTopic& change) const {
    if (catalog.find(change.name) != nullptr) return {};
    return nothing_of_name("topic", {topics_virtual_host, change.name});
  }

  Result<> operator()(const AddQueue& change) const {
    const QueueSpec& spec = change.queue->spec;
    TRY(check_queue_spec(spec));
    if (catalog.queues_.find(spec.name) != nullptr) {
      return fail(ErrorCode::already_exists, fmt::format("queue '{}' in vhost '{}' exists already",
                                                         spec.name.name, spec.name.vhost));
    }
    const auto is_foreign = [&](LogId log) { return catalog.has_log(log); };
    return check_logs(std::ranges::any_of(change.queue->logs, is_foreign), spec.name.name);
  }

  Result<> operator()(const RemoveQueue& change) const {
    const QueuePtr queue = catalog.queues_.find(change.id);
    if (queue != nullptr && queue->id() == change.id) return {};
    return fail(ErrorCode::not_found, "the queue is gone");
  }

  Result<> operator()(const AddExchange& change) const {
    TRY(check_exchange_spec(*change.exchange));
    const Name& name = change.exchange->name;
    if (catalog.find_topic(name) != nullptr) {
      return fail(ErrorCode::already_exists,
                  fmt::format("a topic has the name '{}' already", name.name));
    }
    if (catalog.routing_.find_exchange(name) == nullptr && !is_predeclared_exchange(name.name))
      return {};
    return fail(ErrorCode::already_exists,
                fmt::format("exchange '{}' in vhost '{}' exists already", name.name, name.vhost));
  }

  Result<> operator()(const RemoveExchange& change) const {
    if (is_predeclared_exchange(change.name.name)) {
      return fail(
          ErrorCode::denied,
          fmt::format("exchange '{}' is predeclared and can't be deleted", change.name.name));
    }
    const RoutingNode* node = catalog.routing_.find_source(change.name);
    if (node == nullptr || node->exchange() == nullptr)
      return nothing_of_name("exchange", change.name);
    if (!change.if_unused || node->outgoing.empty()) return {};
    return fail(ErrorCode::conflict, fmt::format("exchange '{}' in vhost '{}' in use",
                                                 change.name.name, change.name.vhost));
  }

  Result<> operator()(const AddBinding& change) const {
    const Binding& binding = change.binding;
    if (is_default(binding)) {
      return fail(ErrorCode::denied,
                  "the default exchange can't be bound: it leads to every queue "
                  "of the routing key's name");
    }
    const auto source = catalog.find_source(binding.source);
    if (!source) return nothing_of_name("exchange", binding.source);
    if (!catalog.find_target(binding)) {
      return nothing_of_name(name_of(binding.target_kind), {binding.source.vhost, binding.target});
    }
    if (const auto* exchange = std::get_if<ExchangePtr>(&*source))
      return check_binding(routing_type_of(**exchange), binding);
    if (find_field(binding.arguments, "x-match") != nullptr) {
      return fail(ErrorCode::unsupported,
                  fmt::format("binding to topic '{}' by headers (x-match) is not supported",
                              binding.source.name));
    }
    return check_binding(ExchangeType::topic, binding);
  }

  Result<> operator()(const RemoveBinding& change) const {
    if (!is_default(change.binding)) return {};
    return fail(ErrorCode::denied, "the default exchange can't be unbound");
  }

  Result<> operator()(const ForgetTransient& /*change*/) const { return {}; }
  Result<> operator()(const RememberKey& /*change*/) const { return {}; }

 private:
  static bool is_default(const Binding& binding) {
    return binding.source.name.empty() ||
           (binding.target_kind == TargetKind::exchange && binding.target.empty());
  }
  static Result<> check_logs(bool is_foreign, std::string_view name) {
    if (!is_foreign) return {};
    return fail(ErrorCode::corrupt, fmt::format("a log of '{}' belongs to something else", name));
  }
};

Result<> Catalog::check(const CatalogChange& change) const {
  return std::visit(Check{*this}, change);
}

}  // namespace koine::core
