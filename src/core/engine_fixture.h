// TestServer: the engines of one simulated process on one simulated machine, for tests of this folder.
//
//   TestServer server({.shard_count = 2});
//   ASSERT_TRUE(server.open());
//   const auto topic = server.run(server.engine().create_topic({.name = "orders"}));
//   server.restart();
//
// run() runs the simulated world until the task has ended.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "core/batch_builder.h"
#include "core/engine.h"
#include "core/group_coordinator.h"
#include "io/sim/sim_disk.h"
#include "io/sim/sim_random.h"
#include "io/sim/sim_storage.h"
#include "io/sim/sim_world.h"

namespace koine::core {

struct TestServerOptions {
  std::uint64_t seed = 1;
  std::size_t shard_count = 1;
  EngineOptions engine = {};
};

class TestServer {
 public:
  explicit TestServer(TestServerOptions options = {})
      : options_(std::move(options)),
        world_(options_.seed),
        storage_(world_),
        random_(options_.seed) {
    options_.engine.data_directory = "/data";
    options_.engine.journal.chunk_bytes = MiB;
    options_.engine.journal.cache_bytes = 4 * MiB;
  }
  ~TestServer() { stop(); }
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  // Of the first engine that does not open.
  Result<> open() {
    for (std::size_t n = 0; n < options_.shard_count; ++n) {
      shards_.push_back(std::make_unique<TestShard>(ShardId(static_cast<std::uint16_t>(n)), *this));
      engines_.push_back(&shards_.back()->engine);
    }
    for (Engine* engine : engines_) {
      if (prepare) prepare(*engine);
      TRY(run_on(*engine, engine->open()));
    }
    for (Engine* engine : engines_) engine->start();
    return {};
  }

  void stop() {
    for (auto at = engines_.rbegin(); at != engines_.rend(); ++at) run_on(**at, closed(**at));
    engines_.clear();
    shards_.clear();
  }

  void restart() {
    stop();
    const auto opened = open();
    CHECK(opened);
  }

  // Called with each engine before it opens.
  std::function<void(Engine&)> prepare;

  Engine& engine(std::size_t shard = 0) { return *engines_[shard]; }
  EngineOptions& engine_options() { return options_.engine; }
  TestServerOptions& options() { return options_; }
  io::SimWorld& world() { return world_; }
  io::SimStorage& storage() { return storage_; }

  // On shard 0.
  template <typename T>
  T run(Task<T> task) {
    return run_on(engine(), std::move(task));
  }
  template <typename T>
  T run_on(Engine& engine, Task<T> task) {
    std::optional<T> result;
    engine.shard().gate().spawn(keep(std::move(task), &result));
    CHECK(world_.run_until([&] { return result.has_value(); }));
    return std::move(*result);
  }

  // The partition, wherever it lives.
  std::shared_ptr<Partition> partition(const std::string& topic, std::size_t n = 0) {
    const TopicPtr found = engine().catalog().find(topic);
    if (found == nullptr || n >= found->partitions.size()) return nullptr;
    const LogId log = found->partitions[n];
    return engine().owner_of(log).partition(log);
  }

  // Appends and waits for the disk.
  Result<Appended> append(const std::shared_ptr<Partition>& partition, Bytes batch) {
    return run(append_and_wait(partition, std::move(batch)));
  }

 private:
  struct TestShard {
    TestShard(ShardId id, TestServer& server)
        : reactor(server.world_),
          disk(server.storage_, reactor),
          shard(id, reactor),
          engine(shard, disk, server.random_, server.options_.engine, server.engines_) {}
    io::SimReactor reactor;
    io::SimDisk disk;
    runtime::Shard shard;
    Engine engine;
  };

  template <typename T>
  static Task<void> keep(Task<T> task, std::optional<T>* result) {
    const Task<T> owned = std::move(task);
    result->emplace(co_await owned);
  }
  static Task<bool> closed(Engine& engine) {
    co_await engine.close();
    co_return true;
  }
  static Task<Result<Appended>> append_and_wait(std::shared_ptr<Partition> partition, Bytes batch) {
    CO_TRY(auto appended, co_await partition->append(std::move(batch)));
    if (appended.commit != nullptr) CO_TRY(co_await journal::done(appended.commit));
    co_return appended;
  }

  TestServerOptions options_;
  io::SimWorld world_;
  io::SimStorage storage_;
  io::SimRandom random_;
  std::vector<Engine*> engines_;
  std::vector<std::unique_ptr<TestShard>> shards_;
};

// A batch of `count` records, the n-th with timestamp `first_timestamp + n`.
inline Bytes test_batch(int count, WallTimeMs first_timestamp = 1000,
                        const BatchOptions& options = {}, std::size_t value_size = 10) {
  BatchBuilder builder;
  const std::string value(value_size, 'v');
  for (int n = 0; n < count; ++n) {
    builder.add({.timestamp = first_timestamp + n,
                 .key = std::nullopt,
                 .value = as_bytes(value),
                 .headers = {}});
  }
  return *builder.build(options);
}

}  // namespace koine::core
