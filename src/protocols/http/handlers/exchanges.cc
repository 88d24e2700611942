#include "protocols/http/handlers/exchanges.h"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>

#include "core/queues/queue_arguments.h"
#include "core/routing/router.h"
#include "io/delay.h"
#include "protocols/http/exchange_json.h"
#include "protocols/http/kept_answer.h"
#include "protocols/http/keyed_request.h"
#include "protocols/http/page.h"
#include "protocols/http/queue_names.h"

namespace koine::http {

namespace {

// Some of the virtual host's exchanges, in order of their names, from where the page begins on; where to go on, or nothing.
std::optional<std::string> offer_part(const core::RoutingGraph& routing, core::NameView from,
                                      bool is_downwards, Page<core::ExchangePtr>& page) {
  std::size_t looked_at = 0;
  std::optional<std::string> last;
  const auto visit = [&](const core::RoutingNode& node) {
    const std::string_view name = node.name().name;
    const bool is_named_exchange = node.exchange() != nullptr && !name.empty();
    if (is_named_exchange && page.wants(name)) {
      page.add({.name = name}, std::get<core::ExchangePtr>(node.what));
    }
    if (page.is_full()) return false;
    if (++looked_at < page_part_max) return true;
    last = name;
    return false;
  };
  if (is_downwards) {
    routing.visit_sources_before(from, visit);
  } else {
    routing.visit_sources_after(from, visit);
  }
  return last;
}

Task<Outcome<Response>> list_exchanges(Scope& scope, Request& request) {
  const core::RoutingGraph& routing = scope.engine().catalog().routing();
  const std::string_view vhost = vhost_of(request);
  const PageQuestion question = PageQuestion::of(request);
  Page<core::ExchangePtr> page(question);
  // Listed by the name that it is asked for by.
  const core::ExchangePtr nameless = routing.find_exchange({vhost, ""});
  if (nameless != nullptr && page.wants(default_exchange)) {
    page.add({.name = default_exchange}, nameless);
  }
  std::optional<std::string> from(question.after);
  while (from) {
    from = offer_part(routing, {vhost, *from}, question.is_downwards, page);
    if (from) co_await io::Delay(scope.shard().reactor(), scope.shard().now());
  }
  JsonWriter json;
  json.begin_object().key("items").begin_array();
  for (const auto& entry : page.choose()) {
    json.begin_object();
    write_exchange(json, routing, *entry.item);
    json.end_object();
  }
  json.end_array();
  co_return page_response(request, std::move(json), page.next());
}

Response describe(const Scope& scope, const core::ExchangeSpec& exchange, Status status) {
  JsonWriter json;
  json.begin_object();
  write_exchange(json, scope.engine().catalog().routing(), exchange);
  return Response::json(std::move(json.end_object()).take(), status);
}

Outcome<Response> show_exchange(Scope& scope, Request& request) {
  TRY(const core::ExchangePtr exchange, find_exchange(scope, request));
  return describe(scope, *exchange, Status::ok);
}

Outcome<core::ExchangeSpec> declared(const Request& request) {
  const std::string_view name = request.arguments.text("exchange");
  if (request.body.empty()) {
    core::ExchangeSpec spec{.name = name_in(request, name)};
    return spec;
  }
  TRY(const JsonDocument document, JsonDocument::parse(request.body.view()));
  TRY(JsonObject fields, document.root().as_object());
  return read_exchange(fields, name_in(request, name));
}

Task<Outcome<Response>> declare_exchange(Scope& scope, Request& request) {
  CO_TRY(const core::ExchangeSpec spec, declared(request));
  const bool is_new = scope.engine().catalog().routing().find_exchange(spec.name) == nullptr;
  if (is_new) CO_TRY(check_not_reserved("exchange", spec.name.name));
  const bool was_made = was_done(scope.keyed, 0);
  if (is_new && was_made) co_return refuse_deleted_since(spec.name.name);
  CO_TRY(const core::ExchangePtr exchange,
         co_await scope.engine().queue_client().declare_exchange(spec, piece_of(scope.keyed, 0)));
  CO_TRY(check_same(spec, *exchange));
  co_return describe(scope, *exchange, is_new || was_made ? Status::created : Status::ok)
      .with("Location", request.path);
}

Task<Outcome<Response>> delete_exchange(Scope& scope, Request& request) {
  CO_TRY(const core::ExchangePtr exchange, find_exchange(scope, request));
  CO_TRY(co_await scope.engine().queue_client().delete_exchange(
      exchange->name, request.arguments.is_true("if_unused"),
      answer_piece_of(scope.keyed, Response::empty())));
  if (scope.keyed != nullptr) scope.keyed->set_kept();
  co_return Response::empty();
}

void write_explained(JsonWriter& json, const std::vector<core::RouteStep>& steps,
                     const core::Route& route) {
  json.begin_object().key("steps").begin_array();
  for (const core::RouteStep& step : steps) {
    json.begin_object().member("from", step.from).member("rule", step.rule);
    json.member("to", step.to).end_object();
  }
  json.end_array().key("queues").begin_array();
  for (const core::QueuePtr& queue : route.queues) json.value(queue->spec.name.name);
  json.end_array().key("topics").begin_array();
  for (const core::TopicPtr& topic : route.topics) json.value(topic->name);
  json.end_array().end_object();
}

// `header=name:value`, as often as there are headers.
Outcome<std::vector<std::byte>> headers_of(const Request& request) {
  core::FieldTable headers;
  for (const Argument& argument : request.arguments) {
    if (argument.name != "header") continue;
    const std::size_t colon = argument.value.find(':');
    if (colon == std::string_view::npos) {
      return refuse(
                 Status::bad_request,
                 fmt::format("parameter header: found '{}', expected NAME:VALUE", argument.value))
          .with("parameter", "header");
    }
    headers.push_back({std::string(argument.value.substr(0, colon)),
                       core::FieldValue{std::string(argument.value.substr(colon + 1))}});
  }
  std::vector<std::byte> encoded;
  if (!headers.empty()) core::encode_field_table(headers, encoded);
  return encoded;
}

// A topic routes as well: its name is in the space of exchanges. `amq.default` is the one without a name.
Outcome<Response> explain_route(Scope& scope, Request& request) {
  const std::string_view name = request.arguments.text("exchange");
  TRY(const auto headers, headers_of(request));
  const core::RoutingQuestion question{.vhost = vhost_of(request),
                                       .exchange = name == default_exchange ? "" : name,
                                       .routing_key = request.arguments.text_or("routing_key", ""),
                                       .headers = headers};
  core::Route route;
  TRY(core::find_route(scope.engine().catalog(), question, route));
  TRY(const auto steps, core::explain_route(scope.engine().catalog(), question));
  JsonWriter json;
  write_explained(json, steps, route);
  return Response::json(std::move(json).take());
}

}  // namespace

void add_exchange_routes(std::vector<Route>& routes) {
  std::vector<Parameter> list_parameters = page_parameters();
  list_parameters.push_back(vhost_parameter());
  const Parameter exchange{
      .name = "exchange", .description = "The exchange's name.", .place = Parameter::Place::path};
  const std::vector<Content> json = {{"application/json"}};
  routes.push_back({.method = Method::get,
                    .pattern = "/v1/exchanges",
                    .operation = "listExchanges",
                    .tag = "exchanges",
                    .summary = "Exchanges, also the predeclared ones.",
                    .parameters = std::move(list_parameters),
                    .answers = {{Status::ok, "A page of them.", json}},
                    .handler = list_exchanges});
  routes.push_back({.method = Method::get,
                    .pattern = "/v1/exchanges/{exchange}",
                    .operation = "showExchange",
                    .tag = "exchanges",
                    .summary = "One exchange.",
                    .parameters = {exchange, vhost_parameter()},
                    .answers = {{Status::ok, "The exchange.", json}},
                    .handler = show_exchange});
  routes.push_back(
      {.method = Method::put,
       .pattern = "/v1/exchanges/{exchange}",
       .operation = "declareExchange",
       .tag = "exchanges",
       .summary = "Makes an exchange, unless it is there with the same settings.",
       .parameters = {exchange, vhost_parameter()},
       .request = {{"application/json", exchange_schema}},
       .answers = {{Status::created, "It was made.", json}, {Status::ok, "It was there.", json}},
       .handler = declare_exchange,
       .keys = Keys::kept});
  routes.push_back({.method = Method::remove,
                    .pattern = "/v1/exchanges/{exchange}",
                    .operation = "deleteExchange",
                    .tag = "exchanges",
                    .summary = "Deletes an exchange with its bindings.",
                    .parameters = {exchange,
                                   vhost_parameter(),
                                   {.name = "if_unused",
                                    .description = "Only if nothing is bound to it.",
                                    .type = Parameter::Type::boolean}},
                    .answers = {{Status::no_content, "It is gone."}},
                    .handler = delete_exchange,
                    .keys = Keys::kept});
  routes.push_back(
      {.method = Method::get,
       .pattern = "/v1/exchanges/{exchange}/route",
       .operation = "explainRoute",
       .tag = "exchanges",
       .summary = "Where a message would go, and why. Nothing is sent.",
       .parameters = {exchange,
                      vhost_parameter(),
                      {.name = "routing_key", .description = "The message's; default: empty."},
                      {.name = "header",
                       .description = "NAME:VALUE, a header of the message.",
                       .repeats = true}},
       .answers = {{Status::ok, "Each step, and where it ends.", json}},
       .handler = explain_route});
}

}  // namespace koine::http
