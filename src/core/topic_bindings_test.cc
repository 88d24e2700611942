// What is appended to a topic reaches the queues that are bound to it, in the same commit. Each test that says so runs with
// the queue on the partition's shard and on another one.

#include "core/topic_bindings.h"

#include <algorithm>
#include <functional>

#include "base/byte_order.h"
#include "base/crc32c.h"
#include "core/message_record.h"
#include "core/queues/queue_server_fixture.h"

namespace koine::core {
namespace {

struct Line {
  std::optional<std::string> key;
  std::string value;
};

Bytes batch_of(const std::vector<Line>& lines, const BatchOptions& options = {}) {
  BatchBuilder builder;
  for (const Line& line : lines) {
    std::optional<ByteView> key;
    if (line.key) key = as_bytes(*line.key);
    builder.add({.timestamp = 1000, .key = key, .value = as_bytes(line.value), .headers = {}});
  }
  return *builder.build(options);
}

BatchOptions by_producer(std::int32_t sequence) {
  return {.producer_id = ProducerId{5}, .producer_epoch = 0, .base_sequence = sequence};
}

class TopicBindingsTest : public QueueServer {
 protected:
  // Its first partition is on shard 0.
  std::string make_topic(const std::string& base = "orders", std::uint32_t partitions = 1) {
    std::string name = base;
    while (true) {
      CHECK(server_.run(engine().create_topic({.name = name, .partition_count = partitions})));
      const LogId first = engine().catalog().find(name)->partitions.front();
      if (&engine().owner_of(first) == &engine()) return name;
      CHECK(server_.run(engine().delete_topic(name)));
      name += "x";
    }
  }
  void bind(const std::string& topic, const std::string& target, const std::string& pattern = "#",
            TargetKind kind = TargetKind::queue) {
    const auto bound = server_.run(engine().queue_client().bind({.source = {"/", topic},
                                                                 .target_kind = kind,
                                                                 .target = target,
                                                                 .routing_key = pattern,
                                                                 .arguments = {}}));
    ASSERT_TRUE(bound) << bound.error().to_string();
  }
  QueuePtr declare_bound(const std::string& topic, const std::string& name,
                         const std::string& pattern = "#", QueueSettings settings = {}) {
    QueuePtr queue = declare(name, std::move(settings));
    bind(topic, name, pattern);
    return queue;
  }
  Result<Appended> append(const std::string& topic, Bytes batch) {
    return server_.append(server_.partition(topic), std::move(batch));
  }
  // Values of all records of a partition.
  Bodies records(const std::string& topic, std::size_t partition = 0) {
    Bodies values;
    each_record(topic, partition,
                [&](const Record& record) { values.emplace_back(as_text(*record.value)); });
    return values;
  }
  std::size_t batch_count(const std::string& topic) {
    return server_.run(server_.partition(topic)->read(Offset{0}, 100 * MiB))->size();
  }
  void each_record(const std::string& topic, std::size_t n,
                   const std::function<void(const Record&)>& visit) {
    const auto partition = server_.partition(topic, n);
    Engine& owner = engine().owner_of(partition->log_id());
    const auto entries = server_.run_on(owner, partition->read(Offset{0}, 100 * MiB));
    CHECK(entries);
    for (const journal::EntryRef& entry : *entries) {
      const Bytes body = *server_.run_on(owner, journal::load_whole(owner.journal(), entry));
      CHECK(check_batch(body.view()));
      auto reader = *RecordReader::open(body.view(), MiB);
      while (auto record = *reader.next()) visit(*record);
    }
  }
  template <typename T>
  static Task<void> note(Task<T> task, std::vector<T>* outcomes) {
    const Task<T> owned = std::move(task);
    outcomes->push_back(co_await owned);
  }
  static Task<void> keep(Task<Result<Appended>> task, std::optional<Result<Appended>>* outcome) {
    const Task<Result<Appended>> owned = std::move(task);
    outcome->emplace(co_await owned);
  }
  // The way of a protocol: to the partition's shard, with all queues.
  void add_to_topic(PublishBatch& batch, const std::string& topic, const std::string& body,
                    const std::vector<QueuePtr>& queues) {
    const TopicPtr found = engine().catalog().find(topic);
    std::vector<LogId> targets{found->partitions.front()};
    for (const QueuePtr& queue : queues) targets.push_back(queue->id());
    batch.add(message(body), targets, Refusal::of_all);
  }
};

class BoundQueueAnywhere : public TopicBindingsTest,
                           public testing::WithParamInterface<std::size_t> {};

TEST_P(BoundQueueAnywhere, GetsEachRecordWithItsKeyAsTheRoutingKey) {
  const std::string topic = make_topic();
  const QueuePtr all = declare_bound(topic, name_on(GetParam(), "all"));
  const QueuePtr some = declare_bound(topic, name_on(GetParam(), "some"), "order.*");
  ASSERT_TRUE(append(topic, batch_of({{"order.1", "a"}, {"payment.1", "b"}, {"order.2", "c"}})));
  EXPECT_EQ(records(topic), (Bodies{"a", "b", "c"}));
  EXPECT_EQ(peek(all), (Bodies{"a", "b", "c"}));
  EXPECT_EQ(peek(some), (Bodies{"a", "c"}));
  const auto got = server_.run(engine().queue_client().get(all, true));
  ASSERT_TRUE(got && *got);
  const auto first = decode_message((*got)->stored.view());
  EXPECT_EQ(first->routing_key, "order.1");
  EXPECT_EQ(first->exchange, topic);
}

TEST_P(BoundQueueAnywhere, GetsRecordsOfCompressedBatches) {
  const std::string topic = make_topic();
  const QueuePtr queue = declare_bound(topic, name_on(GetParam()));
  for (const Compression compression :
       {Compression::gzip, Compression::snappy, Compression::lz4, Compression::zstd}) {
    ASSERT_TRUE(append(topic, batch_of({{"k", std::string(name_of(compression))}, {"k", "next"}},
                                       {.compression = compression})));
  }
  EXPECT_EQ(peek(queue), (Bodies{"gzip", "next", "snappy", "next", "lz4", "next", "zstd", "next"}));
}

TEST_P(BoundQueueAnywhere, GetsWhatComesWhileItIsBound) {
  const std::string topic = make_topic();
  ASSERT_TRUE(append(topic, batch_of({{"k", "before"}})));
  const QueuePtr queue = declare_bound(topic, name_on(GetParam()));
  ASSERT_TRUE(append(topic, batch_of({{"k", "bound"}})));
  ASSERT_TRUE(server_.run(engine().queue_client().unbind({.source = {"/", topic},
                                                          .target_kind = TargetKind::queue,
                                                          .target = queue->spec.name.name,
                                                          .routing_key = "#",
                                                          .arguments = {}})));
  ASSERT_TRUE(append(topic, batch_of({{"k", "after"}})));
  EXPECT_EQ(peek(queue), (Bodies{"bound"}));
}

TEST_P(BoundQueueAnywhere, IsNotGivenADuplicateAgain) {
  const std::string topic = make_topic();
  const QueuePtr queue = declare_bound(topic, name_on(GetParam()));
  ASSERT_TRUE(append(topic, batch_of({{"k", "a"}}, by_producer(0))));
  const auto again = append(topic, batch_of({{"k", "a"}}, by_producer(0)));
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->is_duplicate);
  ASSERT_TRUE(append(topic, batch_of({{"k", "b"}}, by_producer(1))));
  EXPECT_EQ(peek(queue), (Bodies{"a", "b"}));
  restart();
  ASSERT_TRUE(append(topic, batch_of({{"k", "b"}}, by_producer(1)))->is_duplicate);
  EXPECT_EQ(peek(find(queue->spec.name.name)), (Bodies{"a", "b"}));
}

TEST_P(BoundQueueAnywhere, ThatIsFullRefusesTheWholeBatchByName) {
  const std::string topic = make_topic();
  const QueuePtr free_queue = declare_bound(topic, name_on(GetParam(), "free"));
  const QueuePtr full = declare_bound(topic, name_on(GetParam(), "full"), "#",
                                      {.length_max = 2, .overflow = Overflow::reject_publish});
  ASSERT_TRUE(append(topic, batch_of({{"k", "a"}}, by_producer(0))));
  const auto refused = append(topic, batch_of({{"k", "b"}, {"k", "c"}}, by_producer(1)));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::unavailable);
  EXPECT_TRUE(refused.error().message().contains("'" + full->spec.name.name + "'"));
  for (const Bodies& bodies : {records(topic), peek(free_queue), peek(full)})
    EXPECT_EQ(bodies, (Bodies{"a"}));
  // What follows it is out of order; the same again is the next.
  EXPECT_FALSE(append(topic, batch_of({{"k", "d"}}, by_producer(3))));
  ASSERT_TRUE(append(topic, batch_of({{"k", "b"}}, by_producer(1))));
  EXPECT_EQ(peek(full), (Bodies{"a", "b"}));
  EXPECT_EQ(peek(free_queue), (Bodies{"a", "b"}));
}

