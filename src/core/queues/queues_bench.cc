// What the storage of a queue costs for each message: published in batches, read and settled one by one in order by whoever
// is told of them. No routing, no delivery, no protocol. Run with a directory on the disk to be measured as TMPDIR.
//
//   cpu_us      of all threads, for each message; shard_us: of the shard's own thread, without the disk's writer
//
// And what empty queues cost: memory of each, the log included, when they are new and when they had a message; the pause that a
// checkpoint makes for them and what it writes of them; how long opening them takes.
#include "core/queues/queues.h"

#include <benchmark/benchmark.h>
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
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

// What is allocated, but for the journal's blocks.
double allocated_bytes(const journal::Journal& journal) {
  const auto info = ::mallinfo2();
  return static_cast<double>(info.uordblks + info.hblkhd) -
         static_cast<double>(journal.statistics().cache_bytes);
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

double milliseconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
      .count();
}

// One life of a process.
void measure_idle(benchmark::State& state, runtime::Shard& shard, io::Disk& disk,
                  const std::string& directory, const IdleQueues& idle, bool is_first) {
  const auto count = static_cast<double>(state.range(0));
  const auto start = std::chrono::steady_clock::now();
  Storage storage(shard, disk, directory);
  Queues& queues = storage.queues();
  const double before = allocated_bytes(storage.journal());
  idle.open(queues);
  runtime::run_until_done(shard.reactor(), queues.start());
  if (is_first) {
    state.counters["new_bytes"] = (allocated_bytes(storage.journal()) - before) / count;
    runtime::run_until_done(shard.reactor(), idle.use(queues));
    state.counters["used_bytes"] = (allocated_bytes(storage.journal()) - before) / count;
  } else {
    state.counters["open_ms"] = milliseconds_since(start);
  }
  for (int n = 0; n < 3; ++n)
    CHECK(runtime::run_until_done(shard.reactor(), storage.journal().checkpoint()));
  const auto save_start = std::chrono::steady_clock::now();
  state.counters["saved_bytes"] = static_cast<double>(queues.save().size());
  state.counters["save_ms"] = milliseconds_since(save_start);
  storage.close();
}

void idle_queues(benchmark::State& state) {
  std::string directory =
      std::string(std::filesystem::temp_directory_path()) + "/koine-bench-XXXXXX";
  CHECK(::mkdtemp(directory.data()) != nullptr);
  const IdleQueues idle(state.range(0));
  {
    io::AsioReactor reactor;
    io::RealDisk disk(reactor);
    runtime::Shard shard(ShardId(0), reactor);
    for (auto _ : state) {
      measure_idle(state, shard, disk, directory, idle, true);
      measure_idle(state, shard, disk, directory, idle, false);
    }
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
