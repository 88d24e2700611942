// `/metrics`: our own names. `/metrics/compat/rabbitmq`: those that RabbitMQ's overview dashboard asks for, as far as they mean
// something here. `/metrics/compat/kafka`: see kafka_exposition.h.

#include <array>
#include <utility>

#include "protocols/http/handlers/status.h"
#include "protocols/http/kafka_exposition.h"
#include "protocols/http/scope.h"
#include "protocols/http/server_figures.h"

namespace koine::http {

namespace {

Response exposed(std::string text) {
  return Response::text(exposition_type, std::move(text)).with("Cache-Control", "no-store");
}

Task<Outcome<Response>> metrics(Scope& scope, Request&) {
  const Exposition figures = co_await server_figures(scope);
  co_return exposed(figures.to_text());
}

constexpr std::string_view amqp = R"(protocol="amqp")";

// A name of theirs and the figure of ours.
struct Translated {
  std::string_view name;
  std::string_view ours;
  std::string_view our_label = {};
  std::string_view labels = {};
};

constexpr std::string_view amqp091 = R"(protocol="amqp091")";

constexpr std::array translations = {
    Translated{"rabbitmq_connections", "koine_connections", amqp},
    Translated{"rabbitmq_consumers", "koine_queue_consumers"},
    Translated{"rabbitmq_queues", "koine_queues"},
    Translated{"rabbitmq_queue_messages_ready", "koine_queue_messages_ready"},
    Translated{"rabbitmq_queue_messages_unacked", "koine_queue_messages_unsettled"},
    Translated{"rabbitmq_connections_opened_total", "koine_connections_opened_total", amqp},
    Translated{"rabbitmq_channels_opened_total", "koine_amqp_channels_opened_total"},
    Translated{"rabbitmq_global_messages_received_total",
               "koine_amqp_messages_published_total",
               {},
               amqp091},
    Translated{"rabbitmq_global_messages_confirmed_total",
               "koine_amqp_messages_confirmed_total",
               {},
               amqp091},
    Translated{"rabbitmq_global_messages_unroutable_dropped_total",
               "koine_amqp_messages_unroutable_total",
               {},
               amqp091},
    Translated{"rabbitmq_process_resident_memory_bytes", "process_resident_memory_bytes"},
    Translated{"rabbitmq_process_max_fds", "process_max_fds"},
    Translated{"rabbitmq_disk_space_available_bytes", "koine_disk_free_bytes"}};

void append_identity(std::string& text, const Scope& scope) {
  const std::string& cluster = scope.engine().cluster_id();
  std::string identity;
  append_label(identity, "rabbitmq_node", "koine");
  append_label(identity, "rabbitmq_cluster", cluster);
  append_label(identity, "rabbitmq_cluster_permanent_id", cluster);
  append_label(identity, "rabbitmq_endpoint", "aggregated");
  append_family(text, "rabbitmq_identity_info", "Who this is.");
  append_sample(text, "rabbitmq_identity_info", identity, 1);
  std::string build;
  append_label(build, "rabbitmq_version", "koine " + scope.options().version);
  append_label(build, "product_name", "Koine");
  append_label(build, "product_version", scope.options().version);
  append_family(text, "rabbitmq_build_info", "What runs.");
  append_sample(text, "rabbitmq_build_info", build, 1);
}

Task<Outcome<Response>> metrics_for_rabbitmq(Scope& scope, Request&) {
  const Exposition figures = co_await server_figures(scope);
  std::string text;
  append_identity(text, scope);
  const auto append = [&](std::string_view name, std::string_view labels, double value) {
    append_family(text, name, "As in RabbitMQ.");
    append_sample(text, name, labels, value);
  };
  for (const Translated& each : translations) {
    append(each.name, each.labels, figures.sum(each.ours, each.our_label));
  }
  const double delivered = figures.sum("koine_amqp_messages_delivered_total");
  const double got = figures.sum("koine_amqp_messages_got_total");
  append("rabbitmq_global_messages_delivered_total", amqp091, delivered + got);
  append("rabbitmq_global_messages_routed_total", amqp091,
         figures.sum("koine_amqp_messages_published_total") -
             figures.sum("koine_amqp_messages_unroutable_total"));
  append(
      "rabbitmq_connections_closed_total", {},
      figures.sum("koine_connections_opened_total", amqp) - figures.sum("koine_connections", amqp));
  co_return exposed(std::move(text));
}

Task<Outcome<Response>> metrics_for_kafka(Scope& scope, Request& request) {
  co_return exposed(
      co_await kafka_exposition(scope, request.arguments.text_or("search", std::string_view())));
}

}  // namespace

void add_metrics_routes(std::vector<Route>& routes) {
  const std::vector<Answer> answers = {{Status::ok, "Prometheus' text format.", {{"text/plain"}}}};
  routes.push_back({.method = Method::get,
                    .pattern = "/metrics",
                    .operation = "getMetrics",
                    .tag = "status",
                    .summary = "Figures of the whole server; none of single objects.",
                    .answers = answers,
                    .handler = metrics});
  routes.push_back({.method = Method::get,
                    .pattern = "/metrics/compat/rabbitmq",
                    .operation = "getMetricsForRabbitmq",
                    .tag = "status",
                    .summary = "Figures by the names of RabbitMQ's overview dashboard.",
                    .answers = answers,
                    .handler = metrics_for_rabbitmq});
  routes.push_back(
      {.method = Method::get,
       .pattern = "/metrics/compat/kafka",
       .operation = "getMetricsForKafka",
       .tag = "status",
       .summary = "Topics and groups by the names of kafka_exporter.",
       .parameters = {{.name = "search", .description = "Only topics with this in their names."}},
       .answers = answers,
       .handler = metrics_for_kafka});
}

}  // namespace koine::http