TEST_P(BoundQueueAnywhere, KeepsTheOrderOfManyAppendsAtOnce) {
  const std::string topic = make_topic();
  const QueuePtr queue = declare_bound(topic, name_on(GetParam()));
  const auto partition = server_.partition(topic);
  std::vector<Result<Appended>> outcomes;
  Bodies expected;
  runtime::Gate gate;
  for (int n = 0; n < 50; ++n) {
    expected.push_back(std::to_string(n));
    gate.spawn(note(partition->append(batch_of({{"k", expected.back()}})), &outcomes));
  }
  settle_down();
  ASSERT_EQ(outcomes.size(), 50U);
  for (std::size_t n = 0; n < outcomes.size(); ++n) {
    ASSERT_TRUE(outcomes[n]);
    EXPECT_EQ(outcomes[n]->base_offset, Offset(static_cast<std::int64_t>(n)));
  }
  EXPECT_EQ(records(topic), expected);
  EXPECT_EQ(peek(queue), expected);
}

TEST_P(BoundQueueAnywhere, HasNothingWhenTheDiskIsFull) {
  const std::string topic = make_topic();
  const QueuePtr queue = declare_bound(topic, name_on(GetParam()));
  const auto capacity = server_.storage().faults().capacity_bytes;
  server_.storage().faults().capacity_bytes = server_.storage().bytes_in_use();
  int sequence = 0;
  const auto next = [&] {
    return append(topic, batch_of({{"k", std::to_string(sequence)}}, by_producer(sequence)));
  };
  Result<Appended> last;
  while ((last = next())) ASSERT_LT(++sequence, 100'000);
  EXPECT_EQ(last.error().code(), ErrorCode::no_space);
  server_.storage().faults().capacity_bytes = capacity;
  for (int attempt = 0; attempt < 100 && !last; ++attempt) {
    pass(1000);
    last = next();
  }
  ASSERT_TRUE(last) << last.error().to_string();
  settle_down();
  EXPECT_EQ(server_.partition(topic)->high_watermark(), Offset{sequence + 1});
  // On one shard they are one commit; on two the queue may have what the topic has not.
  if (GetParam() == 0) EXPECT_EQ(counts(queue).ready, static_cast<std::uint64_t>(sequence) + 1);
  EXPECT_GE(counts(queue).ready, static_cast<std::uint64_t>(sequence) + 1);
}

TEST_P(BoundQueueAnywhere, HasWhatTheTopicHasAfterACrashAtAnyOperation) {
  for (std::uint64_t crash_at = 1; crash_at < 24; ++crash_at) {
    TestServer server({.seed = 900 + crash_at, .shard_count = 2});
    ASSERT_TRUE(server.storage().make_directory("/data") && server.storage().sync_directory("/"));
    ASSERT_TRUE(server.open());
    ASSERT_TRUE(server.run(server.engine().create_topic({.name = "orders"})));
    Engine& owner =
        server.engine().owner_of(server.engine().catalog().find("orders")->partitions[0]);
    Engine& queues_shard = server.engine(owner.shard().id().value() ^ GetParam());
    std::string name = "jobs";
    while (&server.engine().owner_of_queue({"/", name}) != &queues_shard) name += "x";
    const QueuePtr queue =
        *server.run(server.engine().queue_client().declare_queue({.name = {"/", name}}));
    ASSERT_TRUE(server.run(server.engine().queue_client().bind(
        {.source = {"/", "orders"}, .target = name, .routing_key = "#", .arguments = {}})));
    server.storage().faults().crashing_operation = server.storage().operations() + crash_at;
    std::uint64_t acknowledged = 0;
    for (int n = 0; n < 5; ++n) {
      const auto partition = server.partition("orders");
      std::optional<Result<Appended>> appended;
      owner.shard().gate().spawn(keep(partition->append(batch_of({{"k", "v"}})), &appended));
      server.world().run_for(std::chrono::milliseconds(50));
      if (!appended || !*appended) break;
      if (partition->high_watermark() == Offset{n + 1}) ++acknowledged;
    }
    server.storage().faults().crashing_operation.reset();
    server.restart();
    server.world().run_for(std::chrono::milliseconds(50));
    const auto counts = server.run(server.engine().queue_client().counts(queue));
    ASSERT_TRUE(counts);
    const auto in_topic =
        static_cast<std::uint64_t>(server.partition("orders")->high_watermark().value());
    EXPECT_GE(in_topic, acknowledged) << crash_at;
    EXPECT_GE(counts->ready, in_topic) << crash_at;
    if (GetParam() == 0) EXPECT_EQ(counts->ready, in_topic) << crash_at;
  }
}

TEST_P(BoundQueueAnywhere, AndItsTopicGetWhatIsPublishedToIt) {
  const std::string topic = make_topic();
  const QueuePtr queue = declare_bound(topic, name_on(GetParam()));
  PublishBatch batch;
  for (int n = 0; n < 100; ++n) add_to_topic(batch, topic, std::to_string(n), {queue});
  ASSERT_TRUE(publish(std::move(batch), 1));
  EXPECT_TRUE(rejected_.empty());
  Bodies expected;
  for (int n = 0; n < 100; ++n) expected.push_back(std::to_string(n));
  EXPECT_EQ(records(topic), expected);
  EXPECT_EQ(peek(queue), expected);
  EXPECT_EQ(batch_count(topic), 1U);  // neighbours are one batch
  restart();
  EXPECT_EQ(records(topic), expected);
  EXPECT_EQ(peek(find(queue->spec.name.name)), expected);
}

// Two reads of a connection that publishes to the topic and, between, straight to another queue.
TEST_P(BoundQueueAnywhere, HoldsUpNothingThatIsPublishedBesideIt) {
  const std::string topic = make_topic();
  const QueuePtr bound = declare_bound(topic, name_on(GetParam(), "bound"));
  const QueuePtr other = declare(name_on(0, "other"));
  std::vector<Result<Published>> outcomes;
  runtime::Gate gate;
  for (int n = 0; n < 10; ++n) {
    PublishBatch batch;
    if (n % 3 == 0) add_to_topic(batch, topic, "through", {bound});
    batch.add(message(std::to_string(n)), {&other, 1});
    gate.spawn(note(engine().queue_client().publish(std::move(batch)), &outcomes));
  }
  server_.run(as_value(gate.close()));
  EXPECT_TRUE(std::ranges::all_of(outcomes, [](const auto& each) { return each.has_value(); }));
  settle_down();
  EXPECT_EQ(peek(other), (Bodies{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}));
  EXPECT_EQ(records(topic).size(), 4U);
  EXPECT_EQ(peek(bound).size(), 4U);
}

TEST_P(BoundQueueAnywhere, ThatIsFullRefusesWhatIsPublishedForAll) {
  const std::string topic = make_topic();
  const QueuePtr full =
      declare(name_on(GetParam()), {.length_max = 1, .overflow = Overflow::reject_publish});
  const QueuePtr other = declare(name_on(1 - GetParam(), "other"));
  PublishBatch batch;
  add_to_topic(batch, topic, "a", {full, other});
  add_to_topic(batch, topic, "b", {other, full});
  add_to_topic(batch, topic, "c", {other});
  ASSERT_TRUE(publish(std::move(batch)));
  EXPECT_EQ(rejected_, (std::vector<std::uint32_t>{1}));
  EXPECT_EQ(records(topic), (Bodies{"a", "c"}));
  EXPECT_EQ(peek(full), (Bodies{"a"}));
  EXPECT_EQ(peek(other), (Bodies{"a", "c"}));
}

INSTANTIATE_TEST_SUITE_P(OnShard, BoundQueueAnywhere, testing::Values(0U, 1U));

// What is only for queues that refuse nothing would come there sooner.
TEST_F(TopicBindingsTest, KeepTheOrderWhereOtherQueuesAreAskedFirst) {
  const std::string topic = make_topic();
  const QueuePtr all = declare_bound(topic, name_on(1, "all"));
  declare_bound(topic, name_on(1, "limited"), "asked",
                {.length_max = 1000, .overflow = Overflow::reject_publish});
  std::vector<Result<Appended>> outcomes;
  Bodies expected;
  runtime::Gate gate;
  for (int n = 0; n < 20; ++n) {
    expected.push_back(std::to_string(n));
    const std::string key = n % 3 == 0 ? "asked" : "other";
    gate.spawn(
        note(server_.partition(topic)->append(batch_of({{key, expected.back()}})), &outcomes));
  }
  server_.run(as_value(gate.close()));
  settle_down();
  EXPECT_EQ(outcomes.size(), 20U);
  EXPECT_EQ(records(topic), expected);
  EXPECT_EQ(peek(all), expected);
}

TEST_F(TopicBindingsTest, DoNotOvertakeABatchOfTheSameProducerThatWaitsForRoom) {
  const std::string topic = make_topic();
  const QueuePtr far = declare_bound(topic, name_on(1), "far");
  ASSERT_TRUE(append(topic, batch_of({{"near", "0"}}, by_producer(0))));
  const std::string other = make_topic("other");
  std::vector<Result<Appended>> outcomes;
  runtime::Gate gate;
  const auto start = [&](const std::string& to, Bytes batch) {
    gate.spawn(note(server_.partition(to)->append(std::move(batch)), &outcomes));
  };
  for (int n = 0; n < 10; ++n) start(other, batch_of({{"k", std::string(400'000, 'x')}}));
  start(topic, batch_of({{"near", "1"}}, by_producer(1)));
  start(topic, batch_of({{"far", "2"}}, by_producer(2)));
  server_.run(as_value(gate.close()));
  for (const auto& outcome : outcomes) ASSERT_TRUE(outcome) << outcome.error().to_string();
  settle_down();
  EXPECT_EQ(records(topic), (Bodies{"0", "1", "2"}));
  EXPECT_EQ(peek(far), (Bodies{"2"}));
}

TEST_F(TopicBindingsTest, LeadOnThroughExchangesToOtherTopics) {
  const std::string topic = make_topic();
  const std::string copy = make_topic("copy", 3);
  ASSERT_TRUE(server_.run(engine().queue_client().declare_exchange(
      {.name = {"/", "middle"}, .type = ExchangeType::direct})));
  bind(topic, "middle", "#", TargetKind::exchange);
  bind("middle", copy, "k", TargetKind::topic);
  const QueuePtr queue = declare_bound(copy, "jobs");
  // And round: each of them once.
  bind(copy, topic, "#", TargetKind::topic);
  ASSERT_TRUE(append(topic, batch_of({{"k", "a"}, {"other", "b"}})));
  EXPECT_EQ(records(topic), (Bodies{"a", "b"}));
  Bodies copied;
  for (std::size_t n = 0; n < 3; ++n) {
    for (std::string& value : records(copy, n)) copied.push_back(std::move(value));
  }
  EXPECT_EQ(copied, (Bodies{"a"}));
  EXPECT_EQ(peek(queue), (Bodies{"a"}));
}

TEST_F(TopicBindingsTest, KeepHeadersAndRefuseWhatIsNoBatchOfRecords) {
  const std::string topic = make_topic();
  const QueuePtr queue = declare_bound(topic, "jobs");
  BatchBuilder builder;
  const std::vector<RecordHeader> headers = {{"content-type", as_bytes("text/plain")}};
  builder.add({.key = as_bytes("k"), .value = as_bytes("v"), .headers = headers});
  ASSERT_TRUE(append(topic, *builder.build({})));
  const auto got = server_.run(engine().queue_client().get(queue, true));
  ASSERT_TRUE(got && *got);
  const auto message = decode_message((*got)->stored.view());
  ASSERT_TRUE(message);
  EXPECT_EQ(decode_properties(message->properties)->content_type, "text/plain");

  // Its checksum is right, its records are none: without bindings nobody would look.
  std::vector<std::byte> bytes(batch_header_size + 20, std::byte{0x7F});
  const Bytes good = batch_of({{"k", "v"}});
  std::copy_n(good.view().begin(), batch_header_size, bytes.begin());
  store_be(bytes.data() + 8, static_cast<std::int32_t>(bytes.size() - batch_length_start));
  store_be(bytes.data() + 17, crc32c(ByteView(bytes).subspan(batch_crc_start)));
  const auto refused = append(topic, Bytes::copy_of(bytes));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::corrupt) << refused.error().to_string();
}

TEST_F(TopicBindingsTest, GetDeadLettersThatAreToGoToTheTopic) {
  const std::string topic = make_topic();
  QueueSettings settings{.dead_letter_exchange = topic};
  const QueuePtr queue = declare("jobs", settings);
  publish(queue, {"a"});
  Consumer& consumer = consume(queue);
  settle(consumer, 0, Settlement::Kind::dead_letter);
  pass(100);
  EXPECT_EQ(records(topic), (Bodies{"a"}));
  EXPECT_EQ(counts(queue).unsettled, 0U);
}

TEST_F(TopicBindingsTest, MakeSeveralBatchesOfWhatIsTooMuchForOne) {
  const std::string topic = make_topic();
  ASSERT_TRUE(server_.run(
      engine().change_settings(topic, {.message_bytes_max = 2000}, all_settings, all_settings)));
  PublishBatch batch;
  for (int n = 0; n < 40; ++n) add_to_topic(batch, topic, std::string(200, 'a'), {});
  ASSERT_TRUE(publish(std::move(batch)));
  EXPECT_EQ(records(topic).size(), 40U);
  EXPECT_GT(batch_count(topic), 4U);
  ASSERT_TRUE(append(topic, batch_of({{"k", "next"}})));
  EXPECT_EQ(server_.partition(topic)->high_watermark(), Offset{41});
}

}  // namespace
}  // namespace koine::core
