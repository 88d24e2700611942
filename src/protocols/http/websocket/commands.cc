// What a client says on a WebSocket: one JSON object a message, whose `op` says what it is.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "protocols/http/streams/event_stream.h"
#include "protocols/http/websocket/topic_subscription.h"
#include "protocols/http/websocket/websocket.h"

namespace koine::http {

namespace {

Outcome<std::vector<PartitionId>> partitions_of(const JsonArray& numbers,
                                                const core::Topic& topic) {
  std::vector<PartitionId> partitions;
  for (const JsonValue& value : numbers) {
    TRY(const std::int64_t number, value.as_number());
    if (number < 0 || number >= static_cast<std::int64_t>(topic.partitions.size())) {
      return refuse(Status::bad_request, fmt::format("{}: found {}, topic {} has {}", value.place(),
                                                     number, topic.name, topic.partitions.size()));
    }
    partitions.emplace_back(static_cast<std::int32_t>(number));
  }
  return partitions;
}

Outcome<RecordFilter> filter_of(JsonObject& fields) {
  RecordFilter filter;
  TRY(const auto key, fields.optional<std::string_view>("key"));
  if (key) filter.key = *key;
  TRY(const auto headers, fields.optional<JsonObject>("headers"));
  if (!headers) return filter;
  for (const auto& [name, value] : headers->fields()) {
    TRY(const std::string_view text, value.as_text());
    filter.headers.push_back({std::string(name), std::string(text)});
  }
  return filter;
}

Outcome<core::ReadStart> start_of(JsonObject& fields, const core::Topic& topic) {
  TRY(const auto from, fields.optional<std::string_view>("from"));
  TRY(const auto after, fields.optional<std::string_view>("after"));
  TRY(const auto time, fields.optional<std::int64_t>("time_ms"));
  if (from.has_value() + after.has_value() + time.has_value() > 1) {
    return refuse(Status::bad_request, "from, after, time_ms: only one of them");
  }
  core::ReadStart start;
  if (after) {
    start.at = core::ReadStart::At::position;
    TRY(start.position, core::parse_position(topic, *after));
  } else if (time) {
    start.at = core::ReadStart::At::time;
    start.time_ms = *time;
  } else if (from == "start") {
    start.at = core::ReadStart::At::start;
  } else if (from && *from != "end") {
    return refuse(Status::bad_request,
                  fmt::format("from: found '{}', expected start or end", *from));
  }
  return start;
}

Outcome<std::int64_t> credit_of(std::optional<std::int64_t> credit) {
  if (!credit) return 0;
  if (*credit >= 0 && *credit <= credit_max) return *credit;
  return refuse(Status::bad_request,
                fmt::format("credit: found {}, expected 0 to {}", *credit, credit_max));
}

// Whom an error is about: `,"id":7` or `,"seq":7`.
std::string subject_of(JsonObject& fields) {
  for (const char* name : {"seq", "id"}) {
    const auto number = fields.optional<std::int64_t>(name);
    if (number && *number) return fmt::format(R"(,"{}":{})", name, **number);
  }
  return {};
}

}  // namespace

void WebSocket::take_command(ByteView text) {
  std::string subject;
  Outcome<> outcome;
  if (const auto document = JsonDocument::parse(text, "message"); !document) {
    outcome = fail(document.error());
  } else if (auto fields = document->root().as_object(); !fields) {
    outcome = fail(fields.error());
  } else {
    JsonObject again = *fields;
    subject = subject_of(again);
    outcome = do_command(*fields);
  }
  if (outcome) return;
  output_->send_text(
      fmt::format(R"({{"op":"error"{},"problem":{}}})", subject, outcome.error().to_json()));
}

Outcome<> WebSocket::do_command(JsonObject& fields) {
  TRY(const std::string_view op, fields.required<std::string_view>("op"));
  if (op == "subscribe") return subscribe(fields);
  if (op == "unsubscribe") return unsubscribe(fields);
  if (op == "credit") return add_credit(fields);
  if (op == "publish") return publish(fields);
  if (op == "ping") {
    TRY(const auto seq, fields.required<std::int64_t>("seq"));
    TRY(fields.end());
    output_->send_text(fmt::format(R"({{"op":"pong","seq":{}}})", seq));
    return {};
  }
  return refuse(Status::bad_request,
                fmt::format("op: found '{}', expected subscribe, unsubscribe, credit, publish or "
                            "ping",
                            op));
}

Outcome<> WebSocket::subscribe(JsonObject& fields) {
  TRY(const auto id, fields.required<std::int64_t>("id"));
  std::erase_if(subscriptions_, [](const auto& each) { return each.second->is_over(); });
  if (subscriptions_.contains(id)) {
    return refuse(Status::conflict, fmt::format("there is a subscription {} already", id));
  }
  if (subscriptions_.size() >= subscriptions_max) {
    return refuse(Status::too_many_requests,
                  fmt::format("a socket has at most {} subscriptions", subscriptions_max));
  }
  TRY(const auto queue, fields.optional<std::string_view>("queue"));
  if (queue) {
    return refuse(
        Status::not_implemented,
        "queues are not served on a WebSocket; lease messages at /v1/queues/{queue}/leases");
  }
  TRY(const auto topic, fields.required<std::string_view>("topic"));
  return subscribe_topic(id, topic, fields);
}

Outcome<> WebSocket::subscribe_topic(std::int64_t id, std::string_view name, JsonObject& fields) {
  core::TopicPtr topic = resources_.engine.catalog().find(name);
  if (topic == nullptr) {
    return refuse(Status::not_found, fmt::format("there is no topic '{}'", name));
  }
  TRY(const auto numbers, fields.optional<JsonArray>("partitions"));
  std::vector<PartitionId> partitions;
  if (numbers) {
    TRY(partitions, partitions_of(*numbers, *topic));
  }
  TRY(core::ReadStart start, start_of(fields, *topic));
  TRY(RecordFilter filter, filter_of(fields));
  TRY(const auto asked, fields.optional<std::int64_t>("credit"));
  TRY(const std::int64_t credit, credit_of(asked));
  TRY(fields.end());
  auto cursor = std::make_unique<TopicCursor>(resources_.tails, std::move(topic),
                                              std::move(partitions), std::move(filter));
  auto subscription =
      std::make_unique<TopicSubscription>(resources_, *output_, id, std::move(cursor), credit);
  subscription->start(std::move(start));
  subscriptions_[id] = std::move(subscription);
  return {};
}

Outcome<SocketSubscription*> WebSocket::find(JsonObject& fields) {
  TRY(const auto id, fields.required<std::int64_t>("id"));
  const auto found = subscriptions_.find(id);
  if (found != subscriptions_.end()) return found->second.get();
  return refuse(Status::not_found, fmt::format("there is no subscription {}", id));
}

Outcome<> WebSocket::unsubscribe(JsonObject& fields) {
  TRY(const auto id, fields.required<std::int64_t>("id"));
  TRY(fields.end());
  auto found = subscriptions_.extract(id);
  if (!found) return refuse(Status::not_found, fmt::format("there is no subscription {}", id));
  gate_.spawn(close_subscription(std::move(found.mapped()), id));
  return {};
}

Task<void> WebSocket::close_subscription(std::unique_ptr<SocketSubscription> subscription,
                                         std::int64_t id) {
  co_await subscription->close();
  output_->send_text(fmt::format(R"({{"op":"end","id":{},"reason":"unsubscribed"}})", id));
}

Outcome<> WebSocket::add_credit(JsonObject& fields) {
  TRY(SocketSubscription* const subscription, find(fields));
  TRY(const auto asked, fields.required<std::int64_t>("credit"));
  TRY(const std::int64_t credit, credit_of(asked));
  TRY(fields.end());
  subscription->add_credit(credit);
  return {};
}

}  // namespace koine::http
