#include "protocols/http/handlers/leases.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "core/queues/lease_client.h"
#include "protocols/http/cloud_event.h"
#include "protocols/http/json_reader.h"
#include "protocols/http/json_writer.h"
#include "protocols/http/keyed_request.h"
#include "protocols/http/lease_limits.h"
#include "protocols/http/message_json.h"
#include "protocols/http/queue_names.h"
#include "runtime/gate.h"
#include "runtime/wait_any.h"

namespace koine::http {

namespace {

constexpr std::int64_t messages_max = 1000;
constexpr std::int64_t wait_ms_max = 60'000;

constexpr std::string_view lease_schema =
    R"({"type":"object","additionalProperties":false,"properties":{)"
    R"("max":{"type":"integer","minimum":1,"maximum":1000,"default":1},)"
    R"("wait_ms":{"type":"integer","minimum":0,"maximum":60000,"default":0},)"
    R"("lease_ms":{"type":"integer","minimum":1,"maximum":43200000,"default":30000}}})";
constexpr std::string_view extend_schema =
    R"({"type":"object","additionalProperties":false,"required":["lease_ms"],"properties":{)"
    R"("lease_ms":{"type":"integer","minimum":1,"maximum":43200000}}})";
constexpr std::string_view settle_schema =
    R"({"type":"object","additionalProperties":false,"properties":{)"
    R"("ack":{"type":"array","items":{"type":"string"}},)"
    R"("release":{"type":"array","items":{"type":"string"}},)"
    R"("reject":{"type":"array","items":{"type":"string"}}}})";

Outcome<std::int64_t> number_in(JsonObject& fields, std::string_view name, std::int64_t otherwise,
                                std::int64_t min, std::int64_t max) {
  TRY(const auto number, fields.optional<std::int64_t>(name));
  const std::int64_t value = number.value_or(otherwise);
  if (value >= min && value <= max) return value;
  return refuse(Status::bad_request, fmt::format("{}.{}: found {}, expected {} to {}",
                                                 fields.place(), name, value, min, max));
}

Outcome<core::LeaseRequest> read_lease(const Request& request) {
  const ByteView body = request.body.empty() ? as_bytes("{}") : request.body.view();
  TRY(const JsonDocument document, JsonDocument::parse(body));
  TRY(JsonObject fields, document.root().as_object());
  TRY(const std::int64_t count, number_in(fields, "max", 1, 1, messages_max));
  TRY(const std::int64_t wait_ms, number_in(fields, "wait_ms", 0, 0, wait_ms_max));
  TRY(const std::int64_t lease_ms,
      number_in(fields, "lease_ms", lease_ms_default, 1, lease_ms_max));
  TRY(fields.end());
  return core::LeaseRequest{.messages_max = static_cast<std::uint32_t>(count),
                            .wait = std::chrono::milliseconds(wait_ms),
                            .duration = std::chrono::milliseconds(lease_ms)};
}

// Cancels the call when the client goes away or the server drains.
struct LeaseWatch {
  explicit LeaseWatch(io::Reactor& reactor) : finished(reactor) {}
  runtime::Signal finished;
  bool is_finished = false;
};
Task<void> watch(Scope& scope, core::QueuePtr queue, std::shared_ptr<core::LeaseCall> call,
                 LeaseWatch& state) {
  const std::array<runtime::Signal*, 2> signals = {&scope.stop.changed(), &state.finished};
  while (!state.is_finished && !scope.stop.is_set()) {
    co_await runtime::WaitAny(signals, never);
  }
  if (!state.is_finished) core::cancel_lease_call(scope.engine(), *queue, std::move(call));
}

using Leased = Result<std::vector<core::LeasedMessage>>;

Task<Leased> lease_watched(Scope& scope, core::QueuePtr queue, core::LeaseRequest request) {
  const auto call = std::make_shared<core::LeaseCall>();
  LeaseWatch state(scope.shard().reactor());
  runtime::Gate gate;
  const bool waits = request.wait > Duration::zero();
  if (waits) gate.spawn(watch(scope, queue, call, state));
  Leased leased =
      co_await core::lease_messages(scope.engine(), queue, request, call, piece_of(scope.keyed, 0));
  state.is_finished = true;
  state.finished.notify_all();
  co_await gate.close();
  co_return leased;
}

core::LeaseId id_of(const core::QueueInfo& queue, const core::LeasedMessage& leased) {
  return {.queue = queue.id(), .position = leased.message.position, .number = leased.number};
}

// Nobody is there to get them: they are as if they had not been leased.
Task<void> give_back(Scope& scope, core::QueuePtr queue,
                     const std::vector<core::LeasedMessage>& leased) {
  std::vector<core::LeaseEnd> ends;
  for (const core::LeasedMessage& each : leased) {
    ends.push_back({id_of(*queue, each), core::Settlement::Kind::requeue});
  }
  (void)co_await core::settle_leases(scope.engine(), std::move(ends));
}

// As events, each with its lease; nothing: there is one that is none.
std::optional<std::string> as_events(Scope& scope, const core::QueueInfo& queue,
                                     const std::vector<core::LeasedMessage>& leased) {
  std::string out = "[";
  for (const core::LeasedMessage& each : leased) {
    const auto view = core::decode_message(each.message.stored.view());
    if (!view) return std::nullopt;
    if (out.size() > 1) out += ',';
    if (!append_cloud_event(out, *view, scope.resources.record_json,
                            id_of(queue, each).to_string())) {
      return std::nullopt;
    }
  }
  return out + "]";
}

// What one request got: now, or when it came with its key for the first time.
struct LeasedNow {
  std::vector<core::LeasedMessage> messages;
  bool is_again = false;
};

// Not what somebody may have got already.
Task<void> give_back(Scope& scope, core::QueuePtr queue, const LeasedNow& leased) {
  if (!leased.is_again) co_await give_back(scope, queue, leased.messages);
}

Task<Outcome<Response>> answer_leased(Scope& scope, Request& request, core::QueuePtr queue,
                                      const LeasedNow& leased) {
  if (request.accepts(event_batch_type, "application/json")) {
    auto events = as_events(scope, *queue, leased.messages);
    if (events) co_return Response::text(event_batch_type, std::move(*events));
    co_await give_back(scope, queue, leased);
    co_return refuse(Status::not_acceptable,
                     "a message is no CloudEvent; all went back: lease them as application/json");
  }
  JsonWriter json;
  json.begin_object().key("messages").begin_array();
  for (const core::LeasedMessage& each : leased.messages) {
    json.begin_object().member("lease", id_of(*queue, each).to_string());
    CO_TRY(write_message(json, each.message, scope.resources.record_json));
    json.end_object();
  }
  json.end_array();
  co_return Response::json(std::move(json.end_object()).take());
}

// With an Idempotency-Key: what lasts of the leases that its first request got, while anything does.
Task<Outcome<LeasedNow>> lease_or_again(Scope& scope, core::QueuePtr queue,
                                        core::LeaseRequest wanted) {
  if (scope.keyed == nullptr || scope.keyed->records().empty()) {
    Leased leased = co_await lease_watched(scope, queue, wanted);
    if (!leased && leased.error().code() == ErrorCode::unavailable) {
      co_return refuse(Status::too_many_requests, leased.error().message());
    }
    if (!leased) co_return fail(Problem(leased.error()));
    co_return LeasedNow{.messages = std::move(*leased)};
  }
  CO_TRY(auto messages,
         co_await core::leased_before(scope.engine(), queue, scope.keyed->records().front()));
  if (messages.empty()) {
    co_return refuse(Status::conflict, "the leases that this request got have ended just now");
  }
  co_return LeasedNow{.messages = std::move(messages), .is_again = true};
}

Task<Outcome<Response>> lease(Scope& scope, Request& request) {
  CO_TRY(const core::QueuePtr queue, find_shared_queue(scope, request));
  CO_TRY(const core::LeaseRequest wanted, read_lease(request));
  CO_TRY(const LeasedNow leased, co_await lease_or_again(scope, queue, wanted));
  if (scope.keyed != nullptr) scope.keyed->set_kept();
  if (scope.stop.reason() == Stop::Reason::closed) {
    co_await give_back(scope, queue, leased);
    co_return Response::empty();
  }
  CO_TRY(Response response, co_await answer_leased(scope, request, queue, leased));
  if (leased.is_again) response.with("Idempotency-Replayed", "true");
  co_return response;
}

// A lease of another queue than the path's was not given for it.
Outcome<core::LeaseId> lease_named(const core::QueueInfo& queue, std::string_view text) {
  const auto lease = core::LeaseId::parse(text);
  if (lease && lease->queue == queue.id()) return *lease;
  return refuse(Status::conflict,
                fmt::format("'{}' is no lease of queue '{}'", text, queue.spec.name.name));
}

Refused lost() { return refuse(Status::conflict, "the lease is lost: it ended, or was settled"); }

// With an Idempotency-Key: `answer` if all are held.
Task<Outcome<std::vector<bool>>> settle_once(Scope& scope, LogId queue,
                                             std::vector<core::LeaseEnd> ends,
                                             const Response& answer) {
  core::KnownCopies copies;
  for (const core::IdempotencyRecord& record : scope.keyed->records()) {
    if (core::KnownCopies::is_piece_of(record)) CO_TRY(copies.add(record));
  }
  CO_TRY(core::SettledOnce settled, co_await core::settle_leases_once(
                                        scope.engine(), queue, std::move(ends),
                                        answer_piece_of(scope.keyed, answer), std::move(copies)));
  if (settled.is_kept) scope.keyed->set_kept();
  co_return std::move(settled.was_held);
}

Task<Outcome<Response>> settle_one(Scope& scope, Request& request, core::Settlement::Kind kind) {
  CO_TRY(const core::QueuePtr queue, find_queue(scope, request));
  CO_TRY(const core::LeaseId lease, lease_named(*queue, request.arguments.text("lease")));
  std::vector<core::LeaseEnd> ends = {{lease, kind}};
  std::vector<bool> was_held;
  if (scope.keyed != nullptr) {
    const Response answer = Response::empty();
    CO_TRY(was_held, co_await settle_once(scope, queue->id(), std::move(ends), answer));
  } else {
    CO_TRY(was_held, co_await core::settle_leases(scope.engine(), std::move(ends)));
  }
  if (!was_held.front()) co_return lost();
  co_return Response::empty();
}

Task<Outcome<Response>> ack(Scope& scope, Request& request) {
  co_return co_await settle_one(scope, request, core::Settlement::Kind::ack);
}
Task<Outcome<Response>> release(Scope& scope, Request& request) {
  co_return co_await settle_one(scope, request, core::Settlement::Kind::requeue);
}
Task<Outcome<Response>> reject(Scope& scope, Request& request) {
  co_return co_await settle_one(scope, request, core::Settlement::Kind::dead_letter);
}

Task<Outcome<Response>> extend(Scope& scope, Request& request) {
  CO_TRY(const core::QueuePtr queue, find_queue(scope, request));
  CO_TRY(const core::LeaseId lease, lease_named(*queue, request.arguments.text("lease")));
  CO_TRY(const JsonDocument document, JsonDocument::parse(request.body.view()));
  CO_TRY(JsonObject fields, document.root().as_object());
  CO_TRY(const std::int64_t lease_ms, number_in(fields, "lease_ms", 0, 1, lease_ms_max));
  CO_TRY(fields.end());
  const bool was_held =
      co_await core::extend_lease(scope.engine(), lease, std::chrono::milliseconds(lease_ms));
  if (!was_held) co_return lost();
  co_return Response::empty();
}

struct NamedEnds {
  std::vector<core::LeaseEnd> ends;
  std::vector<std::string> names;
};

Outcome<NamedEnds> read_ends(const Request& request, const core::QueueInfo& queue) {
  constexpr auto kinds = std::to_array<std::pair<std::string_view, core::Settlement::Kind>>({
      {"ack", core::Settlement::Kind::ack},
      {"release", core::Settlement::Kind::requeue},
      {"reject", core::Settlement::Kind::dead_letter},
  });
  NamedEnds read;
  TRY(const JsonDocument document, JsonDocument::parse(request.body.view()));
  TRY(JsonObject fields, document.root().as_object());
  for (const auto& [member, kind] : kinds) {
    TRY(const auto leases, fields.optional<JsonArray>(member));
    if (!leases) continue;
    for (const JsonValue& each : *leases) {
      TRY(const std::string_view text, each.as_text());
      TRY(const core::LeaseId lease, lease_named(queue, text));
      read.ends.push_back({lease, kind});
      read.names.emplace_back(text);
    }
  }
  TRY(fields.end());
  if (read.ends.size() <= settled_max) return read;
  return refuse(Status::content_too_large,
                fmt::format("{} leases, expected at most {}", read.ends.size(), settled_max));
}

Response answer_settled(const std::vector<bool>& was_held, const std::vector<std::string>& names) {
  JsonWriter json;
  json.begin_object();
  json.member("settled", std::ranges::count(was_held, true)).key("lost").begin_array();
  for (std::size_t n = 0; n < was_held.size(); ++n) {
    if (!was_held[n]) json.value(names[n]);
  }
  json.end_array();
  return Response::json(std::move(json.end_object()).take());
}

Outcome<> check_keyed(const std::vector<core::LeaseEnd>& ends) {
  if (ends.size() <= keyed_count_max) return {};
  return refuse(Status::content_too_large,
                fmt::format("{} leases, expected at most {} with an Idempotency-Key", ends.size(),
                            keyed_count_max));
}

Task<Outcome<Response>> settle(Scope& scope, Request& request) {
  CO_TRY(const core::QueuePtr queue, find_queue(scope, request));
  CO_TRY(NamedEnds read, read_ends(request, *queue));
  std::vector<bool> was_held(read.ends.size(), true);
  if (scope.keyed != nullptr) {
    CO_TRY(check_keyed(read.ends));
    const Response answer = answer_settled(was_held, read.names);
    CO_TRY(was_held, co_await settle_once(scope, queue->id(), std::move(read.ends), answer));
  } else {
    CO_TRY(was_held, co_await core::settle_leases(scope.engine(), std::move(read.ends)));
  }
  co_return answer_settled(was_held, read.names);
}

}  // namespace

void add_lease_routes(std::vector<Route>& routes) {
  const Parameter queue{
      .name = "queue", .description = "The queue's name.", .place = Parameter::Place::path};
  const Parameter lease_name{
      .name = "lease", .description = "As the message had it.", .place = Parameter::Place::path};
  const std::vector<Content> json = {{"application/json"}};
  const std::vector<Parameter> of_lease = {queue, lease_name, vhost_parameter()};
  const std::vector<Answer> done = {{Status::no_content, "It is done, and durable."}};
  routes.push_back({.method = Method::post,
                    .pattern = "/v1/queues/{queue}/leases",
                    .operation = "leaseMessages",
                    .tag = "leases",
                    .summary = "Takes messages for a time, waiting for the first.",
                    .parameters = {queue, vhost_parameter()},
                    .request = {{"application/json", lease_schema}},
                    .answers = {{Status::ok,
                                 "The messages; none: nothing came.",
                                 {{"application/json"}, {event_batch_type}}}},
                    .handler = lease,
                    .waits = Waits::yes,
                    .keys = Keys::kept});
  routes.push_back({.method = Method::post,
                    .pattern = "/v1/queues/{queue}/leases/settle",
                    .operation = "settleLeases",
                    .tag = "leases",
                    .summary = "Acks, releases and rejects many messages.",
                    .parameters = {queue, vhost_parameter()},
                    .request = {{"application/json", settle_schema}},
                    .answers = {{Status::ok, "Which leases were lost.", json}},
                    .handler = settle,
                    .keys = Keys::kept});
  routes.push_back({.method = Method::remove,
                    .pattern = "/v1/queues/{queue}/leases/{lease}",
                    .operation = "ackMessage",
                    .tag = "leases",
                    .summary = "The message is done: it never comes again.",
                    .parameters = of_lease,
                    .answers = done,
                    .handler = ack,
                    .keys = Keys::kept});
  routes.push_back({.method = Method::patch,
                    .pattern = "/v1/queues/{queue}/leases/{lease}",
                    .operation = "extendLease",
                    .tag = "leases",
                    .summary = "The lease ends so much later than now.",
                    .parameters = of_lease,
                    .request = {{"application/json", extend_schema}},
                    .answers = {{Status::no_content, "It does."}},
                    .handler = extend,
                    .keys = Keys::kept});
  routes.push_back({.method = Method::post,
                    .pattern = "/v1/queues/{queue}/leases/{lease}/release",
                    .operation = "releaseMessage",
                    .tag = "leases",
                    .summary = "The message goes back to where it was.",
                    .parameters = of_lease,
                    .answers = done,
                    .handler = release,
                    .keys = Keys::kept});
  routes.push_back({.method = Method::post,
                    .pattern = "/v1/queues/{queue}/leases/{lease}/reject",
                    .operation = "rejectMessage",
                    .tag = "leases",
                    .summary = "The message goes to the dead letter exchange, or away.",
                    .parameters = of_lease,
                    .answers = done,
                    .handler = reject,
                    .keys = Keys::kept});
}

}  // namespace koine::http
