#include "core/topic_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "core/engine_fixture.h"
#include "runtime/started.h"

namespace koine::core {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

// Keeps what it is given as "partition:value"; has room for so many.
class Collector final : public RecordSink {
 public:
  explicit Collector(std::size_t room = 1000) : room_(room) {}

  Next take(PartitionId partition, const Record& record) override {
    records.push_back(std::to_string(partition.value()) + ":" +
                      std::string(as_text(record.value.value())));
    return records.size() >= room_ ? Next::stop : Next::go_on;
  }

  std::vector<std::string> records;

 private:
  std::size_t room_;
};

class TopicReaderTest : public testing::TestWithParam<std::size_t> {
 protected:
  TopicReaderTest() : server_({.shard_count = GetParam()}) { CHECK(server_.open()); }

  TopicPtr create(std::uint32_t partitions) {
    return *server_.run(
        server_.engine().create_topic({.name = "orders", .partition_count = partitions}));
  }

  // One batch; the n-th value has timestamp 1000 + n.
  void append(std::size_t partition, const std::vector<std::string>& values,
              Compression compression = Compression::none) {
    BatchBuilder builder;
    WallTimeMs timestamp = 1000;
    for (const std::string& value : values) {
      builder.add(
          {.timestamp = timestamp++, .key = std::nullopt, .value = as_bytes(value), .headers = {}});
    }
    const auto batch = builder.build({.compression = compression});
    ASSERT_TRUE(server_.append(server_.partition("orders", partition), *batch));
  }

  std::vector<std::string> read(TopicReader& reader, std::size_t room = 1000) {
    Collector collector(room);
    const auto taken = server_.run(reader.read(collector, MiB));
    EXPECT_TRUE(taken) << taken.error().to_string();
    return collector.records;
  }

  Result<> seek(TopicReader& reader, ReadStart start) {
    return server_.run(reader.seek(std::move(start)));
  }

