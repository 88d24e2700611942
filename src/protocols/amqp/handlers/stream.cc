#include "protocols/amqp/handlers/stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include "protocols/amqp/handlers/names.h"
#include "protocols/amqp/stream_arguments.h"

namespace koine::amqp {

namespace {

constexpr std::string_view queue_type_argument = "x-queue-type";

std::uint32_t clamp(std::uint64_t count) {
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(count, std::numeric_limits<std::uint32_t>::max()));
}

// "orders-2": the topic orders, if it has such a partition.
std::optional<Stream> find_partition(const Scope& scope, const std::string& name) {
  const std::size_t dash = name.rfind('-');
  if (dash == std::string::npos) return std::nullopt;
  std::int32_t number = 0;
  const char* const end = name.data() + name.size();
  const auto [parsed, error] = std::from_chars(name.data() + dash + 1, end, number);
  if (error != std::errc{} || parsed != end || number < 0) return std::nullopt;
  core::TopicPtr topic = scope.core().find_topic({scope.vhost(), name.substr(0, dash)});
  if (topic == nullptr || static_cast<std::size_t>(number) >= topic->partitions.size())
    return std::nullopt;
  return Stream{.topic = std::move(topic), .partition = PartitionId(number)};
}

std::string named_stream(const Scope& scope, std::string_view name) {
  return named("stream", name, scope.vhost());
}

Outcome<> check_consumer(const Scope& scope, const BasicConsume& consume) {
  const std::string stream = named_stream(scope, consume.queue);
  const Channel& channel = scope.channel;
  if (consume.no_ack) {
    return refuse(ReplyCode::not_implemented,
                  fmt::format("automatic acknowledgement not supported by {}", stream));
  }
  if (consume.exclusive) {
    return refuse(ReplyCode::not_implemented,
                  fmt::format("exclusive consumers are not supported by {}", stream));
  }
  if (channel.shared_credit != nullptr && channel.shared_credit->limit.load() != 0) {
    return refuse(ReplyCode::not_implemented,
                  fmt::format("{} does not support global qos", stream));
  }
  if (channel.prefetch == 0) {
    return refuse(ReplyCode::precondition_failed,
                  fmt::format("consumer prefetch count is not set for {}", stream));
  }
  return {};
}

Outcome<core::StreamOptions> options_of(const Scope& scope, const Stream& stream,
                                        const BasicConsume& consume) {
  const std::string thing = named_stream(scope, consume.queue);
  TRY(const StreamOffset offset, read_stream_offset(consume.arguments, thing, scope.now_ms));
  core::StreamOptions options{.partition = stream.partition, .prefetch = scope.channel.prefetch};
  using At = StreamOffset::At;
  switch (offset.at) {
    case At::first: options.start.at = core::ReadStart::At::start; return options;
    case At::next: options.start.at = core::ReadStart::At::end; return options;
    case At::last: options.is_from_last = true; return options;
    case At::time:
      options.start.at = core::ReadStart::At::time;
      options.start.time_ms = offset.time_ms;
      return options;
    case At::number: break;
  }
  const std::size_t count = stream.topic->partitions.size();
  if (!stream.partition && count > 1) {
    return refuse(ReplyCode::precondition_failed,
                  fmt::format("invalid arg 'x-stream-offset' for {}: an offset is one of a "
                              "partition; consume '{}-0' to '{}-{}'",
                              thing, consume.queue, consume.queue, count - 1));
  }
  options.start.at = core::ReadStart::At::position;
  options.start.position.next = {
      {.partition = stream.partition.value_or(PartitionId{0}), .offset = Offset{offset.number}}};
  return options;
}

Outcome<core::TopicSpec> spec_of(const Scope& scope, QueueDeclare declare) {
  const std::string thing = named_stream(scope, declare.queue);
  const auto invalid = [&](std::string_view what) {
    return refuse(ReplyCode::precondition_failed,
                  fmt::format("invalid property '{}' for {}", what, thing));
  };
  if (declare.queue.empty()) {
    return refuse(ReplyCode::precondition_failed, "a stream can't be named by the server");
  }
  TRY(check_not_reserved("queue", declare.queue));
  if (scope.vhost() != core::topics_virtual_host) {
    return refuse(
        Severity::channel, ReplyCode::not_implemented,
        fmt::format("{}: streams are in vhost '{}' only", thing, core::topics_virtual_host));
  }
  if (!declare.durable) return invalid("non-durable");
  if (declare.exclusive) return invalid("exclusive");
  if (declare.auto_delete) return invalid("auto-delete");
  TRY(const StreamArguments arguments, read_stream_arguments(declare.arguments, thing));
  constexpr std::uint32_t retention_ms_bit = 1U << 0U;
  constexpr std::uint32_t retention_bytes_bit = 1U << 1U;
  core::TopicSpec spec{.name = std::move(declare.queue), .partition_count = 1};
  // Without x-max-age a stream keeps what it has.
  spec.settings.retention_ms = arguments.retention_ms.value_or(core::unlimited);
  spec.settings_given = retention_ms_bit;
  if (arguments.retention_bytes) {
    spec.settings.retention_bytes = *arguments.retention_bytes;
    spec.settings_given |= retention_bytes_bit;
  }
  return spec;
}

// What was asked for, compared with what is there; what was not is as it is.
Outcome<> check_stream(const Scope& scope, const StreamArguments& asked, const core::Topic& topic) {
  const auto check = [&](std::string_view argument, const std::optional<std::int64_t>& received,
                         std::int64_t current) -> Outcome<> {
    if (!received || *received == current) return {};
    return refuse(
        ReplyCode::precondition_failed,
        fmt::format("inequivalent arg '{}' for {}: received {} but current is {}", argument,
                    named("queue", topic.name, scope.vhost()), *received, current));
  };
  TRY(check("x-max-age", asked.retention_ms, topic.settings.retention_ms));
  return check("x-max-length-bytes", asked.retention_bytes, topic.settings.retention_bytes);
}

}  // namespace

