#include "protocols/http/handlers/topics.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string>
#include <utility>

#include "core/count_partitions.h"
#include "io/delay.h"
#include "protocols/http/encoding.h"
#include "protocols/http/keyed_request.h"
#include "protocols/http/page.h"
#include "protocols/http/percent.h"
#include "protocols/http/scope.h"
#include "protocols/http/topic_json.h"
#include "protocols/http/topics.h"

namespace koine::http {

namespace {

using Counts = std::vector<std::optional<core::PartitionCounts>>;

Task<Counts> count(core::Engine& engine, std::span<const core::TopicPtr> topics) {
  std::vector<LogId> logs;
  for (const core::TopicPtr& topic : topics) {
    logs.insert(logs.end(), topic->partitions.begin(), topic->partitions.end());
  }
  co_return co_await core::count_partitions(engine, std::move(logs));
}

// Takes the counts of the next topic from the front.
Counts take_counts(std::span<const std::optional<core::PartitionCounts>>& rest,
                   const core::Topic& topic) {
  const auto own = rest.first(topic.partitions.size());
  rest = rest.subspan(own.size());
  return {own.begin(), own.end()};
}

std::int64_t figure_of(const Counts& counts, std::string_view sort) {
  std::int64_t sum = 0;
  for (const auto& each : counts) {
    if (!each) continue;
    sum += sort == "records" ? each->records() : static_cast<std::int64_t>(each->bytes);
  }
  return sum;
}

// Some topics, in order of their names, and where to go on.
struct TopicPart {
  std::vector<core::TopicPtr> topics;  // that the page wants
  std::string last;                    // name that was looked at
  bool is_last = true;                 // there are no more
};

TopicPart next_part(const core::Catalog& catalog, std::string_view from, bool is_downwards,
                    const Page<core::TopicPtr>& page) {
  const auto& all = catalog.topics();
  TopicPart part;
  const auto take = [&](const core::TopicPtr& topic) {
    if (page.wants(topic->name)) part.topics.push_back(topic);
    part.last = topic->name;
  };
  std::size_t looked_at = 0;
  if (is_downwards) {
    auto at = from.empty() ? all.end() : all.lower_bound(from);
    for (; at != all.begin() && looked_at < page_part_max; ++looked_at) take((--at)->second);
    part.is_last = at == all.begin();
  } else {
    auto at = all.upper_bound(from);
    for (; at != all.end() && looked_at < page_part_max; ++looked_at, ++at) take(at->second);
    part.is_last = at == all.end();
  }
  return part;
}

Task<std::vector<std::int64_t>> figures_of(core::Engine& engine,
                                           std::span<const core::TopicPtr> topics,
                                           std::string_view sort) {
  std::vector<std::int64_t> figures;
  Counts counts;
  if (sort == "records" || sort == "bytes") counts = co_await count(engine, topics);
  std::span<const std::optional<core::PartitionCounts>> rest = counts;
  for (const core::TopicPtr& topic : topics) {
    figures.push_back(sort == "name"         ? 0
                      : sort == "partitions" ? static_cast<std::int64_t>(topic->partitions.size())
                                             : figure_of(take_counts(rest, *topic), sort));
  }
  co_return figures;
}

// By name: from where the page begins until it is full; by a figure: all.
Task<void> offer_topics(Scope& scope, PageQuestion question, Page<core::TopicPtr>& page) {
  std::string from(question.first_name());
  for (bool is_last = false; !is_last && !(question.by_name() && page.is_full());) {
    if (!from.empty()) co_await io::Delay(scope.shard().reactor(), scope.shard().now());
    TopicPart part = next_part(scope.engine().catalog(), from,
                               question.by_name() && question.is_downwards, page);
    from = std::move(part.last);
    is_last = part.is_last;
    const auto figures = co_await figures_of(scope.engine(), part.topics, question.sort);
    for (std::size_t n = 0; n < part.topics.size(); ++n) {
      page.add({.name = part.topics[n]->name, .figure = figures[n]}, part.topics[n]);
    }
  }
}

Task<Outcome<Response>> list_topics(Scope& scope, Request& request) {
  const PageQuestion question = PageQuestion::of(request);
  Page<core::TopicPtr> page(question);
  co_await offer_topics(scope, question, page);
  std::vector<core::TopicPtr> chosen;
  for (const auto& entry : page.choose()) chosen.push_back(entry.item);
  const Counts counts = co_await count(scope.engine(), chosen);
  std::span<const std::optional<core::PartitionCounts>> rest = counts;
  JsonWriter json;
  json.begin_object().key("items").begin_array();
  for (const core::TopicPtr& topic : chosen) {
    json.begin_object();
    write_topic(json, *topic);
    write_sums(json, take_counts(rest, *topic));
    json.end_object();
  }
  json.end_array();
  co_return page_response(request, std::move(json), page.next());
}

std::string describe(const core::Topic& topic, const Counts& counts) {
  JsonWriter json;
  json.begin_object();
  write_topic(json, topic);
  write_sums(json, counts);
  json.key("by_partition").begin_array();
  for (std::size_t n = 0; n < counts.size(); ++n) {
    const core::PartitionCounts each = counts[n].value_or(core::PartitionCounts{});
    json.begin_object().member("partition", n);
    json.member("start_offset", each.start.value()).member("end_offset", each.end.value());
    json.member("bytes", each.bytes).end_object();
  }
  json.end_array();
  return std::move(json.end_object()).take();
}

Task<Response> show(Scope& scope, const core::TopicPtr& topic, Status status) {
  const Counts counts = co_await core::count_partitions(scope.engine(), topic->partitions);
  std::string text = describe(*topic, counts);
  std::string tag = entity_tag_of(text);
  Response response = Response::json(std::move(text), status);
  response.with("ETag", tag);
  co_return response;
}

Task<Outcome<Response>> show_topic(Scope& scope, Request& request) {
  CO_TRY(const core::TopicPtr topic, find_topic(scope, request));
  co_return co_await show(scope, topic, Status::ok);
}

Outcome<TopicWish> wish_of(const Request& request) {
  if (request.body.empty()) return TopicWish();
  TRY(const JsonDocument document, JsonDocument::parse(request.body.view()));
  TRY(JsonObject fields, document.root().as_object());
  return read_topic(fields);
}

Task<Outcome<Response>> show_made(Scope& scope, core::TopicPtr topic) {
  Response response = co_await show(scope, topic, Status::created);
  response.with("Location", "/v1/topics/" + percent_encoded(topic->name));
  co_return response;
}

// What PUT may do, for a request with a key.
struct Piece {
  static constexpr std::uint32_t make = 0;
  static constexpr std::uint32_t settings = 1;
  static constexpr std::uint32_t partitions = 2;
};

Task<Outcome<Response>> make_topic(Scope& scope, Request& request, TopicWish wish) {
  const std::string name(request.arguments.text("topic"));
  core::Engine& engine = scope.engine();
  CO_TRY(const core::TopicPtr topic,
         co_await engine.create_topic(
             {.name = name,
              .partition_count = wish.partitions.value_or(engine.options().partitions_default),
              .settings = wish.settings,
              .settings_given = wish.settings_given},
             piece_of(scope.keyed, Piece::make)));
  co_return co_await show_made(scope, topic);
}

Task<Outcome<Response>> put_topic(Scope& scope, Request& request) {
  CO_TRY(const TopicWish wish, wish_of(request));
  core::Engine& engine = scope.engine();
  core::TopicPtr topic = engine.catalog().find(request.arguments.text("topic"));
  const bool was_made = was_done(scope.keyed, Piece::make);
  if (topic == nullptr && was_made) co_return refuse_deleted_since(request.arguments.text("topic"));
  if (topic == nullptr) co_return co_await make_topic(scope, request, wish);
  if (was_made) co_return co_await show_made(scope, topic);
  const std::size_t count = topic->partitions.size();
  if (wish.partitions && *wish.partitions < count) {
    co_return refuse(
        Status::conflict,
        fmt::format("topic {} has {} partitions, and can't have fewer", topic->name, count))
        .with("partitions", static_cast<std::int64_t>(count));
  }
  // The settings first: if they are refused nothing has changed.
  if (wish.settings_given != 0 && !was_done(scope.keyed, Piece::settings)) {
    CO_TRY(topic, co_await engine.change_settings(topic->name, wish.settings, wish.settings_given,
                                                  wish.settings_given,
                                                  piece_of(scope.keyed, Piece::settings)));
  }
  if (wish.partitions && *wish.partitions > count && !was_done(scope.keyed, Piece::partitions)) {
    CO_TRY(topic, co_await engine.add_partitions(topic->name, *wish.partitions,
                                                 piece_of(scope.keyed, Piece::partitions)));
  }
  co_return co_await show(scope, topic, Status::ok);
}

Task<Outcome<Response>> delete_topic(Scope& scope, Request& request) {
  CO_TRY(co_await scope.engine().delete_topic(std::string(request.arguments.text("topic")),
                                              answer_piece_of(scope.keyed, Response::empty())));
  if (scope.keyed != nullptr) scope.keyed->set_kept();
  co_return Response::empty();
}

constexpr std::string_view wish_schema =
    R"({"type":"object","additionalProperties":false,"properties":{)"
    R"("partitions":{"type":"integer","minimum":1},)"
    R"("retention_ms":{"type":"integer","minimum":-1},)"
    R"("retention_bytes":{"type":"integer","minimum":-1},)"
    R"("message_bytes_max":{"type":"integer","minimum":0},)"
    R"("timestamp_source":{"enum":["producer","append"]},)"
    R"("timestamp_before_max_ms":{"type":"integer","minimum":-1},)"
    R"("timestamp_after_max_ms":{"type":"integer","minimum":-1}}})";

}  // namespace

void add_topic_routes(std::vector<Route>& routes) {
  routes.push_back({.method = Method::get,
                    .pattern = "/v1/topics",
                    .operation = "listTopics",
                    .tag = "topics",
                    .summary = "Topics, with how much is in them.",
                    .parameters = page_parameters(
                        {"partitions", "-partitions", "records", "-records", "bytes", "-bytes"}),
                    .answers = {{Status::ok, "A page of them.", {{"application/json"}}}},
                    .handler = list_topics});
  routes.push_back(
      {.method = Method::put,
       .pattern = "/v1/topics/{topic}",
       .operation = "putTopic",
       .tag = "topics",
       .summary = "Makes a topic, or brings it to these settings; what is not named stays.",
       .parameters = {topic_parameter()},
       .request = {{"application/json", wish_schema}},
       .answers = {{Status::created, "It was made.", {{"application/json"}}},
                   {Status::ok, "It is like this now.", {{"application/json"}}}},
       .handler = put_topic,
       .keys = Keys::kept});
  routes.push_back({.method = Method::get,
                    .pattern = "/v1/topics/{topic}",
                    .operation = "getTopic",
                    .tag = "topics",
                    .summary = "One topic, and what is in its partitions.",
                    .parameters = {topic_parameter()},
                    .answers = {{Status::ok, "The topic.", {{"application/json"}}},
                                {Status::not_modified, "It is as If-None-Match says."}},
                    .handler = show_topic});
  routes.push_back({.method = Method::remove,
                    .pattern = "/v1/topics/{topic}",
                    .operation = "deleteTopic",
                    .tag = "topics",
                    .summary = "Deletes a topic with its records and the offsets of groups in it.",
                    .parameters = {topic_parameter()},
                    .answers = {{Status::no_content, "It is gone."}},
                    .handler = delete_topic,
                    .keys = Keys::kept});
}

}  // namespace koine::http
