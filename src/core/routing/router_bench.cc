// Routes a second, on one core.

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "core/routing/routing_fixture.h"

namespace koine::core {
namespace {

void run(benchmark::State& state, const RoutingTable& table, std::string_view exchange,
         const std::vector<std::string>& keys, ByteView headers = {}) {
  Route route;
  std::size_t n = 0;
  std::size_t found = 0;
  for (auto _ : state) {
    route.clear();
    const auto outcome = find_route(table.catalog(),
                                    {.vhost = "/",
                                     .exchange = exchange,
                                     .routing_key = keys[n++ % keys.size()],
                                     .headers = headers},
                                    route);
    benchmark::DoNotOptimize(outcome.has_value());
    found += route.queues.size();
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["queues"] = static_cast<double>(found) / static_cast<double>(state.iterations());
}

std::vector<std::string> numbered(const std::string& prefix, int count) {
  std::vector<std::string> names;
  for (int n = 0; n < count; ++n) names.push_back(prefix + std::to_string(n));
  return names;
}

void default_exchange(benchmark::State& state) {
  RoutingTable table;
  const auto names = numbered("queue.", static_cast<int>(state.range(0)));
  for (const std::string& name : names) table.queue(name);
  run(state, table, "", names);
}
BENCHMARK(default_exchange)->Arg(1)->Arg(100'000);

void direct_exchange(benchmark::State& state) {
  RoutingTable table;
  const auto names = numbered("order.paid.", static_cast<int>(state.range(0)));
  for (const std::string& name : names) {
    table.queue(name);
    table.bind("amq.direct", name, name);
  }
  run(state, table, "amq.direct", names);
}
BENCHMARK(direct_exchange)->Arg(1)->Arg(100'000);

// Ten patterns, of which two or three match.
void topic_exchange(benchmark::State& state) {
  RoutingTable table;
  for (const char* pattern : {"order.*.paid", "order.#", "mail.sent", "mail.*", "user.*.login",
                              "user.#.failed", "*.*.audit", "billing.eu.*", "billing.us.*", "x"}) {
    table.queue(pattern);
    table.bind("amq.topic", pattern, pattern);
  }
  run(state, table, "amq.topic",
      {"order.eu.paid", "order.us.lost", "mail.sent", "user.7.login", "billing.eu.7"});
}
BENCHMARK(topic_exchange);

void fanout_exchange(benchmark::State& state) {
  RoutingTable table;
  for (const std::string& name : numbered("q", static_cast<int>(state.range(0)))) {
    table.queue(name);
    table.bind("amq.fanout", name);
  }
  run(state, table, "amq.fanout", {"key"});
}
BENCHMARK(fanout_exchange)->Arg(1)->Arg(10)->Arg(1000);

void headers_exchange(benchmark::State& state) {
  RoutingTable table;
  for (const std::string& name : numbered("q", 10)) {
    table.queue(name);
    table.bind("amq.headers", name, "", {text_field("format", name), text_field("type", "log")});
  }
  std::vector<std::byte> headers;
  encode_field_table({text_field("format", "q3"), text_field("type", "log")}, headers);
  run(state, table, "amq.headers", {"key"}, headers);
}
BENCHMARK(headers_exchange);

void consistent_hash_exchange(benchmark::State& state) {
  RoutingTable table;
  table.exchange("hash", ExchangeType::consistent_hash);
  for (const std::string& name : numbered("q", static_cast<int>(state.range(0)))) {
    table.queue(name);
    table.bind("hash", name, "1");
  }
  run(state, table, "hash", numbered("key", 1000));
}
BENCHMARK(consistent_hash_exchange)->Arg(10)->Arg(100);

}  // namespace
}  // namespace koine::core
