// Which queues hold dead letters, from where and why.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "core/queues/queue_move.h"
#include "protocols/http/handlers/queue_moves.h"
#include "protocols/http/json_writer.h"
#include "protocols/http/page.h"
#include "protocols/http/queue_names.h"

namespace koine::http {

namespace {

constexpr std::uint32_t looked_at_max = 1000;
// Each of them costs a look into a queue.
constexpr std::int64_t limit_max = 100;
constexpr std::int64_t limit_default = 20;

using Names = std::set<std::string>;

// Queues to which some dead letter exchange leads: straight, or by any of its bindings.
void add_targets(const core::Catalog& catalog, const core::QueueSpec& spec, Names& exchanges,
                 Names& queues) {
  const core::QueueSettings& settings = spec.settings;
  const std::string& vhost = spec.name.vhost;
  if (settings.dead_letter_exchange->empty()) {
    if (settings.dead_letter_routing_key) queues.insert(*settings.dead_letter_routing_key);
    return;
  }
  std::vector<std::string> to_visit = {*settings.dead_letter_exchange};
  while (!to_visit.empty()) {
    const std::string exchange = std::move(to_visit.back());
    to_visit.pop_back();
    if (!exchanges.insert(exchange).second) continue;
    for (const core::Binding& binding : catalog.routing().bindings_from({vhost, exchange})) {
      if (binding.target_kind == core::TargetKind::queue) queues.insert(binding.target);
      if (binding.target_kind == core::TargetKind::exchange) to_visit.push_back(binding.target);
    }
  }
}

std::vector<core::QueuePtr> holders_of(const core::Catalog& catalog, std::string_view vhost) {
  Names exchanges;
  Names names;
  catalog.queues().visit_after({vhost, ""}, [&](const core::QueuePtr& queue) {
    if (queue->spec.settings.dead_letter_exchange) {
      add_targets(catalog, queue->spec, exchanges, names);
    }
    return true;
  });
  std::vector<core::QueuePtr> holders;
  for (const std::string& name : names) {
    if (auto queue = catalog.queues().find({vhost, name})) holders.push_back(std::move(queue));
  }
  return holders;
}

// From where, why, with which exchange and routing key.
using Origin = std::tuple<std::string, std::string, std::string, std::string>;

Outcome<std::map<Origin, std::uint64_t>> origins_of(const std::vector<core::GotMessage>& messages) {
  std::map<Origin, std::uint64_t> origins;
  for (const core::GotMessage& message : messages) {
    TRY(const core::MessageView view, core::decode_message(message.stored.view()));
    TRY(const core::PropertiesSummary summary, core::summarize_properties(view.properties));
    if (summary.headers.empty()) continue;
    TRY(const core::FieldTable headers, core::decode_field_table(summary.headers));
    const auto death = core::last_death_of(headers);
    if (death) ++origins[{death->queue, death->reason, death->exchange, death->routing_key}];
  }
  return origins;
}

Task<Outcome<>> write_holder(const Scope& scope, JsonWriter& json, core::QueuePtr queue) {
  core::QueueClient& client = scope.engine().queue_client();
  const auto counts = co_await client.counts(queue);
  const auto messages = co_await client.peek(queue, looked_at_max);
  // It was deleted just now.
  if (!counts || !messages) co_return Outcome<>{};
  CO_TRY(const auto origins, origins_of(*messages));
  json.begin_object().member("queue", queue->spec.name.name).member("ready", counts->ready);
  json.member("looked_at", messages->size()).key("from").begin_array();
  for (const auto& [origin, count] : origins) {
    const auto& [died_in, reason, exchange, routing_key] = origin;
    json.begin_object().member("queue", died_in).member("reason", reason);
    json.member("exchange", exchange).member("routing_key", routing_key);
    json.member("count", count).end_object();
  }
  json.end_array().end_object();
  co_return Outcome<>{};
}

Task<Outcome<Response>> list_dead_letters(Scope& scope, Request& request) {
  PageQuestion question = PageQuestion::of(request);
  question.limit = static_cast<std::size_t>(request.arguments.number_or("limit", limit_default));
  Page<std::size_t> page(question);
  const auto holders = holders_of(scope.engine().catalog(), vhost_of(request));
  for (std::size_t n = 0; n < holders.size(); ++n) {
    const std::string& name = holders[n]->spec.name.name;
    if (page.wants(name)) page.add({.name = name}, n);
  }
  JsonWriter json;
  json.begin_object().key("items").begin_array();
  for (const auto& entry : page.choose()) {
    CO_TRY(co_await write_holder(scope, json, holders[entry.item]));
  }
  json.end_array();
  co_return page_response(request, std::move(json), page.next());
}

}  // namespace

void add_dead_letter_routes(std::vector<Route>& routes) {
  std::vector<Parameter> parameters = page_parameters();
  parameters.front().max = limit_max;
  parameters.push_back(vhost_parameter());
  routes.push_back(
      {.method = Method::get,
       .pattern = "/v1/dead-letters",
       .operation = "listDeadLetters",
       .tag = "queues",
       .summary = "Queues that dead letters go to: what is in them, from where and why.",
       .parameters = std::move(parameters),
       .answers = {{Status::ok, "A page of them.", {{"application/json"}}}},
       .handler = list_dead_letters});
}

}  // namespace koine::http
