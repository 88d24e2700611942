#include "io/sim/sim_storage.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "io/sim/sim_disk.h"
#include "runtime/gate.h"
#include "runtime/run.h"

namespace koine::io {
namespace {

using runtime::run_until_done;

// A machine with one shard and an open, durable, empty file "/f".
struct Machine {
  explicit Machine(std::uint64_t seed)
      : world(seed), storage(world), reactor(world), disk(storage, reactor) {
    file = *wait(disk.open("/f", OpenMode::create, Caching::page_cache));
    EXPECT_TRUE(wait(disk.sync_directory("/")).has_value());
  }
  template <typename T>
  T wait(Task<T> task) {
    return run_until_done(reactor, std::move(task));
  }
  Result<> write(std::uint64_t offset, const std::string& text) {
    return wait(file->write(offset, {as_bytes(text)}));
  }
  std::string contents() {
    const auto bytes = storage.contents("/f");
    return bytes ? std::string(as_text(*bytes)) : bytes.error().to_string();
  }

  SimWorld world;
  SimStorage storage;
  SimReactor reactor;
  SimDisk disk;
  std::unique_ptr<File> file;
};

const std::string old_page(4096, 'o');
const std::string new_page(4096, 'n');

TEST(SimStorage, WhatWasSyncedSurvivesEveryCrash) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Machine machine(seed);
    EXPECT_TRUE(machine.wait(machine.file->write_and_sync(0, {as_bytes("synced")})).has_value());
    machine.storage.crash();
    EXPECT_EQ(machine.contents(), "synced");
  }
}

TEST(SimStorage, WhatWasNotSyncedIsKeptLostOrTornBetweenSectors) {
  std::set<std::string> outcomes;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Machine machine(seed);
    EXPECT_TRUE(machine.wait(machine.file->write_and_sync(0, {as_bytes(old_page)})).has_value());
    EXPECT_TRUE(machine.write(0, new_page).has_value());
    machine.storage.crash();
    const std::string found = machine.contents();
    ASSERT_EQ(found.size(), 4096U);
    for (std::size_t at = 0; at < 4096; at += 512) {
      const std::string sector = found.substr(at, 512);
      EXPECT_TRUE(sector == old_page.substr(0, 512) || sector == new_page.substr(0, 512));
    }
    outcomes.insert(found);
  }
  EXPECT_TRUE(outcomes.contains(old_page));
  EXPECT_TRUE(outcomes.contains(new_page));
  EXPECT_GT(outcomes.size(), 2U);
}

TEST(SimStorage, UnsyncedGrowthIsKeptOrLost) {
  std::set<std::size_t> sizes;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Machine machine(seed);
    EXPECT_TRUE(machine.write(0, "grown").has_value());
    machine.storage.crash();
    sizes.insert(machine.contents().size());
  }
  EXPECT_EQ(sizes, (std::set<std::size_t>{0, 5}));
}

TEST(SimStorage, UnsyncedNamesAreKeptOrLost) {
  std::map<std::string, int> seen;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Machine machine(seed);
    EXPECT_TRUE(machine.wait(machine.disk.open("/created", OpenMode::create, Caching::page_cache))
                    .has_value());
    EXPECT_TRUE(machine.wait(machine.disk.rename("/f", "/renamed")).has_value());
    machine.storage.crash();
    const auto entries = machine.storage.list("/");
    for (const auto& entry : *entries) ++seen[entry.name];
  }
  for (const char* name : {"created", "f", "renamed"}) {
    EXPECT_GT(seen[name], 0) << name;
    EXPECT_LT(seen[name], 50) << name;
  }
  EXPECT_EQ(seen["f"] + seen["renamed"], 50);
}

TEST(SimStorage, ADirectoryThatIsLostTakesItsFilesWithIt) {
  int lost = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Machine machine(seed);
    EXPECT_TRUE(machine.wait(machine.disk.make_directory("/d")).has_value());
    EXPECT_TRUE(
        machine.wait(machine.disk.open("/d/f", OpenMode::create, Caching::page_cache)).has_value());
    EXPECT_TRUE(machine.wait(machine.disk.sync_directory("/d")).has_value());
    machine.storage.crash();
    const bool has_directory = machine.storage.list("/d").has_value();
    EXPECT_EQ(machine.storage.contents("/d/f").has_value(), has_directory);
    lost += has_directory ? 0 : 1;
  }
  EXPECT_GT(lost, 0);
  EXPECT_LT(lost, 50);
}

TEST(SimStorage, OldHandlesAreDeadAfterACrash) {
  Machine machine(1);
  const auto lock = machine.disk.lock("/");
  machine.storage.crash();
  std::array<std::byte, 10> buffer{};
  EXPECT_EQ(machine.write(0, "x").error().code(), ErrorCode::closed);
  EXPECT_EQ(machine.wait(machine.file->read(0, buffer)).error().code(), ErrorCode::closed);
  EXPECT_EQ(machine.wait(machine.file->sync()).error().code(), ErrorCode::closed);
  EXPECT_EQ(machine.wait(machine.disk.list("/")).error().code(), ErrorCode::closed);
  EXPECT_EQ(machine.disk.lock("/").error().code(), ErrorCode::closed);
  EXPECT_EQ(machine.contents(), "");

  SimDisk next(machine.storage, machine.reactor, 2);
  EXPECT_TRUE(next.lock("/").has_value());
  EXPECT_TRUE(machine.wait(next.open("/f", OpenMode::read_write, Caching::page_cache)).has_value());
}

