#include "protocols/http/server_figures.h"

#include <chrono>

#include "core/queues/count_queues.h"
#include "protocols/http/checks.h"

namespace koine::http {

namespace {

using core::Metric;

constexpr Metric build = {"koine_build_info", "What runs; always 1."};
constexpr Metric uptime = {"koine_uptime_seconds", "Since the start."};
constexpr Metric shards = {"koine_shards", "Shards, a thread each."};
constexpr Metric disk_size = {"koine_disk_size_bytes", "Of the disk that has the data."};
constexpr Metric disk_free = {"koine_disk_free_bytes", "What is left on that disk."};
constexpr Metric disk_needed = {"koine_disk_needed_bytes",
                                "With less than this left the server is not ready."};
constexpr Metric ready = {"koine_queue_messages_ready", "Messages that wait in queues."};
constexpr Metric unsettled = {"koine_queue_messages_unsettled",
                              "Messages that are with consumers."};
constexpr Metric ready_bytes = {"koine_queue_ready_bytes", "Bodies of those that wait."};
constexpr Metric consumers = {"koine_queue_consumers", "Consumers of queues."};

Task<core::Figures> figures_of(core::Engine* owner, const core::FigureSources* sources) {
  co_return sources->of(owner->shard().id());
}

Task<void> add_shards(Scope& scope, Exposition& to) {
  const core::FigureSources* const sources = scope.options().figures.get();
  if (sources == nullptr) co_return;
  for (core::Engine* const owner : scope.engine().all()) {
    to.add(co_await runtime::call_on<core::Figures>(
        scope.shard(), owner->shard(), [owner, sources] { return figures_of(owner, sources); }));
  }
}

Task<void> add_queues(Scope& scope, Exposition& to) {
  core::QueueCounts sum;
  const auto counts =
      co_await core::count_queues(scope.engine(), scope.engine().catalog().queues().all());
  for (const auto& each : counts) {
    if (!each) continue;
    sum.ready += each->ready;
    sum.unsettled += each->unsettled;
    sum.ready_bytes += each->ready_bytes;
    sum.consumers += each->consumers;
  }
  to.add(ready, sum.ready);
  to.add(unsettled, sum.unsettled);
  to.add(ready_bytes, sum.ready_bytes);
  to.add(consumers, sum.consumers);
}

}  // namespace

Task<Exposition> server_figures(Scope& scope) {
  Exposition figures;
  std::string version;
  append_label(version, "version", scope.options().version);
  figures.add(build, 1, std::move(version));
  figures.add(shards, scope.engine().all().size());
  figures.add(uptime,
              std::chrono::duration<double>(scope.shard().now() - scope.resources.started).count());
  if (const auto space = co_await scope.engine().disk_space()) {
    figures.add(disk_size, space->total_bytes);
    figures.add(disk_free, space->free_bytes);
    figures.add(disk_needed, disk_bytes_needed(scope.engine()));
  }
  co_await add_shards(scope, figures);
  co_await add_queues(scope, figures);
  co_return figures;
}

}  // namespace koine::http
