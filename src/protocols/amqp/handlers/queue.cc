#include "protocols/amqp/handlers/queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "protocols/amqp/arguments.h"
#include "protocols/amqp/direct_replies.h"
#include "protocols/amqp/equivalence.h"
#include "protocols/amqp/handlers/names.h"
#include "protocols/amqp/handlers/stream.h"

namespace koine::amqp {

namespace {

constexpr std::uint32_t clamp(std::uint64_t count) {
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(count, std::numeric_limits<std::uint32_t>::max()));
}

Task<Outcome<>> answer_declared(Scope& scope, core::QueuePtr queue, bool no_wait) {
  scope.channel.last_queue = queue->spec.name.name;
  if (no_wait) co_return Outcome<>{};
  const std::string name = queue->spec.name.name;
  const auto counts = co_await scope.queues().counts(std::move(queue));
  if (!counts && counts.error().code() == ErrorCode::not_found) co_return no_queue(scope, name);
  if (!counts) co_return fail(refusal_of(counts.error()));
  scope.answer(QueueDeclareOk{
      .queue = name, .message_count = clamp(counts->ready), .consumer_count = counts->consumers});
  co_return Outcome<>{};
}

// Whether somebody waits for direct replies, as a replier may ask before it does the work.
Task<Outcome<>> declare_reply_address(Scope& scope, std::string name, bool no_wait) {
  bool exists = name == direct_reply_name && scope.channel.reply_consumer != nullptr;
  if (const auto address = ReplyAddress::parse(name)) {
    exists = co_await scope.resources.replies.exists(scope.core().shard(), *address);
  }
  if (!exists) co_return no_queue(scope, name);
  if (!no_wait) scope.answer(QueueDeclareOk{.queue = name, .consumer_count = 1});
  co_return Outcome<>{};
}

Task<Outcome<>> declare_passively(Scope& scope, QueueDeclare declare) {
  CO_TRY(std::string name, expand_queue_name(scope, std::move(declare.queue)));
  if (name.starts_with(direct_reply_name)) {
    co_return co_await declare_reply_address(scope, std::move(name), declare.no_wait);
  }
  if (auto stream = find_stream(scope, name))
    co_return co_await answer_stream(scope, std::move(name), std::move(*stream), declare.no_wait);
  CO_TRY(core::QueuePtr queue, find_queue(scope, name));
  co_return co_await answer_declared(scope, std::move(queue), declare.no_wait);
}

Outcome<core::QueueSpec> spec_of(const Scope& scope, QueueDeclare declare) {
  std::string name = without_line_ends(std::move(declare.queue));
  if (name.empty()) {
    name = made_up_name(scope, "amq.gen-");
  } else {
    TRY(check_not_reserved("queue", name));
  }
  core::QueueSpec spec{.name = scope.in_vhost(std::move(name)),
                       .is_durable = declare.durable,
                       .is_auto_delete = declare.auto_delete,
                       .exclusive_owner = declare.exclusive ? scope.connection.owner : 0,
                       .settings = {},
                       .arguments = std::move(declare.arguments)};
  TRY(spec.settings,
      read_queue_arguments(spec.arguments, named("queue", spec.name.name, spec.name.vhost)));
  return spec;
}

// Where a topic is bound as if it were a queue.
bool is_whole_stream(const Scope& scope, const std::string& name) {
  const auto stream = find_stream(scope, name);
  return stream && !stream->partition;
}
core::TargetKind target_kind(bool is_topic) {
  return is_topic ? core::TargetKind::topic : core::TargetKind::queue;
}

}  // namespace

Task<Outcome<>> handle(Scope& scope, QueueDeclare declare) {
  if (declare.passive) co_return co_await declare_passively(scope, std::move(declare));
  if (declares_stream(declare)) co_return co_await declare_stream(scope, std::move(declare));
  const bool no_wait = declare.no_wait;
  CO_TRY(core::QueueSpec spec, spec_of(scope, std::move(declare)));
  core::QueuePtr queue = scope.core().find_queue(spec.name);
  if (queue == nullptr) {
    auto declared = co_await scope.queues().declare_queue(spec);
    if (!declared) co_return fail(refusal_of(declared.error()));
    queue = std::move(*declared);
  }
  // It may be there since before, or since another connection was faster.
  CO_TRY(check_equivalent(spec, queue->spec));
  ++scope.resources.statistics.queues_declared;
  co_return co_await answer_declared(scope, std::move(queue), no_wait);
}