TEST(SimStorage, TheChosenOperationFails) {
  Machine machine(1);
  machine.storage.faults().failing_operation = machine.storage.operations() + 1;
  EXPECT_TRUE(machine.write(0, "a").has_value());
  EXPECT_EQ(machine.wait(machine.file->size()).error().code(), ErrorCode::io_error);
  EXPECT_TRUE(machine.write(0, "a").has_value());
}

TEST(SimStorage, CrashesAtTheChosenOperation) {
  Machine machine(1);
  bool crashed = false;
  machine.storage.on_crash([&] { crashed = true; });
  machine.storage.faults().crashing_operation = machine.storage.operations();
  EXPECT_EQ(machine.write(0, "a").error().code(), ErrorCode::closed);
  EXPECT_TRUE(crashed);
  EXPECT_EQ(machine.storage.life(), 1U);
}

TEST(SimStorage, EveryKindOfOperationFailsByChance) {
  Machine machine(1);
  std::array<std::byte, 10> buffer{};
  machine.storage.faults() = {.read_error_chance = 1,
                              .write_error_chance = 1,
                              .sync_error_chance = 1,
                              .name_error_chance = 1,
                              .failing_operation = {},
                              .crashing_operation = {}};
  EXPECT_EQ(machine.write(0, "x").error().code(), ErrorCode::io_error);
  EXPECT_EQ(machine.wait(machine.file->read(0, buffer)).error().code(), ErrorCode::io_error);
  EXPECT_EQ(machine.wait(machine.file->sync()).error().code(), ErrorCode::io_error);
  EXPECT_EQ(machine.wait(machine.file->truncate(0)).error().code(), ErrorCode::io_error);
  EXPECT_EQ(machine.wait(machine.disk.remove("/f")).error().code(), ErrorCode::io_error);
}

TEST(SimStorage, AfterAFailedSyncTheNextOneProvesNothing) {
  std::set<std::string> outcomes;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Machine machine(seed);
    EXPECT_TRUE(machine.wait(machine.file->write_and_sync(0, {as_bytes(old_page)})).has_value());
    machine.storage.faults().failing_operation = machine.storage.operations() + 1;
    EXPECT_FALSE(machine.wait(machine.file->write_and_sync(0, {as_bytes(new_page)})).has_value());
    EXPECT_TRUE(machine.wait(machine.file->sync()).has_value());
    EXPECT_EQ(machine.contents(), new_page);
    machine.storage.crash();
    outcomes.insert(machine.contents());
  }
  EXPECT_EQ(outcomes, (std::set{old_page, new_page}));
}

TEST(SimStorage, AFullDiskRefusesUntilThereIsSpace) {
  Machine machine(1);
  machine.storage.faults().capacity_bytes = 8192;
  EXPECT_EQ(machine.write(0, std::string(10'000, 'x')).error().code(), ErrorCode::no_space);
  EXPECT_EQ(machine.contents().size(), 8192U);
  EXPECT_EQ(machine.wait(machine.disk.space("/"))->free_bytes, 0U);
  EXPECT_TRUE(machine.write(0, "overwritten").has_value());
  machine.storage.faults().capacity_bytes = 100'000;
  EXPECT_TRUE(machine.write(0, std::string(10'000, 'x')).has_value());
  EXPECT_TRUE(machine.wait(machine.file->truncate(0)).has_value());
  EXPECT_EQ(machine.storage.bytes_in_use(), 0U);
}

TEST(SimStorage, ALyingSyncIsFoundOut) {
  int lost = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Machine machine(seed);
    machine.storage.faults().sync_lies = true;
    EXPECT_TRUE(machine.wait(machine.file->write_and_sync(0, {as_bytes("synced")})).has_value());
    machine.storage.crash();
    lost += machine.contents() == "synced" ? 0 : 1;
  }
  EXPECT_GT(lost, 0);
}

TEST(SimStorage, FlipsABitForGood) {
  Machine machine(1);
  EXPECT_TRUE(machine.wait(machine.file->write_and_sync(0, {as_bytes("abc")})).has_value());
  EXPECT_TRUE(machine.storage.flip_bit("/f", 1, 0).has_value());
  EXPECT_EQ(machine.contents(), "acc");
  machine.storage.crash();
  EXPECT_EQ(machine.contents(), "acc");
  EXPECT_EQ(machine.storage.flip_bit("/f", 3, 0).error().code(), ErrorCode::out_of_range);
  EXPECT_EQ(machine.storage.flip_bit("/g", 0, 0).error().code(), ErrorCode::not_found);
}

TEST(SimStorage, RefusesUnalignedDirectAccess) {
  Machine machine(1);
  const auto file = machine.wait(machine.disk.open("/f", OpenMode::read_write, Caching::direct));
  std::array<std::byte, 10> buffer{};
  EXPECT_EQ(machine.wait((*file)->write(0, {as_bytes("x")})).error().code(), ErrorCode::io_error);
  EXPECT_EQ(machine.wait((*file)->read(0, buffer)).error().code(), ErrorCode::io_error);
}

// What a seed decides: two runs are compared by when everything ended.
MonotonicTime time_of_a_run(std::uint64_t seed) {
  Machine machine(seed);
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(machine.write(0, "x").has_value());
  machine.storage.crash();
  return machine.world.now();
}

TEST(SimStorage, TheSameSeedGivesTheSameRun) {
  EXPECT_EQ(time_of_a_run(5), time_of_a_run(5));
  EXPECT_NE(time_of_a_run(5), time_of_a_run(6));
}

}  // namespace
}  // namespace koine::io