  TestServer server_;
};

INSTANTIATE_TEST_SUITE_P(Shards, TopicReaderTest, testing::Values(1, 3));

TEST_P(TopicReaderTest, ReadsAllPartitionsFromTheirStart) {
  const TopicPtr topic = create(3);
  append(0, {"a", "b"});
  append(2, {"c"});
  TopicReader reader(server_.engine(), topic);
  ASSERT_TRUE(seek(reader, {.at = ReadStart::At::start}));
  EXPECT_THAT(read(reader), UnorderedElementsAre("0:a", "0:b", "2:c"));
  EXPECT_THAT(read(reader), IsEmpty());
}

TEST_P(TopicReaderTest, ReadsWhatIsAppendedAfterTheEnd) {
  const TopicPtr topic = create(1);
  append(0, {"old"});
  TopicReader reader(server_.engine(), topic);
  ASSERT_TRUE(seek(reader, {.at = ReadStart::At::end}));
  EXPECT_THAT(read(reader), IsEmpty());
  append(0, {"new"});
  EXPECT_THAT(read(reader), ElementsAre("0:new"));
}

TEST_P(TopicReaderTest, GoesOnInTheMiddleOfABatchWhenTheSinkHasRoomAgain) {
  const TopicPtr topic = create(1);
  append(0, {"a", "b", "c"}, Compression::zstd);
  TopicReader reader(server_.engine(), topic);
  ASSERT_TRUE(seek(reader, {.at = ReadStart::At::start}));
  EXPECT_THAT(read(reader, 1), ElementsAre("0:a"));
  EXPECT_THAT(read(reader, 1), ElementsAre("0:b"));
  EXPECT_THAT(read(reader), ElementsAre("0:c"));
}

TEST_P(TopicReaderTest, AnUnfinishedBatchMayBeKeptUntilItIsReleased) {
  const TopicPtr topic = create(2);
  append(0, {"a", "b", "c"}, Compression::zstd);
  TopicReader reader(server_.engine(), topic);
  ASSERT_TRUE(seek(reader, {.at = ReadStart::At::start}));
  const auto keep = [&](std::size_t room) {
    Collector collector(room);
    EXPECT_TRUE(server_.run(reader.read(collector, MiB, TopicReader::Unfinished::kept)));
    return collector.records;
  };
  EXPECT_THAT(keep(1), ElementsAre("0:a"));
  EXPECT_GT(reader.kept_bytes(), 0U);
  // Others have their turn when it is finished.
  append(1, {"d"});
  append(0, {"e"});
  EXPECT_THAT(keep(1), ElementsAre("0:b"));
  EXPECT_GT(reader.kept_bytes(), 0U);
  reader.release();
  EXPECT_EQ(reader.kept_bytes(), 0U);
  EXPECT_THAT(keep(1000), UnorderedElementsAre("0:c", "0:e", "1:d"));
  EXPECT_EQ(reader.kept_bytes(), 0U);
}

TEST_P(TopicReaderTest, WhatWasKeptIsForgottenBySeeking) {
  const TopicPtr topic = create(1);
  append(0, {"a", "b"});
  TopicReader reader(server_.engine(), topic);
  ASSERT_TRUE(seek(reader, {.at = ReadStart::At::start}));
  Collector collector(1);
  ASSERT_TRUE(server_.run(reader.read(collector, MiB, TopicReader::Unfinished::kept)));
  ASSERT_TRUE(seek(reader, {.at = ReadStart::At::start}));
  EXPECT_THAT(read(reader), ElementsAre("0:a", "0:b"));
}

TEST_P(TopicReaderTest, BeginsAtATime) {
  const TopicPtr topic = create(2);
  append(0, {"a", "b", "c"});
  append(1, {"d"});
  TopicReader reader(server_.engine(), topic);
  ASSERT_TRUE(seek(reader, {.at = ReadStart::At::time, .time_ms = 1001}));
  EXPECT_THAT(read(reader), ElementsAre("0:b", "0:c"));
}

TEST_P(TopicReaderTest, GoesOnAtAPosition) {
  const TopicPtr topic = create(2);
  append(0, {"a", "b"});
  append(1, {"c"});
  TopicReader first(server_.engine(), topic);
  ASSERT_TRUE(seek(first, {.at = ReadStart::At::start}));
  const auto before = read(first, 2);
  std::string text;
  write_position(*topic, first.position(), text);

  TopicReader second(server_.engine(), topic);
  auto position = parse_position(*topic, text);
  ASSERT_TRUE(position);
  ASSERT_TRUE(seek(second, {.at = ReadStart::At::position, .position = *position}));
  auto all = read(second);
  all.insert(all.end(), before.begin(), before.end());
  EXPECT_THAT(all, UnorderedElementsAre("0:a", "0:b", "1:c"));
}

TEST_P(TopicReaderTest, SaysWhatIsLeftWhenRetentionHasRemovedThePosition) {
  const TopicPtr topic = create(1);
  append(0, {"a", "b", "c"});
  TopicReader reader(server_.engine(), topic);
  ASSERT_TRUE(seek(reader, {.at = ReadStart::At::start}));
  const auto partition = server_.partition("orders");
  ASSERT_TRUE(server_.run_on(server_.engine().owner_of(partition->log_id()),
                             partition->delete_records(Offset{2})));

  Collector collector;
  const auto taken = server_.run(reader.read(collector, MiB));
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code(), ErrorCode::out_of_range);
  EXPECT_THAT(taken.error().message(), HasSubstr("the next one is 2"));
  EXPECT_FALSE(seek(reader, {.at = ReadStart::At::position, .position = reader.position()}));
  ASSERT_TRUE(seek(reader, {.at = ReadStart::At::position, .position = reader.first_left()}));
  EXPECT_THAT(read(reader), ElementsAre("0:c"));
}

TEST_P(TopicReaderTest, RefusesAPositionPastTheEnd) {
  const TopicPtr topic = create(1);
  TopicReader reader(server_.engine(), topic);
  TopicPosition position{.next = {{.partition = PartitionId{0}, .offset = Offset{5}}}};
  const auto sought = seek(reader, {.at = ReadStart::At::position, .position = position});
  ASSERT_FALSE(sought);
  EXPECT_EQ(sought.error().code(), ErrorCode::out_of_range);
}

