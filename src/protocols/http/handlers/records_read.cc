// GET of records: a page from a place on, perhaps after a wait (long poll); one record, as it is stored or in JSON.

#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "core/topic_position.h"
#include "protocols/http/cloud_event.h"
#include "protocols/http/handlers/records.h"
#include "protocols/http/raw_record.h"
#include "protocols/http/records_page.h"
#include "protocols/http/scope.h"
#include "protocols/http/topics.h"

namespace koine::http {

namespace {

constexpr std::int64_t limit_max = 10'000;
constexpr std::int64_t limit_default = 100;
constexpr std::int64_t bytes_limit = 16 * MiB;
constexpr std::int64_t bytes_default = 1 * MiB;
constexpr std::int64_t wait_ms_max = 60'000;
// Answered as one piece; what is longer is made while it is sent.
constexpr std::size_t first_part_bytes = 64 * KiB;

Outcome<core::ReadStart> start_of(const Request& request, const core::Topic& topic,
                                  const std::vector<PartitionId>& partitions) {
  const Arguments& arguments = request.arguments;
  const auto offset = arguments.find_number("offset");
  const auto after = arguments.find("after");
  const auto time = arguments.find_number("time_ms");
  const auto from = arguments.find("from");
  if (offset.has_value() + after.has_value() + time.has_value() + from.has_value() > 1) {
    return refuse(Status::bad_request, "offset, after, time_ms, from: expected one of them");
  }
  using At = core::ReadStart::At;
  core::ReadStart start{.at = At::start};
  if (offset) {
    const bool is_one = partitions.size() == 1 || topic.partitions.size() == 1;
    if (!is_one) return refuse(Status::bad_request, "offset: expected one partition with it");
    start.at = At::position;
    start.position.next = {{.partition = partitions.empty() ? PartitionId{0} : partitions.front(),
                            .offset = Offset(*offset)}};
  } else if (after) {
    start.at = At::position;
    TRY(start.position, core::parse_position(topic, *after));
  } else if (time) {
    start.at = At::time;
    start.time_ms = *time;
  } else if (from == "end") {
    start.at = At::end;
  }
  return start;
}

std::string position_text(const core::Topic& topic, const core::TopicPosition& position) {
  std::string text;
  core::write_position(topic, position, text);
  return text;
}

// 410 if retention has removed what was asked for; 400 if it was never there.
Problem not_there(const core::TopicReader& reader, const Error& error) {
  const core::TopicPosition& left = reader.first_left();
  const core::TopicPosition& asked = reader.position();
  bool is_removed = false;
  for (std::size_t n = 0; n < left.next.size(); ++n) {
    is_removed = is_removed || left.next[n].offset > asked.next[n].offset;
  }
  Problem problem = Problem(is_removed ? Status::gone : Status::bad_request, error.message())
                        .with(is_removed ? "first_position" : "last_position",
                              position_text(reader.topic(), left));
  if (left.next.size() > 1) return problem;
  return std::move(problem).with(is_removed ? "first_offset" : "end_offset",
                                 left.next.front().offset.value());
}

Problem read_problem(const core::TopicReader& reader, Error error) {
  if (error.code() == ErrorCode::out_of_range) return not_there(reader, error);
  return {std::move(error)};
}

RecordsPageOptions options_of(const Request& request) {
  const bool wants_events = request.accepts(event_batch_type, "application/json");
  return {
      .form = wants_events ? RecordsPageOptions::Form::events : RecordsPageOptions::Form::records,
      .records_max = static_cast<std::size_t>(request.arguments.number_or("limit", limit_default)),
      .bytes_max =
          static_cast<std::size_t>(request.arguments.number_or("bytes_max", bytes_default)),
      .filter = filter_of(request)};
}

Task<Outcome<Response>> read_records(Scope& scope, Request& request) {
  CO_TRY(const core::TopicPtr topic, find_topic(scope, request));
  CO_TRY(auto partitions, partitions_of(request, *topic));
  CO_TRY(core::ReadStart start, start_of(request, *topic, partitions));
  const RecordsPageOptions options = options_of(request);
  auto page = std::make_unique<RecordsPage>(scope.resources, topic, std::move(partitions), options);
  if (auto sought = co_await page->seek(std::move(start)); !sought) {
    co_return fail(read_problem(page->reader(), std::move(sought).error()));
  }
  const MonotonicTime deadline =
      scope.shard().now() + std::chrono::milliseconds(request.arguments.number_or("wait_ms", 0));
  const bool is_events = options.form == RecordsPageOptions::Form::events;
  // Where the next page begins stands before a batch of events, in a field: they are read first.
  auto more =
      co_await page->begin(scope.stop, deadline, is_events ? bytes_limit : first_part_bytes);
  if (!more) co_return fail(read_problem(page->reader(), std::move(more).error()));
  if (*more == BodySource::More::yes) {
    co_return Response::stream("application/json", std::move(page))
        .with("Cache-Control", "no-store");
  }
  Response response = Response::text(
      is_events ? event_batch_type : std::string_view("application/json"), page->take_first_part());
  if (is_events) response.with("Koine-Next", page->next());
  co_return std::move(response).with("Cache-Control", "no-store");
}

// The record at an offset, copied out.
class OneRecord final : public core::RecordSink {
 public:
  OneRecord(Scope& scope, const Request& request) : scope_(scope), request_(request) {}