std::optional<Stream> find_stream(const Scope& scope, const std::string& name) {
  const core::NameView full(scope.vhost(), name);
  if (scope.core().find_queue(full) != nullptr) return std::nullopt;
  if (core::TopicPtr topic = scope.core().find_topic(full))
    return Stream{.topic = std::move(topic), .partition = std::nullopt};
  return find_partition(scope, name);
}

Task<Outcome<>> consume_stream(Scope& scope, Stream stream, BasicConsume consume, std::string tag) {
  CO_TRY(check_consumer(scope, consume));
  CO_TRY(core::StreamOptions options, options_of(scope, stream, consume));
  Channel& channel = scope.channel;
  core::QueuePtr name = scope.core().new_stream_name(*stream.topic);
  auto consumer = std::make_unique<Consumer>(scope.deliveries, channel, tag, name, false);
  auto subscription = co_await scope.core().read_stream(std::move(stream.topic), std::move(name),
                                                        std::move(options), *consumer);
  if (!subscription) co_return fail(refusal_of(subscription.error()));
  consumer->attach(std::move(*subscription));
  consumer->set_stream();
  Consumer& added = *(channel.consumers[tag] = std::move(consumer));
  if (!consume.no_wait) scope.answer(BasicConsumeOk{.consumer_tag = std::move(tag)});
  if (added.end()) {
    scope.deliveries.listener.on_consumer_end(channel, added, *added.end());
  } else {
    added.subscription()->resume();
  }
  co_return Outcome<>{};
}

bool declares_stream(const QueueDeclare& declare) {
  const core::FieldValue* type = core::find_field(declare.arguments, queue_type_argument);
  return type != nullptr && type->as_text() != nullptr && *type->as_text() == "stream";
}

Task<Outcome<>> declare_stream(Scope& scope, QueueDeclare declare) {
  declare.queue = without_line_ends(std::move(declare.queue));
  const bool no_wait = declare.no_wait;
  const std::string thing = named("queue", declare.queue, scope.vhost());
  const core::FieldTable arguments = declare.arguments;
  CO_TRY(core::TopicSpec spec, spec_of(scope, std::move(declare)));
  const core::NameView name(scope.vhost(), spec.name);
  if (scope.core().find_queue(name) != nullptr) {
    co_return refuse(ReplyCode::precondition_failed,
                     fmt::format("inequivalent arg '{}' for {}: received 'stream' but current is "
                                 "'classic'",
                                 queue_type_argument, thing));
  }
  std::string topic_name = spec.name;
  core::TopicPtr topic = scope.core().find_topic({scope.vhost(), topic_name});
  if (topic == nullptr) {
    auto created = co_await scope.core().create_topic(std::move(spec));
    const bool was_faster = !created && created.error().code() == ErrorCode::already_exists;
    if (created) topic = *created;
    if (was_faster) topic = scope.core().find_topic({scope.vhost(), topic_name});
    // An exchange has the name.
    if (topic == nullptr) co_return fail(refusal_of(created.error()));
  }
  CO_TRY(const StreamArguments asked, read_stream_arguments(arguments, thing));
  CO_TRY(check_stream(scope, asked, *topic));
  co_return co_await answer_stream(scope, std::move(topic_name),
                                   {.topic = std::move(topic), .partition = {}}, no_wait);
}

Task<Outcome<>> answer_stream(Scope& scope, std::string name, Stream stream, bool no_wait) {
  scope.channel.last_queue = name;
  if (no_wait) co_return Outcome<>{};
  const auto counts = co_await scope.core().count_stream(std::move(stream.topic), stream.partition);
  if (!counts && counts.error().code() == ErrorCode::not_found) co_return no_queue(scope, name);
  if (!counts) co_return fail(refusal_of(counts.error()));
  scope.answer(QueueDeclareOk{.queue = std::move(name),
                              .message_count = clamp(counts->ready),
                              .consumer_count = counts->consumers});
  co_return Outcome<>{};
}

Task<Outcome<>> delete_stream(Scope& scope, std::string name, Stream stream, QueueDelete method) {
  if (method.if_unused || method.if_empty || stream.partition) {
    co_return refuse(ReplyCode::not_implemented,
                     fmt::format("{} can only be deleted as a whole and without a condition",
                                 named_stream(scope, name)));
  }
  const auto deleted = co_await scope.core().delete_topic(stream.topic->name);
  if (!deleted && deleted.error().code() != ErrorCode::not_found)
    co_return fail(refusal_of(deleted.error()));
  if (!method.no_wait) scope.answer(QueueDeleteOk{});
  co_return Outcome<>{};
}

std::unexpected<Refusal> not_for_streams(const Scope& scope, std::string_view method,
                                         const std::string& name) {
  return refuse(ReplyCode::not_implemented,
                fmt::format("{} not supported by {}", method, named_stream(scope, name)));
}

}  // namespace koine::amqp
