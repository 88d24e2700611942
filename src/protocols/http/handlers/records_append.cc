// POST /v1/topics/{topic}/records. One record is the rule and takes the short way; what came together is grouped by partition, in its
// order, and is one batch for each where the topic's message_bytes_max allows it.

#include <fmt/format.h>

#include <array>
#include <map>
#include <span>
#include <string>
#include <utility>

#include "base/crc32c.h"
#include "core/topic_append.h"
#include "protocols/http/cloud_event.h"
#include "protocols/http/handlers/records.h"
#include "protocols/http/json_reader.h"
#include "protocols/http/kept_answer.h"
#include "protocols/http/keyed_request.h"
#include "protocols/http/koine_fields.h"
#include "protocols/http/percent.h"
#include "protocols/http/placed_records.h"
#include "protocols/http/record_draft.h"
#include "protocols/http/scope.h"
#include "protocols/http/topics.h"

namespace koine::http {

namespace {

// Parsed, a record of two bytes takes a hundred times that.
constexpr std::size_t many_bytes_max = 4 * MiB;
constexpr std::size_t many_records_max = 10'000;

// Records without a key, and without a choice, go to the partitions by turns.
std::uint32_t next_spread(const Scope& scope) {
  return scope.keyed != nullptr ? scope.keyed->spread() : scope.resources.spread++;
}

Task<Outcome<Response>> append_one(Scope& scope, const core::Topic& topic,
                                   const RecordDraft& draft) {
  CO_TRY(const std::int32_t partition, choose_partition(topic, draft, next_spread(scope)));
  core::BatchBuilder builder;
  builder.add(draft.record(scope.shard().wall_clock_ms()));
  CO_TRY(Bytes batch, builder.build({}));
  core::IdempotentPiecePtr piece;
  if (scope.keyed != nullptr) {
    const std::uint64_t plan = topic.partitions.size();
    CO_TRY(scope.keyed->check_plan(plan));
    piece = scope.keyed->answer_piece(0, kept_form_of_record(topic.name, partition), plan);
  }
  CO_TRY(const Offset offset,
         co_await core::append_durably(scope.engine(),
                                       topic.partitions[static_cast<std::size_t>(partition)],
                                       std::move(batch), std::move(piece)));
  if (scope.keyed != nullptr) scope.keyed->set_kept();
  co_return placed_response(topic.name, {.partition = partition, .offset = offset.value()});
}

// The batches of many records, and where each record is.
class Batches {
 public:
  Batches(const core::Topic& topic, WallTimeMs now_ms) : topic_(topic), now_ms_(now_ms) {}

  Outcome<> add(std::int32_t partition, const RecordDraft& draft) {
    Building& building = building_[partition];
    const auto bytes_max = static_cast<std::size_t>(topic_.settings.message_bytes_max);
    if (building.builder.record_count() > 0 && building.builder.size() + draft.size() > bytes_max) {
      TRY(finish(partition, building));
    }
    if (building.builder.record_count() == 0) building.batch = count_++;
    places_.push_back({.partition = partition,
                       .batch = building.batch,
                       .index = building.builder.record_count()});
    building.builder.add(draft.record(now_ms_));
    return {};
  }

  Outcome<std::vector<core::PartitionBatch>> take() {
    for (auto& [partition, building] : building_) TRY(finish(partition, building));
    return std::move(batches_);
  }

  // Each batch is a piece; one alone has the answer.
  Outcome<> set_keyed(const KeyedRequest& keyed, std::vector<core::PartitionBatch>& batches) const {
    const std::uint64_t plan = plan_of();
    TRY(keyed.check_plan(plan));
    for (std::uint32_t n = 0; n < batches.size(); ++n) batches[n].keyed = keyed.piece(n, plan);
    if (batches.size() > 1) return {};
    const auto count = static_cast<std::uint32_t>(places_.size());
    batches.front().keyed =
        keyed.answer_piece(0, kept_form_of_records(places_.front().partition, count), plan);
    return {};
  }

