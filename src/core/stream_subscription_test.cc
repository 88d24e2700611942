// A topic read as a stream, from the shard of its partition and from another one.
#include "core/stream_subscription.h"

#include <algorithm>

#include "core/queues/queue_server_fixture.h"
#include "core/stream_counts.h"

namespace koine::core {
namespace {

class StreamTest : public QueueServer, public testing::WithParamInterface<std::size_t> {
 protected:
  struct Reader {
    TestSink sink;
    std::vector<std::int64_t> offsets;
    std::vector<std::int64_t> partitions;
    std::unique_ptr<Subscription> subscription;
  };

  ~StreamTest() override {
    for (auto& reader : readers_) stop(*reader);
  }
  Engine& here() { return engine(GetParam()); }
  TopicPtr make(std::uint32_t partitions = 1) {
    return *server_.run(engine().create_topic({.name = "orders", .partition_count = partitions}));
  }
  void append(int first, int count, std::size_t partition = 0) {
    BatchBuilder builder;
    for (int n = 0; n < count; ++n) {
      values_.push_back(std::to_string(first + n));
      builder.add({.timestamp = 1000 + first + n,
                   .key = as_bytes("k"),
                   .value = as_bytes(values_.back()),
                   .headers = {}});
    }
    ASSERT_TRUE(server_.append(server_.partition("orders", partition),
                               *builder.build({.compression = Compression::lz4})));
    settle_down();
  }
  Reader& read(StreamOptions options, int room = 1'000'000) {
    Reader& reader = *readers_.emplace_back(std::make_unique<Reader>());
    reader.sink.room = room;
    reader.sink.on_take = [&reader](const Delivery& delivery) {
      const auto properties = decode_properties(delivery.message.properties);
      const FieldTable& headers = *properties->headers;
      reader.offsets.push_back(*find_field(headers, "x-stream-offset")->as_integer());
      const FieldValue* partition = find_field(headers, "x-stream-partition");
      if (partition != nullptr) reader.partitions.push_back(*partition->as_integer());
      EXPECT_EQ(delivery.message.routing_key, "k");
      EXPECT_EQ(delivery.message.exchange, "orders");
    };
    const TopicPtr topic = here().catalog().find("orders");
    auto opened = server_.run_on(
        here(),
        StreamSubscription::open(here(), topic, StreamSubscription::new_name(here(), *topic),
                                 std::move(options), reader.sink));
    CHECK(opened);
    reader.subscription = std::move(*opened);
    reader.subscription->resume();
    settle_down();
    return reader;
  }
  void settle(Reader& reader, std::size_t count) {
    const std::vector<Settlement> settlements(count);
    here().queue_client().settle(reader.subscription->queue(), settlements);
    settle_down();
  }
  void stop(Reader& reader) {
    if (reader.subscription == nullptr) return;
    server_.run_on(here(), as_value(reader.subscription->cancel()));
    reader.subscription.reset();
  }
  static ReadStart at(std::int64_t offset, std::int32_t partition = 0) {
    return {.at = ReadStart::At::position,
            .position = {.next = {{PartitionId{partition}, Offset{offset}}}}};
  }
  static Bodies numbers(int from, int to) {
    Bodies bodies;
    for (int n = from; n < to; ++n) bodies.push_back(std::to_string(n));
    return bodies;
  }

