// For tests: a journal on a simulated machine, with short ways to append, read, crash and open again.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/check.h"
#include "io/sim/sim_disk.h"
#include "io/sim/sim_storage.h"
#include "io/sim/sim_world.h"
#include "journal/entry.h"
#include "journal/journal.h"
#include "runtime/run.h"

namespace koine::journal {

// Remembers what was replayed; its state is one number, which tests count up.
class RecordingOwner final : public StateOwner {
 public:
  std::vector<std::byte> save() override { return {static_cast<std::byte>(state)}; }
  Result<> restore(ByteView saved) override {
    if (saved.size() != 1) return fail(ErrorCode::corrupt, "expected one byte of state");
    state = static_cast<int>(saved[0]);
    return {};
  }
  Result<> replay(const ReplayedEntry& entry) override {
    replayed.emplace_back(as_text(entry.body));
    replayed_targets.push_back({entry.log, entry.base_offset});
    return {};
  }

  int state = 0;
  std::vector<std::string> replayed;
  std::vector<EntryTarget> replayed_targets;
};

class JournalBench {
 public:
  explicit JournalBench(std::uint64_t seed = 1) : world(seed), storage(world) {
    CHECK(storage.make_directory("/data"));
    CHECK(storage.sync_directory("/"));
    options.directory = "/data/shard-0";
    options.chunk_bytes = MiB;
    options.cache_bytes = 4 * MiB;
    options.on_notice = [this](const std::string& sentence) { notices.push_back(sentence); };
    options.on_broken = [this](const Error& error) { broken = error; };
  }
  ~JournalBench() { stop(); }

  // What opening said.
  Result<> start() {
    reactor = std::make_unique<io::SimReactor>(world);
    disk = std::make_unique<io::SimDisk>(storage, *reactor);
    owner = std::make_unique<RecordingOwner>();
    auto opened = run(Journal::open(*reactor, *disk, options, *owner));
    if (!opened) return fail(std::move(opened).error());
    journal = std::move(*opened);
    return {};
  }

  void stop() {
    if (journal) run(journal->close());
    journal.reset();
  }

  // The machine loses power; what was running comes to its end without effect.
  void crash() {
    storage.crash();
    stop();
  }

  template <typename T>
  T run(Task<T> task) {
    return runtime::run_until_done(*reactor, std::move(task));
  }
  void run(Task<void> task) { runtime::run_until_done(*reactor, std::move(task)); }

  Task<Result<>> append_task(LogId log, std::string body, std::uint32_t records, WallTimeMs time) {
    CO_TRY(co_await journal->room());
    const std::vector<Part> parts{Part{.bytes = as_bytes(body), .crc = std::nullopt}};
    const std::vector<Append> entries{Append{.log = &journal->ensure(log),
                                             .record_count = records,
                                             .timestamp_max = time,
                                             .body = parts}};
    CO_TRY(auto commit, journal->append(entries));
    co_return co_await done(std::move(commit));
  }
  Result<> append(LogId log, std::string body, std::uint32_t records = 1, WallTimeMs time = 0) {
    return run(append_task(log, std::move(body), records, time));
  }

  // One entry for all these logs.
  Task<Result<>> append_shared_task(std::vector<LogId> logs, std::string body,
                                    std::uint32_t records) {
    CO_TRY(co_await journal->room());
    std::vector<Log*> targets;
    for (const LogId log : logs) targets.push_back(&journal->ensure(log));
    const std::vector<Part> parts{Part{.bytes = as_bytes(body), .crc = std::nullopt}};
    const std::vector<Append> entries{Append{.log = targets.front(),
                                             .record_count = records,
                                             .timestamp_max = 0,
                                             .body = parts,
                                             .also = std::span(targets).subspan(1)}};
    CO_TRY(auto commit, journal->append(entries));
    co_return co_await done(std::move(commit));
  }
  Result<> append_shared(std::vector<LogId> logs, std::string body, std::uint32_t records = 1) {
    return run(append_shared_task(std::move(logs), std::move(body), records));
  }

  Task<Result<>> trim_task(LogId log, Offset start) {
    CO_TRY(co_await journal->room());
    CO_TRY(auto commit, journal->trim(*journal->find(log), start));
    co_return co_await done(std::move(commit));
  }

  Task<Result<std::vector<std::string>>> read_task(LogId log, Offset from, std::size_t bytes_max) {
    CO_TRY(const auto entries, co_await journal->find_entries(log, from, bytes_max));
    std::vector<std::string> bodies;
    for (const EntryRef& entry : entries) {
      CO_TRY(const auto body, co_await load_whole(*journal, entry));
      bodies.emplace_back(body.text());
    }
    co_return bodies;
  }
  Result<std::vector<std::string>> read(LogId log, std::int64_t from = 0,
                                        std::size_t bytes_max = GiB) {
    return run(read_task(log, Offset(from), bytes_max));
  }

  std::string path(const std::string& name) const { return options.directory + "/" + name; }
  bool noticed(std::string_view words) const {
    for (const auto& notice : notices) {
      if (notice.find(words) != std::string::npos) return true;
    }
    return false;
  }

  io::SimWorld world;
  io::SimStorage storage;
  Options options;
  std::vector<std::string> notices;
  std::optional<Error> broken;
  std::unique_ptr<io::SimReactor> reactor;
  std::unique_ptr<io::SimDisk> disk;
  std::unique_ptr<RecordingOwner> owner;
  std::unique_ptr<Journal> journal;
};

}  // namespace koine::journal
