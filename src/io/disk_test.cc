// What every Disk promises, asserted on the real one and on the simulated one.
#include "io/disk.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "io/real/asio_reactor.h"
#include "io/real/real_disk.h"
#include "io/sim/sim_disk.h"
#include "io/sim/sim_storage.h"
#include "io/sim/sim_world.h"
#include "runtime/gate.h"
#include "runtime/run.h"

namespace koine::io {
namespace {

class DiskUnderTest {
 public:
  DiskUnderTest() = default;
  DiskUnderTest(const DiskUnderTest&) = delete;
  DiskUnderTest& operator=(const DiskUnderTest&) = delete;
  virtual ~DiskUnderTest() = default;
  virtual Reactor& reactor() = 0;
  virtual Disk& disk() = 0;
  virtual std::string directory() = 0;
  virtual int process_id() = 0;
};

class RealDiskUnderTest final : public DiskUnderTest {
 public:
  RealDiskUnderTest() {
    std::string pattern = testing::TempDir() + "koine-disk-XXXXXX";
    directory_ = mkdtemp(pattern.data());
  }
  ~RealDiskUnderTest() override { std::filesystem::remove_all(directory_); }
  Reactor& reactor() override { return reactor_; }
  Disk& disk() override { return disk_; }
  std::string directory() override { return directory_; }
  int process_id() override { return getpid(); }

 private:
  std::string directory_;
  AsioReactor reactor_;
  RealDisk disk_{reactor_};
};

class SimDiskUnderTest final : public DiskUnderTest {
 public:
  SimDiskUnderTest() { (void)storage_.make_directory("/data"); }
  Reactor& reactor() override { return reactor_; }
  Disk& disk() override { return disk_; }
  std::string directory() override { return "/data"; }
  int process_id() override { return 4711; }

 private:
  SimWorld world_{1};
  SimStorage storage_{world_};
  SimReactor reactor_{world_};
  SimDisk disk_{storage_, reactor_, 4711};
};

using MakeDisk = std::function<std::unique_ptr<DiskUnderTest>()>;
struct NamedDisk {
  const char* name;
  MakeDisk make;
};

class DiskTest : public testing::TestWithParam<NamedDisk> {
 protected:
  template <typename T>
  T wait(Task<T> task) {
    return runtime::run_until_done(under_test_->reactor(), std::move(task));
  }
  Disk& disk() { return under_test_->disk(); }
  std::string path(const std::string& name) { return under_test_->directory() + "/" + name; }

  std::unique_ptr<File> open(const std::string& name, OpenMode mode,
                             Caching caching = Caching::page_cache) {
    auto file = wait(disk().open(path(name), mode, caching));
    EXPECT_TRUE(file.has_value()) << file.error().to_string();
    return file ? std::move(*file) : nullptr;
  }
  ErrorCode open_error(const std::string& name, OpenMode mode) {
    const auto file = wait(disk().open(path(name), mode, Caching::page_cache));
    EXPECT_FALSE(file.has_value());
    EXPECT_TRUE(file.error().message().contains(path(name))) << file.error().message();
    return file.error().code();
  }
  void write(File& file, std::uint64_t offset, std::string_view text) {
    EXPECT_TRUE(wait(file.write(offset, {as_bytes(text)})).has_value());
  }
  std::string read(File& file, std::uint64_t offset, std::size_t size) {
    std::vector<std::byte> buffer(size);
    const auto count = wait(file.read(offset, buffer));
    if (!count) return count.error().to_string();
    return std::string(as_text(ByteView(buffer).first(*count)));
  }

