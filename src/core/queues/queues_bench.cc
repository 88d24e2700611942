// What the storage of a queue costs for each message: published in batches, read and settled one by one in order by whoever
// is told of them. No routing, no delivery, no protocol. Run with a directory on the disk to be measured as TMPDIR.
//
//   cpu_us      of all threads, for each message; shard_us: of the shard's own thread, without the disk's writer
//
// And what queues cost that are empty: memory for each, when they are new and when they had a message (the journal's cache
// and its log included); the pause of a checkpoint and what it writes of them; how long opening them takes.
#include "core/queues/queues.h"

#include <benchmark/benchmark.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/check.h"
#include "core/engine_logs.h"
#include "io/real/asio_reactor.h"
#include "io/real/real_disk.h"
#include "runtime/run.h"

namespace koine::core {
namespace {

constexpr std::uint64_t messages_per_round = 400'000;
constexpr std::size_t uncommitted_bytes = 8 * MiB;

class QueuesOwner final : public journal::StateOwner {
 public:
  explicit QueuesOwner(Queues& queues) : queues_(queues) {}
  std::vector<std::byte> save() override { return queues_.save(); }
  Result<> restore(ByteView saved) override { return queues_.restore(saved); }
  Result<> replay(const journal::ReplayedEntry& entry) override {
    return is_queue_log(entry.log) ? queues_.replay_messages(entry)
                                   : queues_.replay_changes(entry.body);
  }

 private:
  Queues& queues_;
};

// On this machine's disk.
class Storage {
 public:
  Storage(runtime::Shard& shard, io::Disk& disk, const std::string& directory)
      : reactor_(shard.reactor()), queues_(shard), owner_(queues_) {
    journal::Options options;
    options.directory = directory + "/shard-0";
    auto opened =
        runtime::run_until_done(reactor_, journal::Journal::open(reactor_, disk, options, owner_));
    CHECK(opened.has_value());
    journal_ = std::move(*opened);
    queues_.attach(*journal_);
  }
  void close() {
    runtime::run_until_done(reactor_, queues_.close());
    runtime::run_until_done(reactor_, journal_->close());
  }
  Queues& queues() { return queues_; }
  journal::Journal& journal() { return *journal_; }

 private:
  io::Reactor& reactor_;
  std::unique_ptr<journal::Journal> journal_;  // outlives the queues
  Queues queues_;
  QueuesOwner owner_;
};

// Takes all that is there as soon as it is there.
class Consumer final : public QueueEvents {
 public:
  Consumer(io::Reactor& reactor, QueueStore& store) : changed(reactor), store_(store) {}

  void on_stored(std::uint8_t /*level*/) override { changed.notify_all(); }
  bool accepts(std::size_t /*body_size*/, std::uint64_t /*waiting*/,
               std::uint64_t /*waiting_bytes*/) const override {
    return true;
  }
  void refused(const MessageView& /*message*/) override {}

  Task<void> run(std::uint64_t count) {
    while (count > 0) {
      for (; next_ < store_.committed_end(0); next_ = next_ + 1, --count) {
        const QueuePosition position{0, next_};
        auto stored = store_.try_read(position);
        if (!stored) {
          CHECK(co_await store_.load(position));
          stored = store_.try_read(position);
        }
        bytes_ += stored->message.body.size();
        store_.note_delivered(position);
        store_.settle(position, stored->message.body.size());
      }
      if (count > 0) co_await changed.wait();
    }
  }

  runtime::Signal changed;

