#include "protocols/http/handlers/queues.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "core/queues/count_queues.h"
#include "io/delay.h"
#include "protocols/http/binding_json.h"
#include "protocols/http/kept_answer.h"
#include "protocols/http/keyed_request.h"
#include "protocols/http/page.h"
#include "protocols/http/queue_json.h"
#include "protocols/http/queue_names.h"

namespace koine::http {

namespace {

using Counts = std::vector<std::optional<core::QueueCounts>>;

// With a queue, so many of its bindings are shown; /v1/bindings has all of them.
constexpr std::size_t bindings_shown_max = 100;

std::int64_t figure_of(const core::QueueCounts& counts, std::string_view sort) {
  if (sort == "ready") return static_cast<std::int64_t>(counts.ready);
  if (sort == "unsettled") return static_cast<std::int64_t>(counts.unsettled);
  if (sort == "ready_bytes") return static_cast<std::int64_t>(counts.ready_bytes);
  return counts.consumers;
}

// Some of the virtual host's queues, in order of their names, and where to go on.
struct QueuePart {
  std::vector<core::QueuePtr> queues;  // that the page wants
  std::string last;                    // name that was looked at
  bool is_last = true;                 // there are no more
};

QueuePart next_part(const core::QueueTable& table, core::NameView from, bool is_downwards,
                    const Page<core::QueuePtr>& page) {
  QueuePart part;
  std::size_t looked_at = 0;
  const core::QueuePtr* last = nullptr;
  const auto visit = [&](const core::QueuePtr& queue) {
    last = &queue;
    if (page.wants(queue->spec.name.name)) part.queues.push_back(queue);
    part.is_last = ++looked_at < page_part_max;
    return part.is_last;
  };
  if (is_downwards) {
    table.visit_before(from, visit);
  } else {
    table.visit_after(from, visit);
  }
  if (last != nullptr) part.last = (*last)->spec.name.name;
  return part;
}

// By name: from where the page begins until it is full; by a figure: all.
Task<void> offer_queues(Scope& scope, std::string_view vhost, PageQuestion question,
                        Page<core::QueuePtr>& page) {
  core::Engine& engine = scope.engine();
  std::string from(question.first_name());
  for (bool is_last = false; !is_last && !(question.by_name() && page.is_full());) {
    if (!from.empty()) co_await io::Delay(scope.shard().reactor(), scope.shard().now());
    QueuePart part = next_part(engine.catalog().queues(), {vhost, from},
                               question.by_name() && question.is_downwards, page);
    from = std::move(part.last);
    is_last = part.is_last;
    Counts counts;
    if (!question.by_name()) counts = co_await core::count_queues(engine, part.queues);
    for (std::size_t n = 0; n < part.queues.size(); ++n) {
      const bool is_gone = !question.by_name() && !counts[n];
      if (is_gone) continue;
      page.add({.name = part.queues[n]->spec.name.name,
                .figure = question.by_name() ? 0 : figure_of(*counts[n], question.sort)},
               part.queues[n]);
    }
  }
}

Task<Outcome<Response>> list_queues(Scope& scope, Request& request) {
  const PageQuestion question = PageQuestion::of(request);
  Page<core::QueuePtr> page(question);
  co_await offer_queues(scope, vhost_of(request), question, page);
  std::vector<core::QueuePtr> chosen;
  for (const auto& entry : page.choose()) chosen.push_back(entry.item);
  const Counts counts = co_await core::count_queues(scope.engine(), chosen);
  JsonWriter json;
  json.begin_object().key("items").begin_array();
  for (std::size_t n = 0; n < chosen.size(); ++n) {
    json.begin_object();
    write_queue(json, *chosen[n], counts[n]);
    json.end_object();
  }
  json.end_array();
  co_return page_response(request, std::move(json), page.next());
}

Response describe(const Scope& scope, const core::QueuePtr& queue,
                  const std::optional<core::QueueCounts>& counts, Status status) {
  JsonWriter json;
  json.begin_object();
  write_queue(json, *queue, counts);
  const auto bindings = scope.engine().catalog().routing().bindings_to_queue(*queue);
  json.member("binding_count", bindings.size()).key("bindings").begin_array();
  for (std::size_t n = 0; n < std::min(bindings.size(), bindings_shown_max); ++n) {
    json.begin_object();
    write_binding(json, bindings[n]);
    json.end_object();
  }
  json.end_array();
  return Response::json(std::move(json.end_object()).take(), status);
}

Task<Outcome<Response>> show_queue(Scope& scope, Request& request) {
  CO_TRY(const core::QueuePtr queue, find_queue(scope, request));
  CO_TRY(const auto counts, co_await scope.engine().queue_client().counts(queue));
  co_return describe(scope, queue, counts, Status::ok);
}

Outcome<core::QueueSpec> declared(const Request& request) {
  const std::string_view name = request.arguments.text("queue");
  TRY(check_not_reserved("queue", name));
  if (request.body.empty()) {
    core::QueueSpec spec{.name = name_in(request, name)};
    return spec;
  }
  TRY(const JsonDocument document, JsonDocument::parse(request.body.view()));
  TRY(JsonObject fields, document.root().as_object());
  return read_queue(fields, name_in(request, name));
}

Task<Outcome<Response>> declare_queue(Scope& scope, Request& request) {
  CO_TRY(const core::QueueSpec spec, declared(request));
  core::LocalQueueClient& client = scope.engine().queue_client();
  const bool is_new = scope.engine().catalog().queues().find(spec.name) == nullptr;
  const bool was_made = was_done(scope.keyed, 0);
  if (is_new && was_made) co_return refuse_deleted_since(spec.name.name);
  CO_TRY(const core::QueuePtr queue, co_await client.declare_queue(spec, piece_of(scope.keyed, 0)));
  CO_TRY(check_same(spec, queue->spec));
  CO_TRY(const auto counts, co_await client.counts(queue));
  co_return describe(scope, queue, counts, is_new || was_made ? Status::created : Status::ok)
      .with("Location", request.path);
}

Task<Outcome<Response>> delete_queue(Scope& scope, Request& request) {
  CO_TRY(const core::QueuePtr queue, find_shared_queue(scope, request));
  const auto answer = [](auto count) {
    return Response::json(fmt::format(R"({{"deleted_messages":{}}})", count));
  };
  CO_TRY(const std::uint64_t deleted, co_await scope.engine().queue_client().delete_queue(
                                          queue->spec.name,
                                          {.if_unused = request.arguments.is_true("if_unused"),
                                           .if_empty = request.arguments.is_true("if_empty")},
                                          answer_piece_of(scope.keyed, answer(result_mark))));
  if (scope.keyed != nullptr) scope.keyed->set_kept();
  co_return answer(deleted);
}

}  // namespace

void add_queue_routes(std::vector<Route>& routes) {
  std::vector<Parameter> list_parameters =
      page_parameters({"ready", "-ready", "unsettled", "-unsettled", "ready_bytes", "-ready_bytes",
                       "consumers", "-consumers"});
  list_parameters.push_back(vhost_parameter());
  const Parameter queue{
      .name = "queue", .description = "The queue's name.", .place = Parameter::Place::path};
  const auto flag = [](std::string_view name, std::string_view sentence) {
    return Parameter{.name = name, .description = sentence, .type = Parameter::Type::boolean};
  };
  const std::vector<Content> json = {{"application/json"}};
  routes.push_back({.method = Method::get,
                    .pattern = "/v1/queues",
                    .operation = "listQueues",
                    .tag = "queues",
                    .summary = "Queues, with how many messages are in them.",
                    .parameters = std::move(list_parameters),
                    .answers = {{Status::ok, "A page of them.", json}},
                    .handler = list_queues});
  routes.push_back({.method = Method::get,
                    .pattern = "/v1/queues/{queue}",
                    .operation = "showQueue",
                    .tag = "queues",
                    .summary = "One queue: its settings, counts and bindings.",
                    .parameters = {queue, vhost_parameter()},
                    .answers = {{Status::ok, "The queue.", json}},
                    .handler = show_queue});
  routes.push_back(
      {.method = Method::put,
       .pattern = "/v1/queues/{queue}",
       .operation = "declareQueue",
       .tag = "queues",
       .summary = "Makes a queue, unless it is there with the same settings.",
       .parameters = {queue, vhost_parameter()},
       .request = {{"application/json", queue_schema}},
       .answers = {{Status::created, "It was made.", json}, {Status::ok, "It was there.", json}},
       .handler = declare_queue,
       .keys = Keys::kept});
  routes.push_back({.method = Method::remove,
                    .pattern = "/v1/queues/{queue}",
                    .operation = "deleteQueue",
                    .tag = "queues",
                    .summary = "Deletes a queue with what is in it.",
                    .parameters = {queue, vhost_parameter(),
                                   flag("if_unused", "Only if nobody consumes from it."),
                                   flag("if_empty", "Only if nothing is ready in it.")},
                    .answers = {{Status::ok, "It is gone.", json}},
                    .handler = delete_queue,
                    .keys = Keys::kept});
}

}  // namespace koine::http