Task<Outcome<>> handle(Scope& scope, QueueBind bind) {
  const bool is_short = bind.queue.empty();
  CO_TRY(const std::string queue, expand_queue_name(scope, std::move(bind.queue)));
  // Both empty: the queue's name is the key, too.
  if (is_short && bind.routing_key.empty()) bind.routing_key = queue;
  const std::string exchange = without_line_ends(std::move(bind.exchange));
  CO_TRY(check_not_default_exchange(exchange));
  const bool is_topic = is_whole_stream(scope, queue);
  if (!is_topic) CO_TRY(find_queue(scope, queue));
  if (!is_source(scope, exchange)) co_return no_exchange(scope, exchange);
  const auto bound = co_await scope.queues().bind({.source = scope.in_vhost(exchange),
                                                   .target_kind = target_kind(is_topic),
                                                   .target = queue,
                                                   .routing_key = std::move(bind.routing_key),
                                                   .arguments = std::move(bind.arguments)});
  if (!bound && bound.error().code() == ErrorCode::not_found) {
    co_return !is_topic && scope.core().find_queue({scope.vhost(), queue}) == nullptr
        ? no_queue(scope, queue)
        : no_exchange(scope, exchange);
  }
  if (!bound) co_return fail(refusal_of(bound.error()));
  if (!bind.no_wait) scope.answer(QueueBindOk{});
  co_return Outcome<>{};
}

Task<Outcome<>> handle(Scope& scope, QueueUnbind unbind) {
  const bool is_short = unbind.queue.empty();
  CO_TRY(const std::string queue, expand_queue_name(scope, std::move(unbind.queue)));
  if (is_short && unbind.routing_key.empty()) unbind.routing_key = queue;
  const std::string exchange = without_line_ends(std::move(unbind.exchange));
  CO_TRY(check_not_default_exchange(exchange));
  // What is not there is not bound either.
  const core::QueuePtr found = scope.core().find_queue({scope.vhost(), queue});
  if (found != nullptr) CO_TRY(check_access(found->spec, scope.connection.owner));
  const core::TargetKind kind = target_kind(is_whole_stream(scope, queue));
  const auto unbound = co_await scope.queues().unbind({.source = scope.in_vhost(exchange),
                                                       .target_kind = kind,
                                                       .target = queue,
                                                       .routing_key = std::move(unbind.routing_key),
                                                       .arguments = std::move(unbind.arguments)});
  if (!unbound && unbound.error().code() != ErrorCode::not_found) {
    co_return fail(refusal_of(unbound.error()));
  }
  scope.answer(QueueUnbindOk{});
  co_return Outcome<>{};
}

Task<Outcome<>> handle(Scope& scope, QueuePurge purge) {
  CO_TRY(const std::string name, expand_queue_name(scope, std::move(purge.queue)));
  if (find_stream(scope, name)) co_return not_for_streams(scope, "queue.purge", name);
  CO_TRY(core::QueuePtr queue, find_queue(scope, name));
  const auto purged = co_await scope.queues().purge_queue(std::move(queue));
  if (!purged && purged.error().code() == ErrorCode::not_found) co_return no_queue(scope, name);
  if (!purged) co_return fail(refusal_of(purged.error()));
  if (!purge.no_wait) scope.answer(QueuePurgeOk{.message_count = clamp(*purged)});
  co_return Outcome<>{};
}

Task<Outcome<>> handle(Scope& scope, QueueDelete method) {
  CO_TRY(std::string name, expand_queue_name(scope, std::move(method.queue)));
  if (auto stream = find_stream(scope, name))
    co_return co_await delete_stream(scope, std::move(name), std::move(*stream), std::move(method));
  std::uint64_t deleted = 0;
  // What is gone already is not an error.
  if (const core::QueuePtr queue = scope.core().find_queue({scope.vhost(), name})) {
    CO_TRY(check_access(queue->spec, scope.connection.owner));
    const auto count = co_await scope.queues().delete_queue(
        queue->spec.name, {.if_unused = method.if_unused, .if_empty = method.if_empty});
    if (!count && count.error().code() == ErrorCode::conflict) {
      const bool is_full = count.error().message().contains("empty");
      co_return refuse(ReplyCode::precondition_failed,
                       fmt::format("{} {}", named("queue", name, scope.vhost()),
                                   is_full ? "not empty" : "in use"));
    }
    if (!count && count.error().code() != ErrorCode::not_found) {
      co_return fail(refusal_of(count.error()));
    }
    deleted = count.value_or(0);
  }
  if (!method.no_wait) scope.answer(QueueDeleteOk{.message_count = clamp(deleted)});
  co_return Outcome<>{};
}

}  // namespace koine::amqp
