#include "protocols/http/handlers/topic_events.h"

#include <memory>
#include <string>
#include <utility>

#include "core/topic_position.h"
#include "protocols/http/scope.h"
#include "protocols/http/streams/event_stream.h"
#include "protocols/http/topics.h"

namespace koine::http {

namespace {

// Below, heartbeats are most of what is sent; above, proxies that close what is silent for a minute would.
constexpr std::int64_t heartbeat_ms_min = 1000;
constexpr std::int64_t heartbeat_ms_max = 60'000;
constexpr std::int64_t heartbeat_ms_default = 15'000;

// Where a client that comes again goes on goes before where it wanted to begin.
Outcome<core::ReadStart> start_of(const Request& request, const core::Topic& topic) {
  core::ReadStart start;
  const auto last = request.header("last-event-id");
  const auto after = last && !last->empty() ? last : request.arguments.find("after");
  const auto time = request.arguments.find_number("time_ms");
  const auto from = request.arguments.find("from");
  if (request.arguments.find("after").has_value() + time.has_value() + from.has_value() > 1) {
    return refuse(Status::bad_request, "after, time_ms, from: only one of them");
  }
  if (after) {
    start.at = core::ReadStart::At::position;
    TRY(start.position, core::parse_position(topic, *after));
  } else if (time) {
    start.at = core::ReadStart::At::time;
    start.time_ms = *time;
  } else if (from == "start") {
    start.at = core::ReadStart::At::start;
  }
  return start;
}

EventStreamOptions options_of(const Request& request) {
  using Data = EventStreamOptions::Data;
  return {
      .data = request.arguments.text_or("data", "record") == "value" ? Data::value : Data::record,
      .heartbeat = std::chrono::milliseconds(
          request.arguments.number_or("heartbeat_ms", heartbeat_ms_default)),
      .type_header = std::string(request.arguments.text_or("event", ""))};
}

Task<Outcome<Response>> events(Scope& scope, Request& request) {
  CO_TRY(const core::TopicPtr topic, find_topic(scope, request));
  CO_TRY(auto partitions, partitions_of(request, *topic));
  CO_TRY(core::ReadStart start, start_of(request, *topic));
  auto cursor = std::make_unique<TopicCursor>(scope.resources.tails, topic, std::move(partitions),
                                              filter_of(request));
  const Result<> sought = co_await cursor->seek(std::move(start));
  if (!sought && sought.error().code() == ErrorCode::out_of_range) {
    co_return fail(gone(*cursor, sought.error()));
  }
  if (!sought) co_return fail(sought.error());
  // Whatever stands between must pass on each event as it comes.
  co_return Response::stream(
      "text/event-stream",
      std::make_unique<EventStream>(scope.resources, std::move(cursor), options_of(request)))
      .with("Cache-Control", "no-cache, no-transform")
      .with("X-Accel-Buffering", "no");
}

}  // namespace

void add_topic_event_routes(std::vector<Route>& routes) {
  using Type = Parameter::Type;
  using Place = Parameter::Place;
  routes.push_back(
      {.method = Method::get,
       .pattern = "/v1/topics/{topic}/events",
       .operation = "streamEvents",
       .tag = "topics",
       .summary = "A topic's records as Server-Sent Events, without end.",
       .parameters = {{.name = "topic", .description = "Its name.", .place = Place::path},
                      {.name = "partition",
                       .description = "Only this one; may come more than once.",
                       .type = Type::number,
                       .repeats = true},
                      {.name = "from",
                       .description =
                           "Where to begin: with all that is there, or what comes from now on.",
                       .type = Type::choice,
                       .choices = {"start", "end"}},
                      {.name = "time_ms",
                       .description = "Begins with what has this timestamp or a later one.",
                       .type = Type::number},
                      {.name = "after", .description = "Begins after this position."},
                      {.name = "Last-Event-ID",
                       .description =
                           "The same, of a client that comes again; goes before the others.",
                       .place = Place::header},
                      {.name = "key", .description = "Only records with this key."},
                      {.name = "header.*",
                       .description = "Only records whose header of that name has this value.",
                       .repeats = true},
                      {.name = "data",
                       .description = "What an event has: the record in JSON, or its value alone.",
                       .type = Type::choice,
                       .choices = {"record", "value"}},
                      {.name = "event",
                       .description = "The record's header whose value becomes the event's type."},
                      {.name = "heartbeat_ms",
                       .description = "A comment is sent when nothing else was for so long.",
                       .type = Type::number,
                       .min = heartbeat_ms_min,
                       .max = heartbeat_ms_max}},
       .answers = {{Status::ok, "Events, until either side ends it.", {{"text/event-stream"}}},
                   {Status::gone, "Retention has removed what the position names."}},
       .handler = events});
}

}  // namespace koine::http
