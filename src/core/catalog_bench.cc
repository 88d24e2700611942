// What queues cost in the catalog: memory, saving, restoring.

#include "core/catalog.h"

#include <benchmark/benchmark.h>
#include <malloc.h>

#include <string>

#include "core/routing/routing_fixture.h"

namespace koine::core {
namespace {

constexpr int queue_count = 100'000;

void fill(RoutingTable& table, bool with_bindings) {
  for (int n = 0; n < queue_count; ++n) {
    const std::string name = "tenant-orders-queue-" + std::to_string(n);
    table.queue(name);
    if (with_bindings) table.bind("amq.direct", name, name);
  }
}

void memory(benchmark::State& state) {
  for (auto _ : state) {
    const auto before = mallinfo2().uordblks;
    RoutingTable table;
    fill(table, state.range(0) != 0);
    state.counters["bytes_per_queue"] =
        static_cast<double>(mallinfo2().uordblks - before) / queue_count;
  }
}
BENCHMARK(memory)->ArgName("bound")->Arg(0)->Arg(1)->Iterations(1)->Unit(benchmark::kMillisecond);

void save(benchmark::State& state) {
  RoutingTable table;
  fill(table, state.range(0) != 0);
  for (auto _ : state) {
    const auto saved = table.catalog().save();
    state.counters["bytes"] = static_cast<double>(saved.size());
  }
}
BENCHMARK(save)->ArgName("bound")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

void restore(benchmark::State& state) {
  RoutingTable table;
  fill(table, state.range(0) != 0);
  const auto saved = table.catalog().save();
  for (auto _ : state) {
    Catalog restored;
    benchmark::DoNotOptimize(restored.restore(saved).has_value());
  }
}
BENCHMARK(restore)->ArgName("bound")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace koine::core
