#include "process.h"

#include <ranges>

namespace koine::simulation {

Process::Process(io::SimStorage& storage, const ProcessOptions& options)
    : storage_(storage), life_(storage.life()), random_(storage.world().numbers().next()) {
  core::EngineOptions engine_options;
  engine_options.data_directory = data_directory;
  engine_options.journal.chunk_bytes = options.chunk_bytes;
  engine_options.journal.cache_bytes = options.cache_bytes;
  engine_options.journal.on_broken = [this](const Error&) { broken_ = true; };
  engine_options.journal.on_notice = [this](const std::string& sentence) {
    notices_.push_back(sentence);
  };
  for (std::uint32_t n = 0; n < options.shard_count; ++n) {
    reactors_.push_back(std::make_unique<io::SimReactor>(storage.world()));
    disks_.push_back(std::make_unique<io::SimDisk>(storage, *reactors_.back()));
    shards_.push_back(std::make_unique<runtime::Shard>(ShardId(static_cast<std::uint16_t>(n)),
                                                       *reactors_.back()));
  }
  for (std::uint32_t n = 0; n < options.shard_count; ++n) {
    owned_engines_.push_back(
        std::make_unique<core::Engine>(*shards_[n], *disks_[n], random_, engine_options, engines_));
  }
  for (const auto& engine : owned_engines_) engines_.push_back(engine.get());
}

Process::~Process() = default;

bool Process::run_world_until(const std::function<bool()>& condition) {
  io::SimWorld& world = storage_.world();
  const MonotonicTime give_up = world.now() + std::chrono::hours(1);
  return world.run_until([&] { return condition() || world.now() > give_up; }) && condition();
}

Task<Result<>> Process::open_all() {
  for (core::Engine* engine : engines_) CO_TRY(co_await engine->open());
  for (core::Engine* engine : engines_) engine->start();
  co_return Result<>{};
}

Result<> Process::start() {
  auto opened = run(open_all());
  if (!opened) return fail(ErrorCode::timed_out, "opening waits for ever");
  return std::move(*opened);
}

void Process::ask_clients_to_stop() {
  stopping_ = true;
  for (const auto& shard : shards_) shard->wake_sleepers();
}

Task<bool> Process::close_all() {
  co_await clients_.close();
  for (core::Engine* engine : engines_ | std::views::reverse) co_await engine->close();
  for (const auto& shard : shards_) co_await shard->gate().close();
  co_return true;
}

bool Process::stop() {
  ask_clients_to_stop();
  // The wall around the world's queues: nothing of this life may run after it.
  const bool closed = run(close_all()).has_value();
  return closed && run_world_until([&] { return runs_.running() == 0; });
}

}  // namespace koine::simulation
