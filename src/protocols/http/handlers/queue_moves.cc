#include "protocols/http/handlers/queue_moves.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "core/queues/queue_move.h"
#include "protocols/http/exchange_json.h"
#include "protocols/http/json_reader.h"
#include "protocols/http/json_writer.h"
#include "protocols/http/keyed_request.h"
#include "protocols/http/queue_names.h"

namespace koine::http {

namespace {

constexpr std::string_view move_schema =
    R"({"type":"object","additionalProperties":false,"properties":{)"
    R"("to":{"type":"object","additionalProperties":false,"properties":{"queue":{"type":"string"},)"
    R"("exchange":{"type":"string"},"routing_key":{"type":"string"}}},)"
    R"("limit":{"type":"integer","minimum":1},"dry_run":{"type":"boolean"},)"
    R"("filter":{"type":"object","additionalProperties":false,"properties":{)"
    R"("routing_key":{"type":"string"},"reason":{"type":"string"},)"
    R"("headers":{"type":"object","additionalProperties":{"type":"string"}}}}}})";

Outcome<core::MoveFilter> read_filter(JsonObject& fields) {
  core::MoveFilter filter;
  TRY(auto given, fields.optional<JsonObject>("filter"));
  if (!given) return filter;
  TRY(const auto routing_key, given->optional<std::string_view>("routing_key"));
  TRY(const auto reason, given->optional<std::string_view>("reason"));
  TRY(const auto headers, given->optional<JsonObject>("headers"));
  TRY(given->end());
  if (routing_key) filter.routing_key = std::string(*routing_key);
  if (reason) filter.reason = std::string(*reason);
  if (!headers) return filter;
  for (const auto& [name, value] : headers->fields()) {
    TRY(const std::string_view text, value.as_text());
    filter.headers.emplace_back(name, text);
  }
  return filter;
}

Outcome<core::MoveTarget> read_target(JsonObject& fields) {
  TRY(auto to, fields.required<JsonObject>("to"));
  TRY(const auto queue, to.optional<std::string_view>("queue"));
  TRY(const auto exchange, to.optional<std::string_view>("exchange"));
  TRY(const auto routing_key, to.optional<std::string_view>("routing_key"));
  TRY(to.end());
  if (queue.has_value() == exchange.has_value() || (queue && routing_key)) {
    return refuse(Status::bad_request,
                  to.place() + ": expected a queue, or an exchange and perhaps a routing_key");
  }
  core::MoveTarget target;
  target.kind = queue ? core::MoveTarget::Kind::queue : core::MoveTarget::Kind::exchange;
  const std::string_view name = queue ? *queue : *exchange;
  target.name = name == default_exchange ? "" : std::string(name);
  if (routing_key) target.routing_key = std::string(*routing_key);
  return target;
}

Outcome<core::MoveSpec> read_move(const Request& request, core::MoveTarget::Kind kind) {
  core::MoveSpec spec;
  spec.target.kind = kind;
  const bool needs_target = kind == core::MoveTarget::Kind::queue;
  if (request.body.empty() && !needs_target) return spec;
  TRY(const JsonDocument document, JsonDocument::parse(request.body.view()));
  TRY(JsonObject fields, document.root().as_object());
  if (needs_target) {
    TRY(spec.target, read_target(fields));
  }
  TRY(spec.filter, read_filter(fields));
  TRY(const auto limit, fields.optional<std::int64_t>("limit"));
  TRY(const auto is_dry_run, fields.optional<bool>("dry_run"));
  TRY(fields.end());
  if (limit && *limit < 1) return refuse(Status::bad_request, "body.limit: expected at least 1");
  if (limit) spec.limit = static_cast<std::uint64_t>(*limit);
  spec.is_dry_run = is_dry_run.value_or(false);
  return spec;
}

Outcome<> check_target(const Scope& scope, const core::QueueInfo& from,
                       const core::MoveTarget& target) {
  if (target.kind != core::MoveTarget::Kind::queue) return {};
  if (target.name == from.spec.name.name) {
    return refuse(Status::bad_request,
                  fmt::format("body.to.queue: the messages are in '{}' already", target.name));
  }
  const core::NameView name(from.spec.name.vhost, target.name);
  if (scope.engine().catalog().queues().find(name) != nullptr) return {};
  return refuse(Status::not_found,
                fmt::format("no queue '{}' in vhost '{}'", name.name, name.vhost));
}

std::string outcome_of(const core::MoveSpec& spec, const core::MoveProgress& progress) {
  JsonWriter json;
  json.begin_object().member("dry_run", spec.is_dry_run);
  json.member("complete", progress.is_done && progress.refused == 0);
  json.member("looked_at", progress.looked_at).member("matched", progress.matched);
  const bool is_discarded = spec.target.kind == core::MoveTarget::Kind::nowhere;
  json.member(is_discarded ? "discarded" : "moved", progress.moved);
  if (!is_discarded) {
    json.member("unroutable", progress.unroutable).member("refused", progress.refused);
    json.key("destinations").begin_object();
    for (const auto& [queue, count] : progress.destinations) json.member(queue, count);
    json.end_object();
  }
  return std::move(json.end_object()).take();
}

// What comes again after the queue was deleted is no part of the same move: positions mean something else now.
Outcome<core::KeyedMove> keyed_move(const KeyedRequest& keyed, const core::QueueInfo& queue) {
  const std::uint64_t plan = queue.id().value();
  const bool is_same = std::ranges::all_of(
      keyed.records(), [&](const auto& record) { return record.piece.plan == plan; });
  if (is_same) return core::KeyedMove{.piece = keyed.piece(0, plan), .copies = {}};
  return refuse(Status::conflict,
                fmt::format("a part of this request was done, and queue '{}' was deleted since; it "
                            "can't be completed",
                            queue.spec.name.name));
}

// With an Idempotency-Key: from where an earlier try has come to.
Outcome<core::MoveProgress> begin_move(const Scope& scope, const core::QueueInfo& queue,
                                       core::KeyedMovePtr& keyed) {
  if (scope.keyed == nullptr) return core::MoveProgress{};
  TRY(core::KeyedMove move, keyed_move(*scope.keyed, queue));
  TRY(core::MoveProgress progress, core::resume_move(scope.keyed->records(), move));
  keyed = std::make_shared<const core::KeyedMove>(std::move(move));
  return progress;
}

// Part by part, until all is moved, or nobody waits for it any more.
Task<Outcome<Response>> move(Scope& scope, Request& request, core::MoveTarget::Kind kind) {
  CO_TRY(const core::QueuePtr queue, find_shared_queue(scope, request));
  CO_TRY(const core::MoveSpec spec, read_move(request, kind));
  CO_TRY(check_target(scope, *queue, spec.target));
  core::KeyedMovePtr keyed;
  CO_TRY(core::MoveProgress progress, begin_move(scope, *queue, keyed));
  while (!progress.is_done && !scope.stop.is_set()) {
    CO_TRY(progress,
           co_await core::move_messages(scope.engine(), queue, spec, std::move(progress), keyed));
  }
  if (scope.keyed != nullptr && !progress.is_done) {
    co_return refuse(Status::service_unavailable,
                     "the server is stopping; send the request again with its key to go on with it")
        .with_header("Retry-After", "1");
  }
  co_return Response::json(outcome_of(spec, progress));
}

Task<Outcome<Response>> move_messages(Scope& scope, Request& request) {
  co_return co_await move(scope, request, core::MoveTarget::Kind::queue);
}
Task<Outcome<Response>> redrive(Scope& scope, Request& request) {
  co_return co_await move(scope, request, core::MoveTarget::Kind::origin);
}
Task<Outcome<Response>> discard(Scope& scope, Request& request) {
  co_return co_await move(scope, request, core::MoveTarget::Kind::nowhere);
}

}  // namespace

void add_queue_move_routes(std::vector<Route>& routes) {
  const Parameter queue{
      .name = "queue", .description = "The queue's name.", .place = Parameter::Place::path};
  const auto add = [&](std::string_view pattern, std::string_view operation,
                       std::string_view summary, WaitingHandler handler) {
    routes.push_back({.method = Method::post,
                      .pattern = pattern,
                      .operation = operation,
                      .tag = "queues",
                      .summary = summary,
                      .parameters = {queue, vhost_parameter()},
                      .request = {{"application/json", move_schema}},
                      .answers = {{Status::ok, "What was done.", {{"application/json"}}}},
                      .handler = handler,
                      .waits = Waits::yes,
                      .keys = Keys::kept});
  };
  add("/v1/queues/{queue}/move", "moveMessages",
      "Moves the messages that match to another queue, or through an exchange.", move_messages);
  add("/v1/queues/{queue}/redrive", "redriveMessages",
      "Moves the dead letters that match back to the queues in which they died.", redrive);
  add("/v1/queues/{queue}/discard", "discardMessages", "Drops the messages that match.", discard);
}

}  // namespace koine::http
