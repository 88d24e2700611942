// What is in a queue, and what comes into it: send, publish to an exchange, peek, purge.
#include <fmt/format.h>

#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "protocols/http/cloud_event.h"
#include "protocols/http/exchange_json.h"
#include "protocols/http/handlers/queues.h"
#include "protocols/http/kept_answer.h"
#include "protocols/http/keyed_request.h"
#include "protocols/http/koine_fields.h"
#include "protocols/http/message_draft.h"
#include "protocols/http/message_json.h"
#include "protocols/http/percent.h"
#include "protocols/http/publication.h"
#include "protocols/http/queue_names.h"

namespace koine::http {

namespace {

constexpr std::int64_t peek_max = 1000;
constexpr std::int64_t peek_default = 10;
constexpr std::size_t messages_max = 10'000;

constexpr std::string_view messages_schema =
    R"({"type":"object","additionalProperties":false,"required":["messages"],"properties":{)"
    R"("messages":{"type":"array","items":{"type":"object","properties":{)"
    R"("value":{},"value_base64":{"type":"string"},"headers":{"type":"object"},)"
    R"("headers_base64":{"type":"object"},"routing_key":{"type":"string"},)"
    R"("content_type":{"type":"string"},"content_encoding":{"type":"string"},)"
    R"("message_id":{"type":"string"},"correlation_id":{"type":"string"},)"
    R"("reply_to":{"type":"string"},"type":{"type":"string"},"app_id":{"type":"string"},)"
    R"("priority":{"type":"integer","minimum":0,"maximum":255},)"
    R"("expiration_ms":{"type":"integer","minimum":0}}}}}})";

// Where the messages of a request go; the key of each may be its own if it is an exchange.
struct Destination {
  std::string exchange;
  std::string routing_key;
  bool has_keys = false;
};

Outcome<> check_count(const Scope& scope, std::size_t count) {
  const std::size_t most = scope.keyed != nullptr ? keyed_count_max : messages_max;
  if (count <= most) return {};
  return refuse(Status::content_too_large,
                fmt::format("{} messages, expected at most {}{}", count, most,
                            scope.keyed != nullptr ? " with an Idempotency-Key" : ""));
}

Outcome<> add_batch(const Scope& scope, const Request& request, const Destination& to,
                    Publication& publication, std::vector<std::size_t>& routed) {
  TRY(refuse_fields_of_one(request, {"koine-routing-key", "koine-mandatory"}));
  TRY(const JsonDocument document, JsonDocument::parse(request.body.view()));
  TRY(JsonObject fields, document.root().as_object());
  TRY(const JsonArray messages, fields.required<JsonArray>("messages"));
  TRY(fields.end());
  TRY(check_count(scope, messages.size()));
  for (const JsonValue& each : messages) {
    TRY(JsonObject message, each.as_object());
    std::string key = to.routing_key;
    if (to.has_keys) {
      TRY(const auto own, message.optional<std::string_view>("routing_key"));
      if (own) key = *own;
      TRY(check_routing_key(key));
    }
    TRY(const MessageDraft draft, MessageDraft::from_json(message));
    TRY(message.end());
    TRY(const std::size_t count, publication.add(to.exchange, key, draft));
    routed.push_back(count);
  }
  return {};
}

Outcome<> add_events(const Scope& scope, const Request& request, const Destination& to,
                     Publication& publication, std::vector<std::size_t>& routed) {
  TRY(refuse_fields_of_one(request, {"koine-routing-key", "koine-mandatory"}));
  TRY(const JsonDocument document, JsonDocument::parse(request.body.view()));
  TRY(const JsonArray events, document.root().as_array());
  TRY(check_count(scope, events.size()));
  for (const JsonValue& event : events) {
    TRY(const MessageDraft draft, MessageDraft::from_event(event));
    TRY(const std::size_t count, publication.add(to.exchange, to.routing_key, draft));
    routed.push_back(count);
  }
  return {};
}

struct Sent {
  std::vector<std::size_t> routed;  // of each message: to how many queues
  bool is_batch = false;
};

// Nothing is stored unless all messages are right. `answer`: what is answered then. Problems: too_many_requests (a queue is full),
// not_found (mandatory).
Task<Outcome<Response>> send(const Scope& scope, const Request& request, Destination to,
                             bool is_mandatory, Response (*answer)(const Sent&)) {
  CO_TRY(check_routing_key(to.routing_key));
  Publication publication(scope.engine(), vhost_of(request), scope.keyed);
  const bool is_events =
      is_media_type(request.header("content-type").value_or(""), event_batch_type);
  Sent sent{.routed = {}, .is_batch = is_events || request.content_type() == messages_type};
  if (is_events) {
    CO_TRY(add_events(scope, request, to, publication, sent.routed));
  } else if (sent.is_batch) {
    CO_TRY(add_batch(scope, request, to, publication, sent.routed));
  } else {
    CO_TRY(const MessageDraft draft, MessageDraft::from_request(request));
    CO_TRY(const std::size_t count, publication.add(to.exchange, to.routing_key, draft));
    sent.routed.push_back(count);
  }
  for (std::size_t n = 0; is_mandatory && n < sent.routed.size(); ++n) {
    if (sent.routed[n] > 0) continue;
    co_return refuse(Status::not_found,
                     fmt::format("message {} goes to no queue; nothing was stored", n))
        .with("message", static_cast<std::int64_t>(n));
  }
  Response response = answer(sent);
  CO_TRY(const auto rejected, co_await publication.store(&response));
  if (rejected.empty()) co_return response;
  co_return refuse(Status::too_many_requests,
                   fmt::format("{} of {} messages were refused by a queue that is full",
                               rejected.size(), sent.routed.size()))
      .with("refused", fmt::format("{}", fmt::join(rejected, ",")))
      .with("messages", static_cast<std::int64_t>(sent.routed.size()));
}

Response answer_sent(const Sent& sent) {
  return Response::json(fmt::format(R"({{"sent":{}}})", sent.routed.size()), Status::created);
}

Response answer_published(const Sent& sent) {
  if (!sent.is_batch) {
    return Response::json(fmt::format(R"({{"routed":{}}})", sent.routed.front()), Status::created);
  }
  return Response::json(fmt::format(R"({{"routed":[{}]}})", fmt::join(sent.routed, ",")),
                        Status::created);
}

Task<Outcome<Response>> send_to_queue(Scope& scope, Request& request) {
  CO_TRY(const core::QueuePtr queue, find_queue(scope, request));
  Destination to{.exchange = "", .routing_key = queue->spec.name.name};
  co_return co_await send(scope, request, std::move(to), true, answer_sent);
}

Outcome<bool> is_mandatory(const Request& request) {
  const std::string_view value = request.header("koine-mandatory").value_or("false");
  if (value == "true" || value == "false") return value == "true";
  return refuse(Status::bad_request,
                fmt::format("Koine-Mandatory: found '{}', expected true or false", value));
}

Outcome<Destination> destination_of(const Request& request) {
  const std::string_view exchange = request.arguments.text("exchange");
  auto key = percent_decoded(request.header("koine-routing-key").value_or(""));
  if (!key) {
    return refuse(Status::bad_request,
                  "Koine-Routing-Key: a '%' without two hexadecimal digits after it");
  }
  return Destination{.exchange = exchange == default_exchange ? "" : std::string(exchange),
                     .routing_key = std::move(*key),
                     .has_keys = true};
}

Task<Outcome<Response>> publish(Scope& scope, Request& request) {
  CO_TRY(Destination to, destination_of(request));
  CO_TRY(const bool mandatory, is_mandatory(request));
  co_return co_await send(scope, request, std::move(to), mandatory, answer_published);
}

// Those that are events.
Outcome<Response> show_events(Scope& scope, const std::vector<core::GotMessage>& messages) {
  std::string out = "[";
  for (const core::GotMessage& message : messages) {
    TRY(const core::MessageView view, core::decode_message(message.stored.view()));
    const std::size_t before = out.size();
    if (before > 1) out += ',';
    if (!append_cloud_event(out, view, scope.resources.record_json)) out.resize(before);
  }
  return Response::text(event_batch_type, out + "]");
}

Task<Outcome<Response>> peek(Scope& scope, Request& request) {
  CO_TRY(const core::QueuePtr queue, find_queue(scope, request));
  const auto limit = static_cast<std::uint32_t>(request.arguments.number_or("limit", peek_default));
  CO_TRY(const auto messages, co_await scope.engine().queue_client().peek(queue, limit));
  if (request.accepts(event_batch_type, "application/json")) {
    co_return show_events(scope, messages);
  }
  JsonWriter json;
  json.begin_object().key("messages").begin_array();
  for (const core::GotMessage& message : messages) {
    json.begin_object();
    CO_TRY(write_message(json, message, scope.resources.record_json));
    json.end_object();
  }
  json.end_array();
  co_return Response::json(std::move(json.end_object()).take());
}

Task<Outcome<Response>> purge(Scope& scope, Request& request) {
  CO_TRY(const core::QueuePtr queue, find_shared_queue(scope, request));
  core::LocalQueueClient& client = scope.engine().queue_client();
  const auto answer = [](auto count) {
    return Response::json(fmt::format(R"({{"purged":{}}})", count));
  };
  if (scope.keyed != nullptr) {
    auto piece = answer_piece_of(scope.keyed, answer(result_mark));
    CO_TRY(const std::uint64_t count, co_await client.purge_queue(queue, std::move(piece)));
    if (count > 0) scope.keyed->set_kept();
    co_return answer(count);
  }
  CO_TRY(const std::uint64_t purged, co_await client.purge_queue(queue));
  // Durable before it is said.
  CO_TRY(co_await client.settle_durably(queue, {}));
  co_return answer(purged);
}

}  // namespace

void add_queue_message_routes(std::vector<Route>& routes) {
  const Parameter queue{
      .name = "queue", .description = "The queue's name.", .place = Parameter::Place::path};
  const std::vector<Content> json = {{"application/json"}};
  const std::vector<Content> any = {
      {"*/*"}, {messages_type, messages_schema}, {event_type}, {event_batch_type}};
  const auto header = [](std::string_view name, std::string_view sentence) {
    return Parameter{.name = name, .description = sentence, .place = Parameter::Place::header};
  };
  const std::vector<Parameter> properties = {
      header("Koine-Message-Id", "The message's id."),
      header("Koine-Correlation-Id", "What it answers, or belongs to."),
      header("Koine-Reply-To", "Where an answer goes."),
      header("Koine-Type", "What kind of message it is."),
      header("Koine-App-Id", "Who made it."),
      header("Koine-Priority", "0 to 255."),
      header("Koine-Expiration-Ms", "It is dead after so many milliseconds."),
      header("Koine-Delay-Ms", "It is there after so many milliseconds."),
      header("Koine-Header-*", "A header of the message, percent-encoded."),
      header("ce-*", "An attribute of a CloudEvent in binary mode.")};
  std::vector<Parameter> send_parameters = {queue, vhost_parameter()};
  send_parameters.insert(send_parameters.end(), properties.begin(), properties.end());
  std::vector<Parameter> publish_parameters = {
      {.name = "exchange",
       .description = "The exchange's name; amq.default: the one that has none.",
       .place = Parameter::Place::path},
      vhost_parameter(),
      header("Koine-Routing-Key", "Percent-encoded; default: empty."),
      header("Koine-Mandatory", "`true`: 404 if no queue takes it.")};
  publish_parameters.insert(publish_parameters.end(), properties.begin(), properties.end());
  constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();
  routes.push_back({.method = Method::post,
                    .pattern = "/v1/queues/{queue}/messages",
                    .operation = "sendMessages",
                    .tag = "queues",
                    .summary = "Sends the body as a message, or a list of messages.",
                    .parameters = std::move(send_parameters),
                    .request = any,
                    .answers = {{Status::created, "They are in the queue.", json}},
                    .handler = send_to_queue,
                    .body_bytes_max = unlimited,
                    .keys = Keys::kept});
  routes.push_back({.method = Method::post,
                    .pattern = "/v1/exchanges/{exchange}/messages",
                    .operation = "publishMessages",
                    .tag = "exchanges",
                    .summary = "Publishes the body as a message, or a list of messages.",
                    .parameters = std::move(publish_parameters),
                    .request = any,
                    .answers = {{Status::created, "To how many queues each went.", json}},
                    .handler = publish,
                    .body_bytes_max = unlimited,
                    .keys = Keys::kept});
  routes.push_back({.method = Method::get,
                    .pattern = "/v1/queues/{queue}/messages",
                    .operation = "peekMessages",
                    .tag = "queues",
                    .summary = "The messages that would be next, without taking them.",
                    .parameters = {queue,
                                   vhost_parameter(),
                                   {.name = "limit",
                                    .description = "How many, at most; default: 10.",
                                    .type = Parameter::Type::number,
                                    .min = 1,
                                    .max = peek_max}},
                    .answers = {{Status::ok,
                                 "The messages; those that are CloudEvents.",
                                 {{"application/json"}, {event_batch_type}}}},
                    .handler = peek});
  routes.push_back({.method = Method::remove,
                    .pattern = "/v1/queues/{queue}/messages",
                    .operation = "purgeQueue",
                    .tag = "queues",
                    .summary = "Drops what is ready in a queue.",
                    .parameters = {queue, vhost_parameter()},
                    .answers = {{Status::ok, "How many there were.", json}},
                    .handler = purge,
                    .keys = Keys::kept});
}

}  // namespace koine::http