TEST_P(TopicReaderTest, ReadsPartitionsThatAreAddedLater) {
  const TopicPtr topic = create(1);
  TopicReader all(server_.engine(), topic);
  TopicReader one(server_.engine(), topic, {PartitionId{0}});
  ASSERT_TRUE(seek(all, {.at = ReadStart::At::end}));
  ASSERT_TRUE(seek(one, {.at = ReadStart::At::end}));
  ASSERT_TRUE(server_.run(server_.engine().add_partitions("orders", 2)));
  append(1, {"a"});
  EXPECT_THAT(read(all), ElementsAre("1:a"));
  EXPECT_THAT(read(one), IsEmpty());
}

TEST_P(TopicReaderTest, SaysThatTheTopicWasDeleted) {
  const TopicPtr topic = create(1);
  TopicReader reader(server_.engine(), topic);
  ASSERT_TRUE(seek(reader, {.at = ReadStart::At::start}));
  ASSERT_TRUE(server_.run(server_.engine().delete_topic("orders")));
  Collector collector;
  const auto taken = server_.run(reader.read(collector, MiB));
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code(), ErrorCode::not_found);
}

Task<bool> wait(TopicReader* reader, runtime::Signal* interruption, bool* is_done) {
  co_await reader->wait(*interruption, never);
  *is_done = true;
  co_return true;
}

TEST_P(TopicReaderTest, WaitsForAnyPartition) {
  const TopicPtr topic = create(3);
  for (std::size_t partition = 0; partition < 3; ++partition) {
    Engine& engine = server_.engine();
    TopicReader reader(engine, topic);
    ASSERT_TRUE(seek(reader, {.at = ReadStart::At::end}));
    runtime::Signal interruption(engine.shard().reactor());
    bool is_done = false;
    const auto waiting =
        runtime::start(engine.shard().gate(), wait(&reader, &interruption, &is_done));
    EXPECT_FALSE(is_done);
    append(partition, {"a"});
    ASSERT_TRUE(server_.world().run_until([&] { return is_done; }));
  }
}

TEST_P(TopicReaderTest, StopsWaitingWhenInterrupted) {
  const TopicPtr topic = create(3);
  Engine& engine = server_.engine();
  TopicReader reader(engine, topic);
  ASSERT_TRUE(seek(reader, {.at = ReadStart::At::end}));
  runtime::Signal interruption(engine.shard().reactor());
  bool is_done = false;
  const auto waiting =
      runtime::start(engine.shard().gate(), wait(&reader, &interruption, &is_done));
  interruption.notify_all();
  ASSERT_TRUE(server_.world().run_until([&] { return is_done; }));
}

TEST(TopicPosition, IsReadAsItWasWritten) {
  const Topic topic{.name = "orders",
                    .id = {.bytes = {std::byte{0xab}, std::byte{1}}},
                    .partitions = {LogId{1}, LogId{2}}};
  const TopicPosition position{.next = {{PartitionId{0}, Offset{42}}, {PartitionId{1}, Offset{7}}}};
  std::string text;
  write_position(topic, position, text);
  EXPECT_EQ(text, "ab010000.0-42.1-7");
  EXPECT_EQ(parse_position(topic, text), position);
}

TEST(TopicPosition, RefusesWhatIsNoneOfThisTopic) {
  const Topic topic{.name = "orders", .partitions = {LogId{1}, LogId{2}}};
  EXPECT_TRUE(parse_position(topic, "00000000"));
  for (const char* text :
       {"", "0", "00000001.0-1", "00000000.", "00000000.0", "00000000.0-", "00000000.-1-1",
        "00000000.0--1", "00000000.0-1.0-1", "00000000.1-1.0-1", "00000000.2-1", "00000000.0-1x",
        "00000000.0-99999999999999999999", "00000000..0-1"}) {
    const auto parsed = parse_position(topic, text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code(), ErrorCode::invalid_argument) << text;
  }
}

}  // namespace
}  // namespace koine::core
