// Process: one life of a simulated server: the shards, disks and engines of all its cores on one simulated machine. The
// machine (SimStorage) outlives it; the next life finds what is left there.
//
//   Process process(storage, options);
//   process.start()      opens all engines
//   process.clients()    the gate for the tasks of clients, which look at is_stopping()
//   process.stop()       lets everything come to its end, also after a crash
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/engine.h"
#include "io/sim/sim_disk.h"
#include "io/sim/sim_random.h"
#include "io/sim/sim_storage.h"
#include "io/sim/sim_world.h"
#include "runtime/gate.h"
#include "runtime/shard.h"

namespace koine::simulation {

inline constexpr std::string_view data_directory = "/data";

struct ProcessOptions {
  std::uint32_t shard_count = 1;
  std::uint64_t chunk_bytes = MiB;
  std::uint64_t cache_bytes = 4 * MiB;
};

class Process {
 public:
  Process(io::SimStorage& storage, const ProcessOptions& options);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // Runs the world until all engines are open. Errors: those of Engine::open.
  Result<> start();
  // False: something waits for ever; then the process must be leaked.
  bool stop();

  std::size_t shard_count() const { return shards_.size(); }
  runtime::Shard& shard(std::size_t n) { return *shards_[n]; }
  core::Engine& engine(std::size_t n) { return *engines_[n]; }
  runtime::Gate& clients() { return clients_; }
  void ask_clients_to_stop();
  bool is_stopping() const { return stopping_; }
  // The machine crashed, the process was killed, or a disk failed so that the process must end.
  bool is_dead() const { return broken_ || storage_.life() != life_; }
  bool is_broken() const { return broken_; }
  const std::vector<std::string>& notices() const { return notices_; }

  // Runs the world until the task has ended; nullopt if it waits for ever.
  template <typename T>
  std::optional<T> run(Task<T> task) {
    auto result = std::make_shared<std::optional<T>>();
    runs_.spawn(keep(std::move(task), result));
    run_world_until([&] { return result->has_value(); });
    return std::move(*result);
  }
  // False: the condition did not become true within a simulated hour.
  bool run_world_until(const std::function<bool()>& condition);

 private:
  template <typename T>
  static Task<void> keep(Task<T> task, std::shared_ptr<std::optional<T>> result) {
    const Task<T> owned = std::move(task);
    result->emplace(co_await owned);
  }
  Task<Result<>> open_all();
  Task<bool> close_all();

  io::SimStorage& storage_;
  std::uint64_t life_;
  bool broken_ = false;
  bool stopping_ = false;
  std::vector<std::string> notices_;
  io::SimRandom random_;
  std::vector<std::unique_ptr<io::SimReactor>> reactors_;
  std::vector<std::unique_ptr<io::SimDisk>> disks_;
  std::vector<std::unique_ptr<runtime::Shard>> shards_;
  std::vector<core::Engine*> engines_;  // what the engines share
  std::vector<std::unique_ptr<core::Engine>> owned_engines_;
  runtime::Gate clients_;
  runtime::Gate runs_;
};

}  // namespace koine::simulation
