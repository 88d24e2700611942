#include "protocols/amqp/handlers/exchange.h"

#include <fmt/format.h>

#include <utility>

#include "protocols/amqp/arguments.h"
#include "protocols/amqp/equivalence.h"
#include "protocols/amqp/handlers/names.h"

namespace koine::amqp {

namespace {

Outcome<core::ExchangeType> type_of(const std::string& type) {
  if (const auto known = core::exchange_type_of(type)) return *known;
  return refuse(ReplyCode::command_invalid, fmt::format("unknown exchange type '{}'", type));
}

// The delayed message plugin's words.
std::unexpected<Refusal> no_delayed_type() {
  return refuse(ReplyCode::precondition_failed,
                "Invalid argument, 'x-delayed-type' must be an existing exchange type");
}

Outcome<> take_delayed_type(const std::optional<std::string>& type, core::ExchangeSpec& spec) {
  const bool is_delaying = spec.type == core::ExchangeType::delayed_message;
  if (!type && !is_delaying) return {};
  if (!is_delaying) {
    return refuse(ReplyCode::precondition_failed,
                  fmt::format("invalid arg 'x-delayed-type' for {}: it is for exchanges of type {}",
                              named("exchange", spec.name.name, spec.name.vhost),
                              core::name_of(core::ExchangeType::delayed_message)));
  }
  const auto known = type ? core::exchange_type_of(*type) : std::nullopt;
  if (!known || *known == core::ExchangeType::delayed_message) return no_delayed_type();
  spec.delayed_type = *known;
  return {};
}

Outcome<core::ExchangeSpec> spec_of(const Scope& scope, ExchangeDeclare declare) {
  TRY(const core::ExchangeType type, type_of(declare.type));
  core::ExchangeSpec spec{.name = scope.in_vhost(std::move(declare.exchange)),
                          .type = type,
                          .is_durable = declare.durable,
                          .is_auto_delete = declare.auto_delete,
                          .is_internal = declare.internal,
                          .arguments = std::move(declare.arguments)};
  TRY(auto arguments,
      read_exchange_arguments(spec.arguments, named("exchange", spec.name.name, spec.name.vhost)));
  spec.alternate_exchange = std::move(arguments.alternate_exchange);
  TRY(take_delayed_type(arguments.delayed_type, spec));
  return spec;
}

core::Binding binding_of(const Scope& scope, std::string source, std::string destination,
                         std::string routing_key, core::FieldTable arguments) {
  const core::NameView target(scope.vhost(), destination);
  const bool is_topic =
      scope.core().find_exchange(target) == nullptr && scope.core().find_topic(target) != nullptr;
  return {.source = scope.in_vhost(std::move(source)),
          .target_kind = is_topic ? core::TargetKind::topic : core::TargetKind::exchange,
          .target = std::move(destination),
          .routing_key = std::move(routing_key),
          .arguments = std::move(arguments)};
}

}  // namespace

Task<Outcome<>> handle(Scope& scope, ExchangeDeclare declare) {
  declare.exchange = without_line_ends(std::move(declare.exchange));
  CO_TRY(check_not_default_exchange(declare.exchange));
  const bool no_wait = declare.no_wait;
  core::ExchangePtr exchange = scope.core().find_exchange({scope.vhost(), declare.exchange});
  if (declare.passive) {
    if (!is_source(scope, declare.exchange)) co_return no_exchange(scope, declare.exchange);
  } else {
    CO_TRY(core::ExchangeSpec spec, spec_of(scope, std::move(declare)));
    if (exchange == nullptr) {
      CO_TRY(check_not_reserved("exchange", spec.name.name));
      auto declared = co_await scope.queues().declare_exchange(spec);
      if (!declared) co_return fail(refusal_of(declared.error()));
      exchange = std::move(*declared);
    }
    CO_TRY(check_equivalent(spec, *exchange));
  }
  if (!no_wait) scope.answer(ExchangeDeclareOk{});
  co_return Outcome<>{};
}

Task<Outcome<>> handle(Scope& scope, ExchangeDelete method) {
  const std::string name = without_line_ends(std::move(method.exchange));
  CO_TRY(check_not_default_exchange(name));
  if (core::is_predeclared_exchange(name)) {
    co_return refuse(
        ReplyCode::access_refused,
        fmt::format("deletion of system {} not allowed", named("exchange", name, scope.vhost())));
  }
  if (scope.core().find_topic({scope.vhost(), name}) != nullptr) {
    co_return refuse(
        ReplyCode::precondition_failed,
        fmt::format("'{}' in vhost '{}' is a topic, not an exchange", name, scope.vhost()));
  }
  const auto deleted =
      co_await scope.queues().delete_exchange(scope.in_vhost(name), method.if_unused);
  if (!deleted && deleted.error().code() == ErrorCode::conflict) {
    co_return refuse(ReplyCode::precondition_failed,
                     fmt::format("{} in use", named("exchange", name, scope.vhost())));
  }
  // What is gone already is not an error.
  if (!deleted && deleted.error().code() != ErrorCode::not_found) {
    co_return fail(refusal_of(deleted.error()));
  }
  if (!method.no_wait) scope.answer(ExchangeDeleteOk{});
  co_return Outcome<>{};
}

Task<Outcome<>> handle(Scope& scope, ExchangeBind bind) {
  const std::string source = without_line_ends(std::move(bind.source));
  const std::string destination = without_line_ends(std::move(bind.destination));
  CO_TRY(check_not_default_exchange(source));
  CO_TRY(check_not_default_exchange(destination));
  if (!is_source(scope, source)) co_return no_exchange(scope, source);
  const auto bound = co_await scope.queues().bind(binding_of(
      scope, source, destination, std::move(bind.routing_key), std::move(bind.arguments)));
  if (!bound && bound.error().code() == ErrorCode::not_found)
    co_return no_exchange(scope, destination);
  if (!bound) co_return fail(refusal_of(bound.error()));
  if (!bind.no_wait) scope.answer(ExchangeBindOk{});
  co_return Outcome<>{};
}

Task<Outcome<>> handle(Scope& scope, ExchangeUnbind unbind) {
  const std::string source = without_line_ends(std::move(unbind.source));
  const std::string destination = without_line_ends(std::move(unbind.destination));
  CO_TRY(check_not_default_exchange(source));
  CO_TRY(check_not_default_exchange(destination));
  const auto unbound = co_await scope.queues().unbind(binding_of(
      scope, source, destination, std::move(unbind.routing_key), std::move(unbind.arguments)));
  if (!unbound && unbound.error().code() != ErrorCode::not_found) {
    co_return fail(refusal_of(unbound.error()));
  }
  if (!unbind.no_wait) scope.answer(ExchangeUnbindOk{});
  co_return Outcome<>{};
}

}  // namespace koine::amqp
