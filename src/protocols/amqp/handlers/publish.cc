#include "protocols/amqp/handlers/publish.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include "base/byte_order.h"
#include "core/message_record.h"
#include "core/queues/properties.h"
#include "core/routing/delay_header.h"
#include "protocols/amqp/codec.h"
#include "protocols/amqp/handlers/names.h"
#include "protocols/amqp/messages/basic.h"

namespace koine::amqp {

namespace {

constexpr std::uint8_t persistent_delivery = 2;

// Adding a day's worth of milliseconds to the clock must not overflow; RabbitMQ takes 32 bits.
constexpr std::int64_t expiration_ms_max = 0xFFFF'FFFF;

// A message with what had to be changed in its properties.
struct Prepared {
  core::MessageView message;
  core::PropertiesSummary summary;
  std::vector<std::string> more_keys;  // of CC and BCC
  std::vector<std::byte> rewritten;    // properties without BCC, or with a reply address
};

Outcome<WallTimeMs> expiry_of(std::optional<std::string_view> given, WallTimeMs now_ms) {
  if (!given) return core::no_expiry;
  const std::string_view expiration = *given;
  std::int64_t milliseconds = 0;
  const char* const end = expiration.data() + expiration.size();
  const auto [parsed, error] = std::from_chars(expiration.data(), end, milliseconds);
  if (error != std::errc{} || parsed != end || milliseconds < 0 ||
      milliseconds > expiration_ms_max) {
    return refuse(ReplyCode::precondition_failed,
                  fmt::format("invalid expiration '{}': expected 0 to {} milliseconds", expiration,
                              expiration_ms_max));
  }
  return now_ms + milliseconds;
}

Outcome<> add_keys(const core::FieldTable& headers, std::string_view name,
                   std::vector<std::string>& keys) {
  const core::FieldValue* const value = core::find_field(headers, name);
  if (value == nullptr) return {};
  const auto* const array = std::get_if<core::FieldArray>(&value->value);
  if (array == nullptr) {
    return refuse(
        ReplyCode::precondition_failed,
        fmt::format("invalid header '{}': found {}, expected array", name, value->type_name()));
  }
  for (const core::FieldValue& key : *array) {
    const std::string* const text = key.as_text();
    if (text == nullptr) {
      return refuse(ReplyCode::precondition_failed,
                    fmt::format("header '{}' has an element of type {}, expected longstr", name,
                                key.type_name()));
    }
    keys.push_back(*text);
  }
  return {};
}

// Headers that send a message to more places: CC stays with it, BCC does not (RabbitMQ: sender-selected distribution).
Outcome<> take_copies(Prepared& prepared) {
  auto properties = core::decode_properties(prepared.message.properties);
  if (!properties || !properties->headers) return {};
  core::FieldTable& headers = *properties->headers;
  TRY(add_keys(headers, "CC", prepared.more_keys));
  TRY(add_keys(headers, "BCC", prepared.more_keys));
  if (std::erase_if(headers, [](const core::Field& field) { return field.name == "BCC"; }) == 0) {
    return {};
  }
  prepared.rewritten.clear();
  core::encode_properties(*properties, prepared.rewritten);
  prepared.message.properties = prepared.rewritten;
  return {};
}

// The requester's own address takes the place of the name from which it consumes.
Outcome<> write_reply_address(const Scope& scope, Prepared& prepared) {
  if (scope.channel.reply_consumer == nullptr) {
    return refuse(ReplyCode::precondition_failed, "fast reply consumer does not exist");
  }
  auto properties = core::decode_properties(prepared.message.properties);
  if (!properties) return {};
  properties->reply_to = scope.channel.reply_consumer->address().to_string();
  prepared.rewritten.clear();
  core::encode_properties(*properties, prepared.rewritten);
  prepared.message.properties = prepared.rewritten;
  return {};
}

Outcome<> prepare(const Scope& scope, const ArrivedMessage& arrived, Prepared& prepared) {
  auto summary = core::summarize_properties(arrived.properties);
  if (!summary) [[unlikely]] {
    return refuse(ReplyCode::syntax_error,
                  fmt::format("invalid properties: {}", summary.error().message()));
  }
  prepared.summary = *summary;
  if (summary->user_id && *summary->user_id != scope.connection.user) [[unlikely]] {
    return refuse(ReplyCode::precondition_failed,
                  fmt::format("user_id property set to '{}' but authenticated user was '{}'",
                              *summary->user_id, scope.connection.user));
  }
  TRY(const WallTimeMs expires_ms, expiry_of(summary->expiration, scope.now_ms));
  prepared.message = {.exchange = arrived.exchange,
                      .routing_key = arrived.routing_key,
                      .properties = arrived.properties,
                      .body = arrived.body,
                      .published_ms = scope.now_ms,
                      .expires_ms = expires_ms,
                      .priority = summary->priority.value_or(0),
                      .is_persistent = summary->delivery_mode.value_or(1) == persistent_delivery};
  // Also true of BCC, and of some who have neither.
  if (as_text(summary->headers).contains("CC")) TRY(take_copies(prepared));
  if (summary->reply_to == direct_reply_name) TRY(write_reply_address(scope, prepared));
  return {};
}

Outcome<core::Route> find_route(const Scope& scope, const Prepared& prepared) {
  const core::MessageView& message = prepared.message;
  if (!message.exchange.empty()) {
    const core::ExchangePtr exchange =
        scope.core().find_exchange({scope.vhost(), message.exchange});
    if (exchange != nullptr && exchange->is_internal) {
      return refuse(ReplyCode::access_refused,
                    fmt::format("cannot publish to internal {}",
                                named("exchange", message.exchange, scope.vhost())));
    }
  }
  core::Route route;
  core::RoutingQuestion question{.vhost = scope.vhost(),
                                 .exchange = message.exchange,
                                 .routing_key = message.routing_key,
                                 .headers = prepared.summary.headers,
                                 .properties = message.properties};
  auto found = scope.core().find_route(question, route);
  for (std::size_t n = 0; found && n < prepared.more_keys.size(); ++n) {
    question.routing_key = prepared.more_keys[n];
    found = scope.core().find_route(question, route);
  }
  if (!found && found.error().code() == ErrorCode::not_found) {
    return no_exchange(scope, message.exchange);
  }
  if (!found) return fail(refusal_of(found.error()));
  if (route.delay_ms > core::delay_ms_max) {
    return refuse(ReplyCode::precondition_failed,
                  fmt::format("invalid header '{}': {} ms, expected at most {}", core::delay_header,
                              route.delay_ms, core::delay_ms_max));
  }
  return route;
}

Targets targets_for(const Scope& scope, const core::MessageView& message,
                    const core::Route& route) {
  if (route.topics.empty()) return targets_of(route, std::nullopt, 0);
  const auto key = core::record_key_of(message);
  return targets_of(route, key ? std::optional(as_bytes(*key)) : std::nullopt,
                    scope.publisher.spread());
}

// Headers decide at headers exchanges, and what else may be hashed at consistent hash exchanges; one of them may lie
// behind any other exchange.
bool is_cacheable(const Prepared& prepared) {
  constexpr std::uint16_t headers = 1U << 13U;
  constexpr std::uint16_t correlation_id = 1U << 10U;
  constexpr std::uint16_t message_id = 1U << 7U;
  constexpr std::uint16_t timestamp = 1U << 6U;
  if (!prepared.more_keys.empty()) return false;
  if (prepared.message.exchange.empty()) return true;
  const auto flags = load_be<std::uint16_t>(prepared.message.properties.data());
  return (flags & (headers | correlation_id | message_id | timestamp)) == 0;
}

// Without a key it goes to another partition the next time.
bool is_spread(const core::MessageView& message, const Targets& targets) {
  return targets.front().refusal == core::Refusal::of_all && message.routing_key.empty();
}

void write_return(FrameBuffer& buffer, const Scope& scope, const ArrivedMessage& arrived) {
  encode_frame(buffer, scope.channel.number,
               BasicReturn{.reply_code = std::to_underlying(ReplyCode::no_route),
                           .reply_text = name_of(ReplyCode::no_route),
                           .exchange = arrived.exchange,
                           .routing_key = arrived.routing_key});
  encode_content(buffer, scope.channel.number,
                 {.properties = arrived.properties, .body = arrived.body},
                 scope.connection.frame_max);
}

Outcome<> check_transaction(const Transaction& transaction) {
  if (transaction.bytes() <= transaction_bytes_max) return {};
  return refuse(ReplyCode::precondition_failed,
                fmt::format("the transaction is larger than {} bytes", transaction_bytes_max));
}

Outcome<> give_back(Scope& scope, const ArrivedMessage& arrived) {
  ++scope.resources.statistics.messages_unroutable;
  if (arrived.is_mandatory) ++scope.resources.statistics.messages_returned;
  Channel& channel = scope.channel;
  if (channel.is_transactional()) {
    if (arrived.is_mandatory) write_return(channel.transaction->returns, scope, arrived);
    return check_transaction(*channel.transaction);
  }
  if (arrived.is_mandatory) write_return(scope.output.frames(), scope, arrived);
  if (channel.is_confirming) scope.confirm_early();
  return {};
}

Outcome<> check_record_size(const core::MessageView& message, const Targets& targets) {
  for (const ShardTargets& target : targets) {
    if (target.refusal == core::Refusal::of_one) return {};
    const std::size_t size = core::estimated_record_size(message);
    if (size <= target.record_bytes_max) continue;
    return refuse(
        ReplyCode::precondition_failed,
        fmt::format("a record of about {} bytes is larger than its topic allows ({}, its setting "
                    "max.message.bytes)",
                    size, target.record_bytes_max));
  }
  return {};
}

Outcome<> send_on(Scope& scope, const core::MessageView& message, const Targets& targets) {
  Channel& channel = scope.channel;
  TRY(check_record_size(message, targets));
  if (channel.is_transactional()) {
    for (const ShardTargets& target : targets) {
      channel.transaction->batch_for(target.shard).add(message, target.logs, target.refusal);
    }
    return check_transaction(*channel.transaction);
  }
  const std::uint64_t number = channel.is_confirming ? channel.confirms.add(targets.size()) : 0;
  scope.publisher.add(message, targets, channel.instance, number);
  return {};
}

// Some exchanges of the route hold it; the queues that others lead to have it at once.
Outcome<> send_delayed(Scope& scope, Prepared& prepared, const core::Route& route,
                       const Targets& targets) {
  const core::MessageView& message = prepared.message;
  TRY(check_record_size(message, targets));
  Channel& channel = scope.channel;
  const bool is_confirming = channel.is_confirming && !channel.is_transactional();
  const std::uint64_t number =
      is_confirming ? channel.confirms.add(targets.size() + route.delaying.size()) : 0;
  core::Delay delay{.due_ms = scope.now_ms + route.delay_ms,
                    .vhost = scope.vhost(),
                    .exchange = {},
                    .more_keys = std::move(prepared.more_keys)};
  if (!channel.is_transactional()) scope.publisher.add(message, targets, channel.instance, number);
  for (const core::ExchangePtr& exchange : route.delaying) {
    delay.exchange = exchange->name.name;
    if (channel.is_transactional()) {
      const ShardId here = scope.core().shard().id();
      channel.transaction->batch_for(here).add_delayed(message, delay, here, scope.now_ms);
    } else {
      scope.publisher.add_delayed(message, delay, channel.instance, number);
    }
  }
  return channel.is_transactional() ? send_on(scope, message, targets) : Outcome<>{};
}

// Nothing: it is not for a requester.
std::optional<bool> send_reply(const Scope& scope, const core::MessageView& message) {
  if (!message.exchange.empty()) return std::nullopt;
  const auto address = ReplyAddress::parse(message.routing_key);
  if (!address) return std::nullopt;
  return scope.resources.replies.send(scope.core().shard(), *address, message);
}

void count_published(Channel& channel, Statistics& statistics, std::size_t size) {
  if (!channel.as_publisher) channel.as_publisher.emplace(statistics.publishers_open);
  ++statistics.messages_published;
  statistics.message_bytes_published += size;
  const auto limit = std::ranges::lower_bound(message_size_limits, size);
  ++statistics.messages_by_size[static_cast<std::size_t>(limit - message_size_limits.begin())];
}

}  // namespace

Outcome<> check_body_size(const Scope& scope, std::uint64_t body_size) {
  const std::size_t max = scope.resources.options.message_bytes_max;
  if (body_size <= max) return {};
  return refuse(
      ReplyCode::precondition_failed,
      fmt::format("message size {} is larger than configured max size {}", body_size, max));
}

Outcome<> publish(Scope& scope, const ArrivedMessage& arrived) {
  if (arrived.is_immediate) return refuse(ReplyCode::not_implemented, "immediate=true");
  Prepared prepared;
  TRY(prepare(scope, arrived, prepared));
  const core::MessageView& message = prepared.message;
  Channel& channel = scope.channel;
  count_published(channel, scope.resources.statistics, message.body.size());
  const std::uint64_t version = scope.core().catalog_version();
  if (is_cacheable(prepared)) {
    const Targets* targets = channel.routes.find(version, message.exchange, message.routing_key);
    if (targets != nullptr && !targets->empty()) [[likely]]
      return send_on(scope, message, *targets);
  }
  if (const auto is_sent = send_reply(scope, message)) {
    if (!*is_sent) return give_back(scope, arrived);
    if (channel.is_confirming) scope.confirm_early();
    return {};
  }
  TRY(const core::Route route, find_route(scope, prepared));
  if (route.empty()) return give_back(scope, arrived);
  Targets targets = targets_for(scope, message, route);
  if (!route.delaying.empty()) return send_delayed(scope, prepared, route, targets);
  if (!is_cacheable(prepared) || is_spread(message, targets))
    return send_on(scope, message, targets);
  return send_on(
      scope, message,
      channel.routes.put(version, message.exchange, message.routing_key, std::move(targets)));
}

}  // namespace koine::amqp
