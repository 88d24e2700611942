#include "protocols/amqp/handlers/basic.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "protocols/amqp/arguments.h"
#include "protocols/amqp/codec.h"
#include "protocols/amqp/handlers/names.h"
#include "protocols/amqp/handlers/settle.h"
#include "protocols/amqp/handlers/stream.h"

namespace koine::amqp {

namespace {

core::SharedCredit& shared_credit(Channel& channel) {
  if (channel.shared_credit == nullptr) {
    channel.shared_credit = std::make_shared<core::SharedCredit>();
  }
  return *channel.shared_credit;
}

Outcome<std::string> tag_for(const Scope& scope, std::string tag) {
  if (tag.empty()) return made_up_name(scope, "amq.ctag-");
  const ReplyConsumer* const replies = scope.channel.reply_consumer.get();
  if (scope.channel.consumers.contains(tag) || (replies != nullptr && replies->tag() == tag)) {
    return refuse(ReplyCode::not_allowed, fmt::format("attempt to reuse consumer tag '{}'", tag));
  }
  return tag;
}

Outcome<> consume_replies(Scope& scope, std::string tag, bool is_auto_ack, bool no_wait) {
  if (!is_auto_ack) {
    return refuse(ReplyCode::precondition_failed, "reply consumer cannot acknowledge");
  }
  if (scope.channel.reply_consumer != nullptr) {
    return refuse(ReplyCode::precondition_failed, "reply consumer already set");
  }
  const ReplyAddress address{.shard = scope.core().shard().id(),
                             .token = scope.resources.random.number()};
  if (!no_wait) scope.answer(BasicConsumeOk{.consumer_tag = tag});
  scope.channel.reply_consumer = std::make_unique<ReplyConsumer>(
      scope.deliveries, scope.resources.replies, scope.channel, std::move(tag), address);
  return {};
}

Refusal refused_subscription(const Scope& scope, const Error& error, const std::string& queue) {
  if (error.code() == ErrorCode::not_found) return no_queue(scope, queue).error();
  if (error.code() == ErrorCode::denied) {
    return refuse(ReplyCode::access_refused,
                  fmt::format("{} in exclusive use", named("queue", queue, scope.vhost())))
        .error();
  }
  return refusal_of(error);
}

Task<Outcome<>> cancel_consumer(std::unique_ptr<Consumer> consumer) {
  co_await consumer->subscription()->cancel();
  co_return Outcome<>{};
}

void send_got(Scope& scope, const core::GotMessage& got, const core::MessageView& stored,
              std::uint64_t tag, bool is_settled) {
  std::vector<std::byte> rewritten;
  const ByteView properties =
      properties_for_delivery(stored.properties, got.failed_deliveries, rewritten);
  scope.answer(BasicGetOk{.delivery_tag = tag,
                          .redelivered = got.is_redelivered,
                          .exchange = stored.exchange,
                          .routing_key = stored.routing_key,
                          .message_count = static_cast<std::uint32_t>(std::min<std::uint64_t>(
                              got.ready, std::numeric_limits<std::uint32_t>::max()))});
  encode_content(scope.output.frames(), scope.channel.number,
                 {.properties = properties, .body = stored.body}, scope.connection.frame_max);
  Statistics& statistics = scope.resources.statistics;
  ++statistics.messages_got;
  if (is_settled) ++statistics.messages_got_settled;
  if (got.is_redelivered) ++statistics.messages_redelivered;
}

Outcome<> check_no_streams(const Channel& channel, std::uint16_t limit) {
  const auto is_stream = [](const auto& consumer) { return consumer.second->is_stream(); };
  if (limit == 0 || !std::ranges::any_of(channel.consumers, is_stream)) return {};
  return refuse(ReplyCode::not_implemented,
                "global qos on a channel with consumers of streams, which do not support it");
}

Outcome<> recover(Scope& scope, bool is_requeue) {
  if (!is_requeue) return refuse(ReplyCode::not_implemented, "requeue=false");
  return_all(scope.channel, scope.deliveries.settlements, core::Settlement::Kind::requeue);
  return {};
}

}  // namespace

Task<Outcome<>> handle(Scope& scope, BasicQos qos) {
  if (qos.prefetch_size != 0) {
    co_return refuse(ReplyCode::not_implemented,
                     fmt::format("prefetch_size!=0 ({})", qos.prefetch_size));
  }
  if (!qos.global) {
    // RabbitMQ: of the consumers that come from now on.
    scope.channel.prefetch = qos.prefetch_count;
  } else {
    CO_TRY(check_no_streams(scope.channel, qos.prefetch_count));
    shared_credit(scope.channel).limit.store(qos.prefetch_count);
    for (const auto& [tag, consumer] : scope.channel.consumers) consumer->subscription()->resume();
  }
  scope.answer(BasicQosOk{});
  co_return Outcome<>{};
}

Task<Outcome<>> handle(Scope& scope, BasicConsume consume) {
  if (consume.no_local) co_return refuse(ReplyCode::not_implemented, "no_local=true");
  CO_TRY(const std::string name, expand_queue_name(scope, std::move(consume.queue)));
  CO_TRY(std::string tag, tag_for(scope, std::move(consume.consumer_tag)));
  if (name == direct_reply_name) {
    co_return consume_replies(scope, std::move(tag), consume.no_ack, consume.no_wait);
  }
  if (auto stream = find_stream(scope, name)) {
    consume.queue = name;
    co_return co_await consume_stream(scope, std::move(*stream), std::move(consume),
                                      std::move(tag));
  }
  CO_TRY(core::QueuePtr queue, find_queue(scope, name));
  CO_TRY(const ConsumerArguments arguments,
         read_consumer_arguments(consume.arguments, named("queue", name, scope.vhost())));
  Channel& channel = scope.channel;
  shared_credit(channel);
  core::ConsumerOptions options{.tag = tag,
                                .connection = scope.connection.peer_address,
                                .is_auto_ack = consume.no_ack,
                                .is_exclusive = consume.exclusive,
                                .prefetch = consume.no_ack ? 0U : channel.prefetch,
                                .priority = arguments.priority,
                                .shared_credit = consume.no_ack ? nullptr : channel.shared_credit};
  auto consumer = std::make_unique<Consumer>(scope.deliveries, channel, tag, queue, consume.no_ack);
  auto subscription =
      co_await scope.core().subscribe(std::move(queue), std::move(options), *consumer);
  if (!subscription) {
    co_return fail(refused_subscription(scope, subscription.error(), name));
  }
  consumer->attach(std::move(*subscription));
  Consumer& added = *(channel.consumers[tag] = std::move(consumer));
  if (!consume.no_wait) scope.answer(BasicConsumeOk{.consumer_tag = std::move(tag)});
  if (added.end()) {
    // While it was made.
    scope.deliveries.listener.on_consumer_end(channel, added, *added.end());
  } else {
    added.subscription()->resume();
  }
  co_return Outcome<>{};
}

Task<Outcome<>> handle(Scope& scope, BasicCancel cancel) {
  Channel& channel = scope.channel;
  if (channel.reply_consumer != nullptr && channel.reply_consumer->tag() == cancel.consumer_tag) {
    channel.reply_consumer.reset();
  } else if (auto found = channel.consumers.extract(cancel.consumer_tag)) {
    CO_TRY(co_await cancel_consumer(std::move(found.mapped())));
  }
  // Of one that is not there, too: it may have ended on its own.
  if (!cancel.no_wait) {
    scope.answer(BasicCancelOk{.consumer_tag = std::move(cancel.consumer_tag)});
  }
  co_return Outcome<>{};
}

Task<Outcome<>> handle(Scope& scope, BasicGet get) {
  CO_TRY(const std::string name, expand_queue_name(scope, std::move(get.queue)));
  if (find_stream(scope, name)) co_return not_for_streams(scope, "basic.get", name);
  CO_TRY(const core::QueuePtr queue, find_queue(scope, name));
  const auto got = co_await scope.queues().get(queue, get.no_ack);
  if (!got) co_return fail(refused_subscription(scope, got.error(), name));
  if (!*got) {
    ++scope.resources.statistics.gets_empty;
    scope.answer(BasicGetEmpty{});
    co_return Outcome<>{};
  }
  const core::GotMessage& message = **got;
  const std::uint64_t tag = scope.channel.next_delivery_tag++;
  if (!get.no_ack) {
    scope.channel.unsettled.add({.tag = tag,
                                 .position = message.position,
                                 .queue = scope.deliveries.settlements.use(queue)});
  }
  const auto stored = core::decode_message(message.stored.view());
  if (!stored) co_return fail(refusal_of(stored.error()));
  send_got(scope, message, *stored, tag, get.no_ack);
  co_return Outcome<>{};
}

Task<Outcome<>> handle(Scope& scope, BasicRecover method) {
  CO_TRY(recover(scope, method.requeue));
  scope.answer(BasicRecoverOk{});
  co_return Outcome<>{};
}

Task<Outcome<>> handle(Scope& scope, BasicRecoverAsync method) {
  co_return recover(scope, method.requeue);
}

}  // namespace koine::amqp
