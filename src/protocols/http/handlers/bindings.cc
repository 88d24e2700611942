#include <fmt/format.h>

#include <array>
#include <memory>
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

// Of everything that has the name: one queue, and one exchange or topic.
template <typename Visit>
void visit_bindings_to(const core::Catalog& catalog, core::NameView target, Visit visit) {
  const core::QueuePtr queue = catalog.queues().find(target);
  const std::array nodes = {catalog.routing().find_source(target),
                            queue != nullptr ? catalog.routing().find_queue(queue->id()) : nullptr};
  for (const core::RoutingNode* const node : nodes) {
    if (node == nullptr) continue;
    for (const core::RoutingEdge* const edge : node->incoming) visit(*edge);
  }
}

// The key is where it stands in the list.
struct ListedBinding {
  std::string key;
  core::Binding binding;
};

// An exchange may have a hundred thousand: of each that is not on the page only the key is made.
class BindingPage {
 public:
  explicit BindingPage(const PageQuestion& question) : page_(question) {}

  void offer(const core::RoutingEdge& edge) {
    key_.clear();
    append_sort_key(key_, edge);
    const PagePlace place{.name = key_};
    if (!page_.wants(key_) || !page_.has_place_for(place)) return;
    auto listed = std::make_unique<ListedBinding>(key_, core::binding_of(edge));
    const PagePlace kept{.name = listed->key};
    page_.add(kept, std::move(listed));
  }
  // False: the page is full.
  bool offer_all_from(const core::RoutingNode& source) {
    for (const auto& edge : source.outgoing) offer(*edge);
    return !page_.is_full();
  }
  Page<std::unique_ptr<ListedBinding>>& page() { return page_; }

 private:
  Page<std::unique_ptr<ListedBinding>> page_;
  std::string key_;
};

// All that the question is about; without a source or a target, of the sources from the page's beginning on, until it is full.
void offer_bindings(const core::Catalog& catalog, const Request& request,
                    const PageQuestion& question, BindingPage& page) {
  const std::string_view vhost = vhost_of(request);
  const auto source = request.arguments.find("source");
  const auto target = request.arguments.find("target");
  if (target) {
    visit_bindings_to(catalog, {vhost, *target}, [&](const core::RoutingEdge& edge) {
      if (!source || edge.source->name().name == *source) page.offer(edge);
    });
    return;
  }
  // The page before may have ended in the middle of a source.
  const std::string_view first =
      source ? *source : question.after.substr(0, question.after.find(" > "));
  const core::RoutingNode* const node = catalog.routing().find_source({vhost, first});
  const bool is_named = source || !first.empty();
  if (is_named && node != nullptr && !page.offer_all_from(*node)) return;
  if (source) return;
  catalog.routing().visit_sources_after(
      {vhost, first}, [&](const core::RoutingNode& each) { return page.offer_all_from(each); });
}

Outcome<Response> list_bindings(Scope& scope, Request& request) {
  const PageQuestion question = PageQuestion::of(request);
  BindingPage page(question);
  offer_bindings(scope.engine().catalog(), request, question, page);
  JsonWriter json;
  json.begin_object().key("items").begin_array();
  for (const auto& entry : page.page().choose()) {
    json.begin_object();
    write_binding(json, entry.item->binding);
    json.end_object();
  }
  json.end_array();
  return page_response(request, std::move(json), page.page().next());
}

// A target has fewer bindings than a source, mostly.
bool exists(const core::Catalog& catalog, const core::Binding& binding) {
  bool is_found = false;
  visit_bindings_to(catalog, {binding.source.vhost, binding.target},
                    [&](const core::RoutingEdge& edge) {
                      is_found = is_found || core::binding_of(edge) == binding;
                    });
  return is_found;
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