  std::unique_ptr<DiskUnderTest> under_test_ = GetParam().make();
};

TEST_P(DiskTest, ReadsWhatWasWritten) {
  const auto file = open("a", OpenMode::create);
  const std::array<std::string_view, 3> texts{"one", "", "two"};
  EXPECT_TRUE(wait(file->write(0, {as_bytes(texts[0]), as_bytes(texts[1]), as_bytes(texts[2])}))
                  .has_value());
  EXPECT_TRUE(wait(file->write_and_sync(6, {as_bytes("three")})).has_value());
  EXPECT_TRUE(wait(file->sync()).has_value());
  EXPECT_EQ(read(*file, 0, 100), "onetwothree");
  EXPECT_EQ(read(*file, 3, 3), "two");
  EXPECT_EQ(*wait(file->size()), 11U);
}

TEST_P(DiskTest, WritesNothing) {
  const auto file = open("a", OpenMode::create);
  EXPECT_TRUE(wait(file->write(5, {})).has_value());
  EXPECT_TRUE(wait(file->write(5, {ByteView{}, ByteView{}})).has_value());
  EXPECT_EQ(*wait(file->size()), 0U);
}

TEST_P(DiskTest, WritesMorePartsThanTheKernelTakesAtOnce) {
  const auto file = open("a", OpenMode::create);
  const std::vector<ByteView> parts(3000, as_bytes("xy"));
  EXPECT_TRUE(wait(file->write(1, parts)).has_value());
  EXPECT_EQ(*wait(file->size()), 6001U);
  EXPECT_EQ(read(*file, 5999, 10), "xy");
}

TEST_P(DiskTest, ReadsLessAtTheEndAndNothingBehindIt) {
  const auto file = open("a", OpenMode::create);
  write(*file, 0, "abc");
  EXPECT_EQ(read(*file, 2, 10), "c");
  EXPECT_EQ(read(*file, 3, 10), "");
  EXPECT_EQ(read(*file, 100'000, 10), "");
}

TEST_P(DiskTest, AHoleIsZeros) {
  const auto file = open("a", OpenMode::create);
  write(*file, 10'000, "end");
  EXPECT_EQ(read(*file, 0, 10'003), std::string(10'000, '\0') + "end");
}

TEST_P(DiskTest, TruncatesAndGrows) {
  const auto file = open("a", OpenMode::create);
  write(*file, 0, std::string(9000, 'x'));
  EXPECT_TRUE(wait(file->truncate(5)).has_value());
  EXPECT_TRUE(wait(file->truncate(8)).has_value());
  EXPECT_EQ(read(*file, 0, 100), std::string("xxxxx\0\0\0", 8));
}

TEST_P(DiskTest, OpensInThreeModes) {
  EXPECT_EQ(open_error("a", OpenMode::read), ErrorCode::not_found);
  EXPECT_EQ(open_error("a", OpenMode::read_write), ErrorCode::not_found);
  EXPECT_EQ(open_error("no/a", OpenMode::create), ErrorCode::not_found);
  write(*open("a", OpenMode::create), 0, "abc");
  EXPECT_EQ(open_error("a", OpenMode::create), ErrorCode::already_exists);
  const auto writable = open("a", OpenMode::read_write);
  write(*writable, 1, "x");
  const auto readable = open("a", OpenMode::read);
  EXPECT_EQ(read(*readable, 0, 10), "axc");
  EXPECT_EQ(wait(readable->write(0, {as_bytes("y")})).error().code(), ErrorCode::io_error);
}

TEST_P(DiskTest, DirectAccessReadsAndWritesWholeBlocks) {
  const std::unique_ptr<std::byte, void (*)(void*)> memory(
      static_cast<std::byte*>(std::aligned_alloc(direct_alignment, 2 * direct_alignment)),
      std::free);
  const std::span<std::byte> block(memory.get(), direct_alignment);
  const std::span<std::byte> other(memory.get() + direct_alignment, direct_alignment);
  std::ranges::fill(block, std::byte{7});
  const auto file = open("a", OpenMode::create, Caching::direct);
  EXPECT_TRUE(wait(file->write_and_sync(direct_alignment, {ByteView(block)})).has_value());
  EXPECT_EQ(*wait(file->read(direct_alignment, other)), direct_alignment);
  EXPECT_TRUE(std::ranges::equal(block, other));
  EXPECT_TRUE(wait(file->truncate(0)).has_value());
  EXPECT_EQ(*wait(file->read(0, other)), 0U);
}

TEST_P(DiskTest, RenamesOverWhatIsThere) {
  write(*open("a", OpenMode::create), 0, "new");
  write(*open("b", OpenMode::create), 0, "old");
  EXPECT_TRUE(wait(disk().rename(path("a"), path("b"))).has_value());
  EXPECT_EQ(open_error("a", OpenMode::read), ErrorCode::not_found);
  EXPECT_EQ(read(*open("b", OpenMode::read), 0, 10), "new");
  EXPECT_EQ(wait(disk().rename(path("a"), path("b"))).error().code(), ErrorCode::not_found);
  EXPECT_EQ(wait(disk().rename(path("b"), path("no/b"))).error().code(), ErrorCode::not_found);
}

TEST_P(DiskTest, ARemovedFileIsStillReadByThoseWhoHaveIt) {
  const auto file = open("a", OpenMode::create);
  write(*file, 0, "abc");
  EXPECT_TRUE(wait(disk().remove(path("a"))).has_value());
  EXPECT_EQ(read(*file, 0, 10), "abc");
  EXPECT_EQ(open_error("a", OpenMode::read), ErrorCode::not_found);
  EXPECT_EQ(wait(disk().remove(path("a"))).error().code(), ErrorCode::not_found);
}

TEST_P(DiskTest, MakesDirectoriesWithTheirParents) {
  EXPECT_TRUE(wait(disk().make_directory(path("x/y/z"))).has_value());
  EXPECT_TRUE(wait(disk().make_directory(path("x/y/z/"))).has_value());
  open("x/y/z/file", OpenMode::create);
  EXPECT_TRUE(wait(disk().sync_directory(path("x/y/z"))).has_value());
  EXPECT_EQ(wait(disk().make_directory(path("x/y/z/file"))).error().code(),
            ErrorCode::already_exists);
  EXPECT_EQ(wait(disk().sync_directory(path("q"))).error().code(), ErrorCode::not_found);
}

TEST_P(DiskTest, ListsByName) {
  open("b", OpenMode::create);
  open("a", OpenMode::create);
  EXPECT_TRUE(wait(disk().make_directory(path("c/d"))).has_value());
  const auto entries = wait(disk().list(path("")));
  ASSERT_TRUE(entries.has_value());
  ASSERT_EQ(entries->size(), 3U);
  EXPECT_EQ((*entries)[0].name, "a");
  EXPECT_EQ((*entries)[1].name, "b");
  EXPECT_FALSE((*entries)[1].is_directory);
  EXPECT_EQ((*entries)[2].name, "c");
  EXPECT_TRUE((*entries)[2].is_directory);
  EXPECT_EQ(wait(disk().list(path("q"))).error().code(), ErrorCode::not_found);
}

TEST_P(DiskTest, TellsTheSpace) {
  const auto space = wait(disk().space(path("")));
  ASSERT_TRUE(space.has_value());
  EXPECT_GT(space->total_bytes, 0U);
  EXPECT_LE(space->free_bytes, space->total_bytes);
  EXPECT_EQ(wait(disk().space(path("q"))).error().code(), ErrorCode::not_found);
}

TEST_P(DiskTest, ALockHasOneHolder) {
  auto first = disk().lock(under_test_->directory());
  ASSERT_TRUE(first.has_value()) << first.error().to_string();
  const auto second = disk().lock(under_test_->directory());
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code(), ErrorCode::conflict);
  EXPECT_EQ(second.error().message(),
            "held by process " + std::to_string(under_test_->process_id()));
  first->reset();
  EXPECT_TRUE(disk().lock(under_test_->directory()).has_value());
  EXPECT_EQ(disk().lock(path("q")).error().code(), ErrorCode::not_found);
}

Task<void> write_text(File& file, std::string text, int& left) {
  const auto result = co_await file.write(0, {as_bytes(text)});
  EXPECT_TRUE(result.has_value());
  --left;
}

TEST_P(DiskTest, WritesOfAFileKeepTheirOrder) {
  const auto file = open("a", OpenMode::create);
  int left = 100;
  runtime::Gate gate;
  for (int i = 0; i < 100; ++i) gate.spawn(write_text(*file, std::to_string(i + 100), left));
  runtime::run_until_done(under_test_->reactor(), gate.close());
  EXPECT_EQ(left, 0);
  EXPECT_EQ(read(*file, 0, 10), "199");
}

TEST_P(DiskTest, AFileMayDieWhileItIsWritten) {
  auto file = open("a", OpenMode::create);
  int left = 1;
  runtime::Gate gate;
  gate.spawn(write_text(*file, "abc", left));
  file.reset();
  runtime::run_until_done(under_test_->reactor(), gate.close());
  EXPECT_EQ(read(*open("a", OpenMode::read), 0, 10), "abc");
}

INSTANTIATE_TEST_SUITE_P(
    All, DiskTest,
    testing::Values(NamedDisk{"Real", [] { return std::make_unique<RealDiskUnderTest>(); }},
                    NamedDisk{"Simulated", [] { return std::make_unique<SimDiskUnderTest>(); }}),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace koine::io
