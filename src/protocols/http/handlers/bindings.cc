#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "protocols/http/binding_json.h"
#include "protocols/http/handlers/exchanges.h"
#include "protocols/http/kept_answer.h"
#include "protocols/http/keyed_request.h"
#include "protocols/http/page.h"
#include "protocols/http/queue_names.h"

namespace koine::http {

namespace {

// What bindings lead from: exchanges, and topics that have any. Sorted.
std::vector<std::string> sources_in(const core::Catalog& catalog, std::string_view vhost) {
  std::vector<std::string> names;
  for (const auto& exchange : catalog.routing().exchanges_in(vhost)) {
    names.push_back(exchange->name.name);
  }
  if (vhost == core::topics_virtual_host) {
    for (const auto& [name, topic] : catalog.topics()) {
      if (catalog.routing().find_source({vhost, name}) != nullptr) names.push_back(name);
    }
  }
  std::ranges::sort(names);
  return names;
}

// Of everything that has the name: one queue, and one exchange or topic.
std::vector<core::Binding> bindings_to(const core::Catalog& catalog, core::NameView target) {
  std::vector<core::Binding> bindings = catalog.routing().bindings_to(target);
  if (const core::QueuePtr queue = catalog.queues().find(target)) {
    auto more = catalog.routing().bindings_to_queue(*queue);
    bindings.insert(bindings.end(), std::make_move_iterator(more.begin()),
                    std::make_move_iterator(more.end()));
  }
  return bindings;
}

// All that the question is about; without a source or a target, of the sources from the page's beginning on, until it is full.
std::vector<core::Binding> candidates(const core::Catalog& catalog, const Request& request,
                                      const PageQuestion& question) {
  const std::string_view vhost = vhost_of(request);
  const auto source = request.arguments.find("source");
  const auto target = request.arguments.find("target");
  if (target) {
    auto bindings = bindings_to(catalog, {vhost, *target});
    if (source) {
      std::erase_if(bindings, [&](const auto& each) { return each.source.name != *source; });
    }
    return bindings;
  }
  if (source) return catalog.routing().bindings_from({vhost, *source});
  std::vector<core::Binding> bindings;
  const std::string_view first = question.after.substr(0, question.after.find(" > "));
  std::size_t matching = 0;
  for (const std::string& name : sources_in(catalog, vhost)) {
    if (name < first || matching > question.limit) continue;
    for (core::Binding& each : catalog.routing().bindings_from({vhost, name})) {
      const std::string key = sort_key_of(each);
      if (key <= question.after || !key.contains(question.search)) continue;
      ++matching;
      bindings.push_back(std::move(each));
    }
  }
  return bindings;
}

Outcome<Response> list_bindings(Scope& scope, Request& request) {
  const PageQuestion question = PageQuestion::of(request);
  Page page(question);
  const auto bindings = candidates(scope.engine().catalog(), request, question);
  std::vector<std::string> keys;
  keys.reserve(bindings.size());
  for (const core::Binding& binding : bindings) keys.push_back(sort_key_of(binding));
  for (std::size_t n = 0; n < keys.size(); ++n) {
    if (page.wants(keys[n])) page.add({.name = keys[n], .index = n});
  }
  JsonWriter json;
  json.begin_object().key("items").begin_array();
  for (const PageEntry& entry : page.choose()) {
    json.begin_object();
    write_binding(json, bindings[entry.index]);
    json.end_object();
  }
  json.end_array();
  return page_response(request, std::move(json), page.next());
}

// A target has fewer bindings than a source, mostly.
bool exists(const core::Catalog& catalog, const core::Binding& binding) {
  const auto bindings = bindings_to(catalog, {binding.source.vhost, binding.target});
  return std::ranges::find(bindings, binding) != bindings.end();
}

Task<Outcome<Response>> add_binding(Scope& scope, Request& request) {
  CO_TRY(const JsonDocument document, JsonDocument::parse(request.body.view()));
  CO_TRY(JsonObject fields, document.root().as_object());
  CO_TRY(const core::Binding binding, read_binding(fields, vhost_of(request)));
  const bool is_new = !exists(scope.engine().catalog(), binding);
  JsonWriter json;
  json.begin_object();
  write_binding(json, binding);
  Response answer =
      Response::json(std::move(json.end_object()).take(), is_new ? Status::created : Status::ok);
  CO_TRY(
      co_await scope.engine().queue_client().bind(binding, answer_piece_of(scope.keyed, answer)));
  if (scope.keyed != nullptr) scope.keyed->set_kept();
  co_return answer;
}

Outcome<core::Binding> binding_named(const Request& request) {
  const std::string_view vhost = vhost_of(request);
  if (const auto id = request.arguments.find("id")) {
    auto binding = binding_of_id(*id, vhost);
    if (binding) return std::move(*binding);
    return refuse(Status::bad_request, "parameter id: this is no id of a binding");
  }
  const auto source = request.arguments.find("source");
  const auto target = request.arguments.find("target");
  if (!source || !target) {
    return refuse(Status::bad_request, "expected the parameter id, or source and target");
  }
  return core::Binding{
      .source = {.vhost = std::string(vhost), .name = std::string(*source)},
      .target_kind = *target_kind_of(request.arguments.text_or("target_kind", "queue")),
      .target = std::string(*target),
      .routing_key = std::string(request.arguments.text_or("routing_key", "")),
      .arguments = {}};
}

Task<Outcome<Response>> remove_binding(Scope& scope, Request& request) {
  CO_TRY(const core::Binding binding, binding_named(request));
  if (!exists(scope.engine().catalog(), binding)) {
    co_return refuse(Status::not_found,
                     fmt::format("'{}' is not bound to '{}' with that routing key and those "
                                 "arguments",
                                 binding.target, binding.source.name));
  }
  CO_TRY(co_await scope.engine().queue_client().unbind(
      binding, answer_piece_of(scope.keyed, Response::empty())));
  if (scope.keyed != nullptr) scope.keyed->set_kept();
  co_return Response::empty();
}

}  // namespace

void add_binding_routes(std::vector<Route>& routes) {
  const std::vector<Content> json = {{"application/json"}};
  std::vector<Parameter> list_parameters = page_parameters();
  // Only upwards: a list of millions is looked at from the front.
  list_parameters.back().choices = {"name"};
  list_parameters.push_back(vhost_parameter());
  list_parameters.push_back({.name = "source", .description = "Only those from here."});
  list_parameters.push_back({.name = "target", .description = "Only those to what has this name."});
  routes.push_back({.method = Method::get,
                    .pattern = "/v1/bindings",
                    .operation = "listBindings",
                    .tag = "bindings",
                    .summary = "Bindings of exchanges and topics.",
                    .parameters = std::move(list_parameters),
                    .answers = {{Status::ok, "A page of them.", json}},
                    .handler = list_bindings});
  routes.push_back(
      {.method = Method::post,
       .pattern = "/v1/bindings",
       .operation = "addBinding",
       .tag = "bindings",
       .summary = "Binds a queue, an exchange or a topic to an exchange.",
       .parameters = {vhost_parameter()},
       .request = {{"application/json", binding_schema}},
       .answers = {{Status::created, "It was made.", json}, {Status::ok, "It was there.", json}},
       .handler = add_binding,
       .keys = Keys::kept});
  routes.push_back(
      {.method = Method::remove,
       .pattern = "/v1/bindings",
       .operation = "removeBinding",
       .tag = "bindings",
       .summary = "Removes a binding: by its id, or by what it joins and its routing key.",
       .parameters = {vhost_parameter(),
                      {.name = "id", .description = "As the list has it."},
                      {.name = "source", .description = "An exchange's or topic's name."},
                      {.name = "target_kind",
                       .description = "Default: queue.",
                       .type = Parameter::Type::choice,
                       .choices = {"queue", "exchange", "topic"}},
                      {.name = "target", .description = "What is bound."},
                      {.name = "routing_key", .description = "Default: empty."}},
       .answers = {{Status::no_content, "It is gone."}},
       .handler = remove_binding,
       .keys = Keys::kept});
}

}  // namespace koine::http