  std::deque<std::string> values_;
  std::vector<std::unique_ptr<Reader>> readers_;
};

TEST_P(StreamTest, BeginsWhereItIsAskedToAndGoesOn) {
  make();
  append(0, 10);
  append(10, 10);
  Reader& all = read({.start = {.at = ReadStart::At::start}, .prefetch = 100});
  Reader& some = read({.start = at(15), .prefetch = 100});
  Reader& last = read({.is_from_last = true, .prefetch = 100});
  Reader& next = read({.start = {.at = ReadStart::At::end}, .prefetch = 100});
  Reader& timed = read({.start = {.at = ReadStart::At::time, .time_ms = 1012}, .prefetch = 100});
  Reader& future = read({.start = at(22), .prefetch = 100});
  append(20, 5);
  EXPECT_EQ(all.sink.bodies(), numbers(0, 25));
  EXPECT_EQ(some.sink.bodies(), numbers(15, 25));
  EXPECT_EQ(last.sink.bodies(), numbers(19, 25));
  EXPECT_EQ(next.sink.bodies(), numbers(20, 25));
  EXPECT_EQ(timed.sink.bodies(), numbers(12, 25));
  EXPECT_EQ(future.sink.bodies(), numbers(22, 25));
  EXPECT_EQ(some.offsets, (std::vector<std::int64_t>{15, 16, 17, 18, 19, 20, 21, 22, 23, 24}));
  EXPECT_TRUE(some.partitions.empty());
}

TEST_P(StreamTest, GivesWhatThereIsCreditFor) {
  make();
  append(0, 100);
  Reader& reader = read({.start = {.at = ReadStart::At::start}, .prefetch = 3});
  EXPECT_EQ(reader.sink.taken.size(), 3U);
  settle(reader, 2);
  EXPECT_EQ(reader.sink.taken.size(), 5U);
  settle(reader, 3);
  EXPECT_EQ(reader.sink.bodies(), numbers(0, 8));
}

TEST_P(StreamTest, WaitsForWhoHasNoRoom) {
  make();
  append(0, 100);
  Reader& reader = read({.start = {.at = ReadStart::At::start}, .prefetch = 1000}, 10);
  EXPECT_EQ(reader.sink.taken.size(), 10U);
  reader.sink.room = 1000;
  reader.subscription->resume();
  settle_down();
  EXPECT_EQ(reader.sink.bodies(), numbers(0, 100));
}

TEST_P(StreamTest, ReadsAllPartitionsOrOne) {
  make(3);
  for (int n = 0; n < 3; ++n) append(10 * n, 10, static_cast<std::size_t>(n));
  Reader& all = read({.start = {.at = ReadStart::At::start}, .prefetch = 100});
  Bodies sorted = all.sink.bodies();
  std::ranges::sort(sorted);
  Bodies expected = numbers(0, 30);
  std::ranges::sort(expected);
  EXPECT_EQ(sorted, expected);
  EXPECT_EQ(std::ranges::count(all.partitions, 2), 10);
  Reader& one = read({.partition = PartitionId{2}, .start = at(5, 2), .prefetch = 100});
  EXPECT_EQ(one.sink.bodies(), numbers(25, 30));
  EXPECT_EQ(one.partitions, std::vector<std::int64_t>(5, 2));
}

TEST_P(StreamTest, PassesOverWhatRetentionHasRemoved) {
  make();
  append(0, 10);
  Reader& reader = read({.start = {.at = ReadStart::At::start}, .prefetch = 2});
  append(10, 10);
  Engine& owner = engine().owner_of(server_.partition("orders")->log_id());
  ASSERT_TRUE(server_.run_on(owner, server_.partition("orders")->delete_records(Offset{10})));
  settle(reader, 2);
  EXPECT_EQ(reader.sink.bodies(), (Bodies{"0", "1", "10", "11"}));
  Reader& from_start = read({.start = at(3), .prefetch = 1});
  EXPECT_EQ(from_start.sink.bodies(), (Bodies{"10"}));
}

TEST_P(StreamTest, EndsWithItsTopicAndWithTheServer) {
  make();
  append(0, 1);
  Reader& reader = read({.start = {.at = ReadStart::At::start}, .prefetch = 10});
  ASSERT_TRUE(server_.run(engine().delete_topic("orders")));
  settle_down();
  EXPECT_EQ(reader.sink.ended, SubscriptionEnd::queue_deleted);
}

TEST_P(StreamTest, IsCounted) {
  const TopicPtr topic = make(2);
  append(0, 10, 0);
  append(10, 5, 1);
  Reader& reader = read({.start = {.at = ReadStart::At::end}, .prefetch = 1});
  const auto all = server_.run(count_stream(engine(), topic, std::nullopt));
  ASSERT_TRUE(all);
  EXPECT_EQ(all->ready, 15U);
  EXPECT_EQ(all->consumers, 1U);
  const auto one = server_.run(count_stream(engine(), topic, PartitionId{1}));
  ASSERT_TRUE(one);
  EXPECT_EQ(one->ready, 5U);
  stop(reader);
  EXPECT_EQ(server_.run(count_stream(engine(), topic, std::nullopt))->consumers, 0U);
}

INSTANTIATE_TEST_SUITE_P(OnShard, StreamTest, testing::Values(0U, 1U));

}  // namespace
}  // namespace koine::core
