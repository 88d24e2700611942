// `/metrics`: our own names. `/metrics/compat/rabbitmq`: those that RabbitMQ's overview dashboard asks for, as far as they mean
// something here. `/metrics/compat/kafka`: see kafka_exposition.h.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

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
constexpr std::string_view by_auto_ack = R"(ack="auto")";
constexpr std::string_view by_manual_ack = R"(ack="manual")";

constexpr std::array translations = {
    Translated{"rabbitmq_connections", "koine_connections", amqp},
    Translated{"rabbitmq_channels", "koine_amqp_channels"},
    Translated{"rabbitmq_consumers", "koine_queue_consumers"},
    Translated{"rabbitmq_queues", "koine_queues"},
    Translated{"rabbitmq_queue_messages_ready", "koine_queue_messages_ready"},
    Translated{"rabbitmq_queue_messages_unacked", "koine_queue_messages_unsettled"},
    Translated{"rabbitmq_connections_opened_total", "koine_connections_opened_total", amqp},
    Translated{"rabbitmq_channels_opened_total", "koine_amqp_channels_opened_total"},
    Translated{"rabbitmq_queues_declared_total", "koine_amqp_queues_declared_total"},
    Translated{"rabbitmq_queues_created_total", "koine_queues_created_total"},
    Translated{"rabbitmq_queues_deleted_total", "koine_queues_deleted_total"},
    Translated{"rabbitmq_process_open_fds", "process_open_fds"},
    Translated{"rabbitmq_process_open_tcp_sockets", "koine_connections"},
    Translated{"rabbitmq_process_resident_memory_bytes", "process_resident_memory_bytes"},
    Translated{"rabbitmq_process_max_fds", "process_max_fds"},
    Translated{"rabbitmq_disk_space_available_bytes", "koine_disk_free_bytes"},
    Translated{"rabbitmq_disk_space_available_limit_bytes", "koine_disk_needed_bytes"}};

// `rabbitmq_global_..._total`, with the protocol.
struct Global {
  std::string_view name;
  std::string_view ours;
  std::string_view our_label = {};
};

constexpr std::array globals = {
    Global{"publishers", "koine_amqp_publishers"},
    Global{"consumers", "koine_amqp_consumers"},
    Global{"messages_received_total", "koine_amqp_messages_published_total"},
    Global{"messages_confirmed_total", "koine_amqp_messages_confirmed_total"},
    Global{"messages_unroutable_returned_total", "koine_amqp_messages_returned_total"},
    Global{"messages_redelivered_total", "koine_amqp_messages_redelivered_total"},
    Global{"messages_acknowledged_total", "koine_amqp_messages_acknowledged_total"},
    Global{"messages_get_empty_total", "koine_amqp_gets_empty_total"},
    Global{"messages_delivered_consume_auto_ack_total", "koine_amqp_messages_delivered_total",
           by_auto_ack},
    Global{"messages_delivered_consume_manual_ack_total", "koine_amqp_messages_delivered_total",
           by_manual_ack},
    Global{"messages_delivered_get_auto_ack_total", "koine_amqp_messages_got_total", by_auto_ack},
    Global{"messages_delivered_get_manual_ack_total", "koine_amqp_messages_got_total",
           by_manual_ack}};

// A histogram: its lines stand under one name.
void append_sizes(std::string& text, const Exposition& figures) {
  constexpr std::string_view by_size = "koine_amqp_messages_published_by_size_total";
  text +=
      "# HELP rabbitmq_message_size_bytes As in RabbitMQ.\n"
      "# TYPE rabbitmq_message_size_bytes histogram\n";
  // By their limits: `le="1000"` has fewer digits than `le="10000"`, and `+Inf` is the last.
  std::vector<std::pair<std::string_view, double>> buckets(figures.of(by_size).begin(),
                                                           figures.of(by_size).end());
  std::ranges::sort(buckets, {}, [](const auto& bucket) {
    const bool is_last = bucket.first.contains("+Inf");
    return std::tuple(is_last, bucket.first.size(), bucket.first);
  });
  for (const auto& [labels, count] : buckets) {
    append_sample(text, "rabbitmq_message_size_bytes_bucket", fmt::format("{},{}", amqp091, labels),
                  count);
  }
  append_sample(text, "rabbitmq_message_size_bytes_sum", amqp091,
                figures.sum("koine_amqp_published_bytes_total"));
  append_sample(text, "rabbitmq_message_size_bytes_count", amqp091,
                figures.sum("koine_amqp_messages_published_total"));
}

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
  for (const Global& each : globals) {
    append(fmt::format("rabbitmq_global_{}", each.name), amqp091,
           figures.sum(each.ours, each.our_label));
  }
  const double received = figures.sum("koine_amqp_messages_published_total");
  const double unroutable = figures.sum("koine_amqp_messages_unroutable_total");
  append("rabbitmq_global_messages_delivered_total", amqp091,
         figures.sum("koine_amqp_messages_delivered_total") +
             figures.sum("koine_amqp_messages_got_total"));
  append("rabbitmq_global_messages_routed_total", amqp091, received - unroutable);
  append("rabbitmq_global_messages_unroutable_dropped_total", amqp091,
         unroutable - figures.sum("koine_amqp_messages_returned_total"));
  append(
      "rabbitmq_connections_closed_total", {},
      figures.sum("koine_connections_opened_total", amqp) - figures.sum("koine_connections", amqp));
  append("rabbitmq_channels_closed_total", {},
         figures.sum("koine_amqp_channels_opened_total") - figures.sum("koine_amqp_channels"));
  append_sizes(text, figures);
  co_return exposed(std::move(text));
}

Task<Outcome<Response>> metrics_for_kafka(Scope& scope, Request& request) {
  co_return exposed(co_await kafka_exposition(
      scope, request.arguments.text_or("search", std::string_view()), request.authority));
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
