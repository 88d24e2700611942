#include "core/data_directory.h"

#include <gtest/gtest.h>

#include <string>

#include "core/engine_fixture.h"

namespace koine::core {
namespace {

TEST(DataIdentity, RoundTrips) {
  const DataIdentity identity{.format = 1, .shard_count = 3, .cluster_id = "abc"};
  const auto parsed = DataIdentity::parse(identity.to_text());
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->shard_count, 3U);
  EXPECT_EQ(parsed->cluster_id, "abc");
}

TEST(DataIdentity, RefusesWhatIsNotOurs) {
  const std::string good = DataIdentity{.shard_count = 3, .cluster_id = "abc"}.to_text();
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_EQ(DataIdentity::parse(good.substr(0, size)).error().code(), ErrorCode::corrupt) << size;
  }
  for (const char* text : {"koine data directory\nformat x\nshards 1\ncluster_id a\n",
                           "koine data directory\nformat 0\nshards 1\ncluster_id a\n",
                           "koine data directory\nformat 1\nshards 0\ncluster_id a\n",
                           "koine data directory\nformat 1\nshards 5000\ncluster_id a\n",
                           "koine data directory\nformat 1\nshards 99999999999\ncluster_id a\n",
                           "koine data directory\nformat 1\nshards 1\ncluster_id a\nmore\n",
                           "koine data directory\nformat 1\nshards 1\ncluster_id \n"}) {
    EXPECT_EQ(DataIdentity::parse(text).error().code(), ErrorCode::corrupt) << text;
  }
}

class IdentityFile : public testing::Test {
 protected:
  IdentityFile()
      : world_(1),
        storage_(world_),
        reactor_(world_),
        disk_(storage_, reactor_),
        random_(1),
        shard_(ShardId{0}, reactor_) {
    CHECK(run<Result<>>(disk_.make_directory("/data")));
  }

  template <typename T>
  static Task<void> keep(Task<T> task, std::optional<T>* result) {
    const Task<T> owned = std::move(task);
    result->emplace(co_await owned);
  }
  template <typename T>
  T run(Task<T> task) {
    std::optional<T> result;
    shard_.gate().spawn(keep(std::move(task), &result));
    CHECK(world_.run_until([&] { return result.has_value(); }));
    return std::move(*result);
  }
  static Task<Result<>> write(io::Disk& disk, std::string text) {
    CO_TRY(const auto file,
           co_await disk.open("/data/identity", io::OpenMode::create, io::Caching::page_cache));
    const std::vector<ByteView> parts = {as_bytes(text)};
    co_return co_await file->write_and_sync(0, parts);
  }
  Result<DataIdentity> open(std::uint32_t shard_count) {
    return run<Result<DataIdentity>>(open_identity(disk_, random_, "/data", shard_count));
  }

  io::SimWorld world_;
  io::SimStorage storage_;
  io::SimReactor reactor_;
  io::SimDisk disk_;
  io::SimRandom random_;
  runtime::Shard shard_;
};

TEST_F(IdentityFile, IsMadeOnceAndKept) {
  const auto made = open(2);
  ASSERT_TRUE(made) << made.error().to_string();
  EXPECT_EQ(made->cluster_id.size(), 22U);
  const auto found = open(2);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->cluster_id, made->cluster_id);
  EXPECT_EQ(open(1).error().code(), ErrorCode::invalid_argument);
}

TEST_F(IdentityFile, OfANewerFormatIsRefused) {
  ASSERT_TRUE(run<Result<>>(write(disk_, "koine data directory\nformat 2\nstars 4\n")));
  EXPECT_EQ(open(1).error().code(), ErrorCode::unsupported);
}

TEST_F(IdentityFile, OfAnotherProgramIsRefused) {
  ASSERT_TRUE(run<Result<>>(write(disk_, "hello\n")));
  const auto opened = open(1);
  EXPECT_EQ(opened.error().code(), ErrorCode::corrupt);
  EXPECT_TRUE(opened.error().message().starts_with("/data/identity")) << opened.error().message();
}

TEST_F(IdentityFile, IsMadeAgainIfEveryStepFailedOnce) {
  for (std::uint64_t n = 0; n < 20; ++n) {
    storage_.faults().failing_operation = storage_.operations() + n;
    const auto opened = open(1);
    storage_.faults().failing_operation.reset();
    if (!opened) EXPECT_EQ(opened.error().code(), ErrorCode::io_error) << n;
    const auto again = open(1);
    ASSERT_TRUE(again) << n << again.error().to_string();
    (void)run<Result<>>(disk_.remove("/data/identity"));
  }
}

}  // namespace
}  // namespace koine::core