 private:
  QueueStore& store_;
  Offset next_{0};
  std::uint64_t bytes_ = 0;
};

struct Load {
  std::size_t body_size = 0;
  std::uint64_t batch_size = 0;
};

Task<void> publish(Queues& queues, QueuePtr queue, Load load, std::uint64_t count) {
  const std::string body(load.body_size, 'x');
  const MessageView message{.exchange = {},
                            .routing_key = "queue",
                            .properties = as_bytes(std::string_view("\x10\0\x02", 3)),
                            .body = as_bytes(body),
                            .published_ms = 1};
  const JournalQueueStore& store = *queues.find(queue->id());
  std::shared_ptr<journal::Commit> last;
  while (count > 0) {
    PublishBatch batch;
    for (std::uint64_t n = 0; n < load.batch_size && count > 0; ++n, --count)
      batch.add(message, {&queue, 1});
    auto published = co_await queues.publish(std::move(batch));
    CHECK(published.has_value());
    last = published->commit;
    if (store.totals().waiting_bytes > uncommitted_bytes) CHECK(co_await journal::done(last));
  }
}

Task<void> round(Queues& queues, QueuePtr queue, Consumer& consumer, Load load) {
  runtime::Gate gate;
  gate.spawn(publish(queues, queue, load, messages_per_round));
  co_await consumer.run(messages_per_round);
  CHECK(co_await queues.durable());
  co_await gate.close();
}

double cpu_seconds(clockid_t clock) {
  timespec time{};
  CHECK(::clock_gettime(clock, &time) == 0);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

void publish_read_settle(benchmark::State& state) {
  const Load load{.body_size = static_cast<std::size_t>(state.range(0)),
                  .batch_size = static_cast<std::uint64_t>(state.range(1))};
  std::string directory =
      std::string(std::filesystem::temp_directory_path()) + "/koine-bench-XXXXXX";
  CHECK(::mkdtemp(directory.data()) != nullptr);
  {
    io::AsioReactor reactor;
    io::RealDisk disk(reactor);
    runtime::Shard shard(ShardId(0), reactor);
    Storage storage(shard, disk, directory);
    Queues& queues = storage.queues();
    auto info = std::make_shared<QueueInfo>();
    info->logs = {journal::make_log_id(ShardId(0), queue_log_bit | journal::first_dynamic_log)};
    JournalQueueStore& store = queues.open(info);
    Consumer consumer(reactor, store);
    store.observe(&consumer);
    const double all = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID);
    const double here = cpu_seconds(CLOCK_THREAD_CPUTIME_ID);
    for (auto _ : state) runtime::run_until_done(reactor, round(queues, info, consumer, load));
    const double messages = static_cast<double>(state.iterations()) * messages_per_round;
    state.counters["cpu_us"] = 1e6 * (cpu_seconds(CLOCK_PROCESS_CPUTIME_ID) - all) / messages;
    state.counters["shard_us"] = 1e6 * (cpu_seconds(CLOCK_THREAD_CPUTIME_ID) - here) / messages;
    state.SetItemsProcessed(static_cast<std::int64_t>(messages));
    storage.close();
  }
  std::filesystem::remove_all(directory);
}

std::int64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::int64_t all = 0;
  std::int64_t resident = 0;
  file >> all >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

// Queues that had a message each, and have none.
class IdleQueues {
 public:
  explicit IdleQueues(std::int64_t count) {
    for (std::int64_t n = 0; n < count; ++n) {
      auto info = std::make_shared<QueueInfo>();
      info->logs = {journal::make_log_id(
          ShardId(0),
          queue_log_bit | (journal::first_dynamic_log + static_cast<std::uint64_t>(n)))};
      infos_.push_back(std::move(info));
    }
  }
  void open(Queues& queues) const {
    for (const QueuePtr& info : infos_) queues.open(info);
  }
  Task<void> use(Queues& queues) const {
    for (std::size_t n = 0; n < infos_.size(); n += 1000) {
      PublishBatch batch;
      for (std::size_t k = n; k < std::min(n + 1000, infos_.size()); ++k)
        batch.add({.body = as_bytes("a message")}, {&infos_[k], 1});
      auto published = co_await queues.publish(std::move(batch));
      CHECK(published && co_await journal::done(published->commit));
    }
    for (const QueuePtr& info : infos_) queues.find(info->id())->settle({0, Offset{0}}, 9);
    CHECK(co_await queues.durable());
  }

 private:
  std::vector<QueuePtr> infos_;
};

void idle_queues(benchmark::State& state) {
  std::string directory =
      std::string(std::filesystem::temp_directory_path()) + "/koine-bench-XXXXXX";
  CHECK(::mkdtemp(directory.data()) != nullptr);
  const IdleQueues idle(state.range(0));
  io::AsioReactor reactor;
  io::RealDisk disk(reactor);
  runtime::Shard shard(ShardId(0), reactor);
  const auto open_and_close = [&](bool is_first) {
    const auto start = std::chrono::steady_clock::now();
    const std::int64_t before = resident_bytes();
    Storage storage(shard, disk, directory);
    Queues& queues = storage.queues();
    idle.open(queues);
    runtime::run_until_done(reactor, queues.start());
    const std::chrono::duration<double, std::milli> opened =
        std::chrono::steady_clock::now() - start;
    if (is_first) {
      const std::int64_t empty = resident_bytes();
      runtime::run_until_done(reactor, idle.use(queues));
      state.counters["new_bytes"] =
          static_cast<double>(empty - before) / static_cast<double>(state.range(0));
      const auto save_start = std::chrono::steady_clock::now();
      const auto saved = queues.save();
      const std::chrono::duration<double, std::milli> saving =
          std::chrono::steady_clock::now() - save_start;
      state.counters["save_ms"] = saving.count();
      state.counters["saved_bytes"] = static_cast<double>(saved.size());
    } else {
      state.counters["open_ms"] = opened.count();
      state.counters["used_bytes"] =
          static_cast<double>(resident_bytes() - before) / static_cast<double>(state.range(0));
    }
    CHECK(runtime::run_until_done(reactor, storage.journal().checkpoint()));
    storage.close();
  };
  for (auto _ : state) {
    open_and_close(true);
    open_and_close(false);
  }
  std::filesystem::remove_all(directory);
}

BENCHMARK(idle_queues)->Arg(100'000)->Iterations(1)->Unit(benchmark::kMillisecond);

BENCHMARK(publish_read_settle)
    ->ArgNames({"body", "batch"})
    ->Args({16, 1})
    ->Args({16, 100})
    ->Args({16, 1000})
    ->Args({1024, 1})
    ->Args({1024, 100})
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();

}  // namespace
}  // namespace koine::core