  std::vector<PlacedRecord> placed(const std::vector<Result<Offset>>& offsets) const {
    std::vector<PlacedRecord> placed;
    for (const Place& place : places_) {
      placed.push_back(
          {.partition = place.partition, .offset = offsets[place.batch]->value() + place.index});
    }
    return placed;
  }

 private:
  struct Building {
    core::BatchBuilder builder;
    std::size_t batch = 0;
  };
  struct Place {
    std::int32_t partition;
    std::size_t batch;
    std::int32_t index;
  };

  // Which record is in which batch.
  std::uint64_t plan_of() const {
    std::uint32_t crc = 0;
    for (const Place& place : places_) {
      const std::array<std::int64_t, 3> numbers = {
          place.partition, static_cast<std::int64_t>(place.batch), place.index};
      crc = crc32c(std::as_bytes(std::span(numbers)), crc);
    }
    return std::uint64_t{topic_.partitions.size()} << 32U | crc;
  }

  Outcome<> finish(std::int32_t partition, Building& building) {
    batches_.resize(count_);
    TRY(batches_[building.batch].batch, building.builder.build({}));
    batches_[building.batch].log = topic_.partitions[static_cast<std::size_t>(partition)];
    return {};
  }

  const core::Topic& topic_;
  WallTimeMs now_ms_;
  std::map<std::int32_t, Building> building_;
  std::vector<core::PartitionBatch> batches_;
  std::vector<Place> places_;
  std::size_t count_ = 0;
};

Task<Outcome<Response>> append_many(Scope& scope, core::TopicPtr topic,
                                    std::vector<RecordDraft> drafts) {
  Batches batches(*topic, scope.shard().wall_clock_ms());
  // All that have no key and no choice go together.
  const std::uint32_t spread = next_spread(scope);
  for (const RecordDraft& draft : drafts) {
    CO_TRY(const std::int32_t partition, choose_partition(*topic, draft, spread));
    CO_TRY(batches.add(partition, draft));
  }
  CO_TRY(auto built, batches.take());
  if (scope.keyed != nullptr) CO_TRY(batches.set_keyed(*scope.keyed, built));
  const bool is_one = built.size() == 1;
  const auto offsets = co_await core::append_durably(scope.engine(), std::move(built));
  for (const Result<Offset>& offset : offsets) {
    if (!offset) co_return fail(Problem(offset.error()));
  }
  if (scope.keyed != nullptr && is_one) scope.keyed->set_kept();
  co_return placed_response(batches.placed(offsets));
}

Outcome<JsonDocument> parse_many(const Request& request) {
  if (request.body.size() > many_bytes_max) {
    return refuse(Status::content_too_large,
                  fmt::format("many records in one body are at most {} bytes", many_bytes_max));
  }
  return JsonDocument::parse(request.body.view());
}

Outcome<> check_count(const Scope& scope, std::size_t count) {
  const std::size_t most = scope.keyed != nullptr ? keyed_count_max : many_records_max;
  if (count >= 1 && count <= most) return {};
  return refuse(Status::bad_request,
                fmt::format("found {} records, expected 1 to {}{}", count, most,
                            scope.keyed != nullptr ? " with an Idempotency-Key" : ""));
}

Task<Outcome<Response>> append_records(Scope& scope, Request& request, core::TopicPtr topic) {
  CO_TRY(const JsonDocument document, parse_many(request));
  CO_TRY(JsonObject body, document.root().as_object());
  CO_TRY(const JsonArray records, body.required<JsonArray>("records"));
  CO_TRY(body.end());
  CO_TRY(check_count(scope, records.size()));
  std::vector<RecordDraft> drafts;
  for (const JsonValue& record : records) {
    CO_TRY(JsonObject fields, record.as_object());
    CO_TRY(RecordDraft draft, RecordDraft::from_json(fields));
    CO_TRY(fields.end());
    drafts.push_back(std::move(draft));
  }
  co_return co_await append_many(scope, std::move(topic), std::move(drafts));
}

Task<Outcome<Response>> append_events(Scope& scope, Request& request, core::TopicPtr topic) {
  CO_TRY(const JsonDocument document, parse_many(request));
  CO_TRY(const JsonArray events, document.root().as_array());
  CO_TRY(check_count(scope, events.size()));
  std::vector<RecordDraft> drafts;
  for (const JsonValue& event : events) {
    CO_TRY(RecordDraft draft, RecordDraft::from_event(event));
    drafts.push_back(std::move(draft));
  }
  co_return co_await append_many(scope, std::move(topic), std::move(drafts));
}

Task<Outcome<Response>> append(Scope& scope, Request& request) {
  CO_TRY(core::TopicPtr topic, find_topic(scope, request));
  const auto type = request.header("content-type").value_or(std::string_view());
  if (is_media_type(type, records_type)) {
    CO_TRY(refuse_fields_of_one(request));
    co_return co_await append_records(scope, request, std::move(topic));
  }
  if (is_media_type(type, event_batch_type)) {
    CO_TRY(refuse_fields_of_one(request));
    co_return co_await append_events(scope, request, std::move(topic));
  }
  CO_TRY(const RecordDraft draft, RecordDraft::from_request(request));
  if (is_media_type(type, event_type)) {
    CO_TRY(const JsonDocument document, JsonDocument::parse(request.body.view()));
    CO_TRY(const RecordDraft event, RecordDraft::from_event(document.root()));
  }
  co_return co_await append_one(scope, *topic, draft);
}

constexpr std::string_view records_schema =
    R"({"type":"object","required":["records"],"additionalProperties":false,"properties":{"records":)"
    R"({"type":"array","minItems":1,"maxItems":10000,"items":{"type":"object",)"
    R"("additionalProperties":false,"properties":{"key":{"type":["string","null"]},)"
    R"("key_base64":{"type":"string"},"value":{},"value_base64":{"type":"string"},)"
    R"("headers":{"type":"object"},"headers_base64":{"type":"object"},)"
    R"("partition":{"type":"integer","minimum":0},"timestamp_ms":{"type":"integer","minimum":0}}}}}})";
constexpr std::string_view placed_schema =
    R"({"type":"object","properties":{"records":{"type":"array","items":{"type":"object",)"
    R"("properties":{"partition":{"type":"integer"},"offset":{"type":"integer"}}}}}})";

}  // namespace

void add_append_routes(std::vector<Route>& routes) {
  using Place = Parameter::Place;
  routes.push_back(
      {.method = Method::post,
       .pattern = "/v1/topics/{topic}/records",
       .operation = "appendRecords",
       .tag = "topics",
       .summary = "Appends one record, the body as it is, or many; answered when they are durable.",
       .parameters = {topic_parameter(),
                      {.name = "Koine-Key",
                       .description = "The record's key, percent-encoded.",
                       .place = Place::header},
                      {.name = "Koine-Key-Base64",
                       .description = "The key in base64.",
                       .place = Place::header},
                      {.name = "Koine-Partition",
                       .description = "Where to; else the key says, or one after the other.",
                       .place = Place::header,
                       .type = Parameter::Type::number},
                      {.name = "Koine-Timestamp",
                       .description = "In milliseconds since 1970; else the time of arrival.",
                       .place = Place::header,
                       .type = Parameter::Type::number},
                      {.name = "Koine-Header-*",
                       .description = "A header of the record, percent-encoded.",
                       .place = Place::header},
                      {.name = "ce-*",
                       .description = "An attribute of a CloudEvent in binary mode.",
                       .place = Place::header}},
       .request = {{"*/*"}, {records_type, records_schema}, {event_type}, {event_batch_type}},
       .answers = {{Status::created,
                    "Where the records are, in their order.",
                    {{"application/json", placed_schema}}}},
       .handler = append,
       .body_bytes_max = 16 * MiB,
       .keys = Keys::kept});
}

}  // namespace koine::http
