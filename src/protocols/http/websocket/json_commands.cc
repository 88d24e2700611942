#include "protocols/http/websocket/json_commands.h"

#include <fmt/format.h>

#include <utility>

#include "protocols/http/exchange_json.h"

namespace koine::http {

namespace {

Outcome<std::vector<std::int64_t>> partitions_of(JsonObject& fields) {
  std::vector<std::int64_t> partitions;
  TRY(const auto numbers, fields.optional<JsonArray>("partitions"));
  if (!numbers) return partitions;
  for (const JsonValue& value : *numbers) {
    TRY(const std::int64_t number, value.as_number());
    partitions.push_back(number);
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

Outcome<> read_start(JsonObject& fields, SubscribeTopic& command) {
  TRY(const auto from, fields.optional<std::string_view>("from"));
  TRY(const auto after, fields.optional<std::string_view>("after"));
  TRY(const auto time, fields.optional<std::int64_t>("time_ms"));
  if (from.has_value() + after.has_value() + time.has_value() > 1) {
    return refuse(Status::bad_request, "from, after, time_ms: only one of them");
  }
  if (after) {
    command.at = core::ReadStart::At::position;
    command.after = *after;
  } else if (time) {
    command.at = core::ReadStart::At::time;
    command.time_ms = *time;
  } else if (from == "start") {
    command.at = core::ReadStart::At::start;
  } else if (from && *from != "end") {
    return refuse(Status::bad_request,
                  fmt::format("from: found '{}', expected start or end", *from));
  }
  return {};
}

Outcome<SocketCommand> read_subscribe_queue(JsonObject& fields, std::int64_t id,
                                            std::int64_t credit, std::string_view queue) {
  SubscribeQueue command{.id = id, .credit = credit, .queue = queue};
  TRY(const auto vhost, fields.optional<std::string_view>("vhost"));
  TRY(const auto lease_ms, fields.optional<std::int64_t>("lease_ms"));
  command.vhost = vhost.value_or("/");
  command.lease_ms = lease_ms.value_or(lease_ms_default);
  return command;
}

Outcome<SocketCommand> read_subscribe(JsonObject& fields) {
  TRY(const auto id, fields.required<std::int64_t>("id"));
  TRY(const auto credit, fields.optional<std::int64_t>("credit"));
  TRY(const auto queue, fields.optional<std::string_view>("queue"));
  if (queue) return read_subscribe_queue(fields, id, credit.value_or(0), *queue);
  SubscribeTopic command{.id = id, .credit = credit.value_or(0)};
  TRY(command.topic, fields.required<std::string_view>("topic"));
  TRY(command.partitions, partitions_of(fields));
  TRY(read_start(fields, command));
  TRY(command.filter, filter_of(fields));
  return command;
}

Outcome<SocketCommand> read_publish_message(JsonObject& fields, std::int64_t seq,
                                            std::optional<std::string_view> queue,
                                            std::string_view exchange) {
  TRY(const auto vhost, fields.optional<std::string_view>("vhost"));
  std::string_view routing_key;
  bool is_mandatory = true;
  if (!queue) {
    TRY(const auto key, fields.optional<std::string_view>("routing_key"));
    TRY(const auto mandatory, fields.optional<bool>("mandatory"));
    routing_key = key.value_or("");
    is_mandatory = mandatory.value_or(false);
  }
  TRY(MessageDraft draft, MessageDraft::from_json(fields));
  return PublishMessage{.seq = seq,
                        .vhost = vhost.value_or("/"),
                        .queue = queue,
                        .exchange = exchange == default_exchange ? "" : exchange,
                        .routing_key = routing_key,
                        .is_mandatory = is_mandatory,
                        .draft = std::move(draft)};
}

Outcome<SocketCommand> read_publish(JsonObject& fields) {
  TRY(const auto seq, fields.required<std::int64_t>("seq"));
  TRY(const auto queue, fields.optional<std::string_view>("queue"));
  TRY(const auto exchange, fields.optional<std::string_view>("exchange"));
  TRY(const auto topic, fields.optional<std::string_view>("topic"));
  if (queue.has_value() + exchange.has_value() + topic.has_value() != 1) {
    return refuse(Status::bad_request, "topic, queue, exchange: expected one of them");
  }
  if (!topic) return read_publish_message(fields, seq, queue, exchange.value_or(""));
  TRY(RecordDraft draft, RecordDraft::from_json(fields));
  return PublishRecord{.seq = seq, .topic = *topic, .draft = std::move(draft)};
}

Outcome<std::vector<core::LeaseId>> leases_of(JsonObject& fields) {
  TRY(const auto values, fields.required<JsonArray>("leases"));
  if (values.size() > settled_max) {
    return refuse(Status::content_too_large,
                  fmt::format("{} leases, expected at most {}", values.size(), settled_max));
  }
  std::vector<core::LeaseId> leases;
  for (const JsonValue& value : values) {
    TRY(const std::string_view text, value.as_text());
    const auto lease = core::LeaseId::parse(text);
    if (!lease) {
      return refuse(Status::bad_request, fmt::format("{}: '{}' is no lease", value.place(), text));
    }
    leases.push_back(*lease);
  }
  return leases;
}

Outcome<SocketCommand> read_end_leases(JsonObject& fields, core::Settlement::Kind kind) {
  EndLeases command{.seq = {}, .kind = kind, .id = {}, .leases = {}};
  TRY(command.seq, fields.optional<std::int64_t>("seq"));
  TRY(command.id, fields.optional<std::int64_t>("id"));
  TRY(command.leases, leases_of(fields));
  return command;
}

Outcome<SocketCommand> read_extend(JsonObject& fields) {
  ExtendLeases command;
  TRY(command.seq, fields.optional<std::int64_t>("seq"));
  TRY(command.id, fields.optional<std::int64_t>("id"));
  TRY(command.lease_ms, fields.required<std::int64_t>("lease_ms"));
  TRY(command.leases, leases_of(fields));
  return command;
}

Outcome<SocketCommand> read_of(std::string_view op, JsonObject& fields) {
  using Kind = core::Settlement::Kind;
  if (op == "publish") return read_publish(fields);
  if (op == "ack") return read_end_leases(fields, Kind::ack);
  if (op == "release") return read_end_leases(fields, Kind::requeue);
  if (op == "reject") return read_end_leases(fields, Kind::dead_letter);
  if (op == "extend") return read_extend(fields);
  if (op == "subscribe") return read_subscribe(fields);
  if (op == "unsubscribe") {
    TRY(const auto id, fields.required<std::int64_t>("id"));
    return Unsubscribe{.id = id};
  }
  if (op == "credit") {
    TRY(const auto id, fields.required<std::int64_t>("id"));
    TRY(const auto credit, fields.required<std::int64_t>("credit"));
    return AddCredit{.id = id, .credit = credit};
  }
  if (op == "ping") {
    TRY(const auto seq, fields.required<std::int64_t>("seq"));
    return PingCommand{.seq = seq};
  }
  return refuse(Status::bad_request,
                fmt::format("op: found '{}', expected subscribe, unsubscribe, credit, publish, "
                            "ack, release, reject, extend or ping",
                            op));
}

}  // namespace

Outcome<SocketCommand> read_json_command(JsonObject& fields) {
  TRY(const auto op, fields.required<std::string_view>("op"));
  TRY(SocketCommand command, read_of(op, fields));
  TRY(fields.end());
  return command;
}

CommandSubject subject_of(JsonObject fields) {
  using Kind = CommandSubject::Kind;
  const auto seq = fields.optional<std::int64_t>("seq");
  if (seq && *seq) return {Kind::seq, **seq};
  const auto id = fields.optional<std::int64_t>("id");
  if (id && *id) return {Kind::id, **id};
  return {};
}

}  // namespace koine::http