  Next take(PartitionId partition, const core::Record& record) override {
    offset_ = record.offset;
    if (request_.accepts(event_type, "application/json")) {
      std::string text;
      if (append_cloud_event(text, record, scope_.resources.record_json)) {
        response_ = Response::text(event_type, std::move(text));
      } else {
        response_ = Problem(Status::not_acceptable, "the record is no CloudEvent").to_response();
      }
    } else if (request_.accepts("application/json", "application/octet-stream")) {
      std::string text;
      scope_.resources.record_json.append(text, partition, record);
      response_ = Response::json(std::move(text));
    } else {
      response_ = raw_record(partition, record);
    }
    return Next::stop;
  }

  Offset offset() const { return offset_; }
  Response response() && { return std::move(response_); }

 private:
  Scope& scope_;
  const Request& request_;
  Offset offset_;
  Response response_;
};

Task<Outcome<Response>> read_record(Scope& scope, Request& request) {
  CO_TRY(const core::TopicPtr topic, find_topic(scope, request));
  const Offset offset(request.arguments.number("offset"));
  const std::int64_t partition = request.arguments.number("partition");
  if (partition >= static_cast<std::int64_t>(topic->partitions.size())) {
    co_return refuse(Status::not_found, fmt::format("topic {} has {} partitions", topic->name,
                                                    topic->partitions.size()));
  }
  const PartitionId id(static_cast<std::int32_t>(partition));
  core::TopicReader reader(scope.engine(), topic, {id});
  OneRecord record(scope, request);
  core::ReadStart start{.at = core::ReadStart::At::position};
  start.position.next = {{.partition = id, .offset = offset}};
  auto sought = co_await reader.seek(std::move(start));
  const bool is_past = !sought && sought.error().code() == ErrorCode::out_of_range &&
                       reader.first_left().next.front().offset < offset;
  if (!sought && !is_past) co_return fail(read_problem(reader, std::move(sought).error()));
  if (!is_past) {
    auto taken = co_await reader.read(record, 1);
    if (!taken) co_return fail(read_problem(reader, std::move(taken).error()));
    if (*taken == 1 && record.offset() == offset) {
      co_return std::move(record).response().with("Vary", "Accept");
    }
  }
  co_return refuse(Status::not_found, fmt::format("there is no offset {} in partition {} of {}",
                                                  offset.value(), partition, topic->name));
}

std::vector<Parameter> read_parameters() {
  using Type = Parameter::Type;
  std::vector<Parameter> parameters = {
      topic_parameter(),
      {.name = "partition",
       .description = "Only this one; may come more than once.",
       .type = Type::number,
       .repeats = true},
      {.name = "offset",
       .description = "Begins with this offset, of one partition.",
       .type = Type::number},
      {.name = "after", .description = "Begins after this position: the `next` of a read."},
      {.name = "time_ms",
       .description = "Begins with what has this timestamp or a later one.",
       .type = Type::number},
      {.name = "from",
       .description = "Begins with all that is there, or with what comes from now on.",
       .type = Type::choice,
       .choices = {"start", "end"}},
      {.name = "limit",
       .description = "How many records, at most.",
       .type = Type::number,
       .min = 1,
       .max = limit_max},
      {.name = "bytes_max",
       .description = "About how many bytes of JSON, at most; one record comes in any case.",
       .type = Type::number,
       .min = 1,
       .max = bytes_limit},
      {.name = "wait_ms",
       .description = "How long to wait for the first record, if there is none.",
       .type = Type::number,
       .max = wait_ms_max}};
  for (Parameter& parameter : filter_parameters()) parameters.push_back(parameter);
  return parameters;
}

}  // namespace

void add_read_routes(std::vector<Route>& routes) {
  using Type = Parameter::Type;
  using Place = Parameter::Place;
  routes.push_back({.method = Method::get,
                    .pattern = "/v1/topics/{topic}/records",
                    .operation = "readRecords",
                    .tag = "topics",
                    .summary = "Reads records from a place on, and says where to go on.",
                    .parameters = read_parameters(),
                    .answers = {{Status::ok,
                                 "Records, perhaps none.",
                                 {{"application/json"}, {event_batch_type}}},
                                {Status::gone, "Retention has removed what was asked for."}},
                    .handler = read_records,
                    .waits = Waits::yes});
  routes.push_back(
      {.method = Method::get,
       .pattern = "/v1/topics/{topic}/partitions/{partition}/records/{offset}",
       .operation = "readRecord",
       .tag = "topics",
       .summary = "One record: its value as it is stored; or all of it in JSON, if Accept asks.",
       .parameters = {topic_parameter(),
                      {.name = "partition",
                       .description = "Its partition.",
                       .place = Place::path,
                       .type = Type::number},
                      {.name = "offset",
                       .description = "Its offset.",
                       .place = Place::path,
                       .type = Type::number}},
       .answers = {{Status::ok, "The record.", {{"*/*"}, {"application/json"}, {event_type}}},
                   {Status::gone, "Retention has removed it."}},
       .handler = read_record});
}

}  // namespace koine::http
