#include "protocols/http/handlers/status.h"

#include <utility>

#include "protocols/http/checks.h"
#include "protocols/http/json_writer.h"
#include "protocols/http/scope.h"
#include "protocols/http/server_figures.h"

namespace koine::http {

namespace {

std::int64_t whole(const Exposition& figures, std::string_view name) {
  return static_cast<std::int64_t>(figures.sum(name));
}

void write_contents(JsonWriter& json, const Exposition& figures) {
  json.member("topics", whole(figures, "koine_topics"));
  json.member("partitions", whole(figures, "koine_partitions"));
  json.member("queues", whole(figures, "koine_queues"));
  json.member("exchanges", whole(figures, "koine_exchanges"));
  json.member("bindings", whole(figures, "koine_bindings"));
  json.member("groups", whole(figures, "koine_consumer_groups"));
  json.member("messages_ready", whole(figures, "koine_queue_messages_ready"));
  json.member("messages_unsettled", whole(figures, "koine_queue_messages_unsettled"));
}

void write_connections(JsonWriter& json, const Exposition& figures) {
  json.key("connections").begin_object();
  for (const std::string_view protocol : {"kafka", "amqp", "http"}) {
    json.member(protocol, static_cast<std::int64_t>(figures.sum("koine_connections", protocol)));
  }
  json.end_object();
}

Task<Outcome<Response>> status(Scope& scope, Request&) {
  const Exposition figures = co_await server_figures(scope);
  const std::vector<Check> checks = co_await check_server(scope);
  const core::EngineOptions& options = scope.engine().options();
  bool is_well = true;
  for (const Check& check : checks) is_well = is_well && check.reason.empty();
  JsonWriter json;
  json.begin_object().member("version", scope.options().version);
  json.member("cluster_id", scope.engine().cluster_id());
  json.member("is_well", is_well).key("reasons").begin_array();
  for (const Check& check : checks) {
    if (check.reason.empty()) continue;
    json.begin_object().member("check", check.name).member("reason", check.reason).end_object();
  }
  json.end_array();
  json.member("durability",
              options.journal.durability == journal::Durability::disk ? "disk" : "os");
  json.member("uptime_ms", static_cast<std::int64_t>(figures.sum("koine_uptime_seconds") * 1000));
  json.member("shards", scope.engine().all().size());
  write_contents(json, figures);
  write_connections(json, figures);
  json.key("disk").begin_object();
  json.member("size_bytes", whole(figures, "koine_disk_size_bytes"));
  json.member("free_bytes", whole(figures, "koine_disk_free_bytes"));
  json.member("journal_bytes", whole(figures, "koine_journal_disk_bytes")).end_object();
  json.key("memory").begin_object();
  json.member("resident_bytes", whole(figures, "process_resident_memory_bytes"));
  json.member("cache_bytes", whole(figures, "koine_journal_cache_bytes")).end_object();
  co_return Response::json(std::move(json.end_object()).take()).with("Cache-Control", "no-store");
}

}  // namespace

void add_status_routes(std::vector<Route>& routes) {
  routes.push_back({.method = Method::get,
                    .pattern = "/v1/status",
                    .operation = "getStatus",
                    .tag = "status",
                    .summary = "What runs, what is in it, and why it is not well, if it is not.",
                    .answers = {{Status::ok, "The status.", {{"application/json"}}}},
                    .handler = status});
}

}  // namespace koine::http
