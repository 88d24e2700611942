#include "core/engine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "core/engine_fixture.h"
#include "journal/log_id.h"
#include "runtime/started.h"

namespace koine::core {
namespace {

TopicSpec spec(std::string name, std::uint32_t partitions = 1) {
  return {.name = std::move(name), .partition_count = partitions, .settings = {}};
}

template <typename T>
ErrorCode code_of(const Result<T>& result) {
  EXPECT_FALSE(result);
  return result ? ErrorCode::duplicate : result.error().code();
}

TEST(Engine, CreatesATopicThatSurvivesARestart) {
  TestServer server;
  ASSERT_TRUE(server.open());
  const std::string cluster_id = server.engine().cluster_id();
  EXPECT_EQ(cluster_id.size(), 22U);
  const auto topic = server.run(server.engine().create_topic(spec("orders", 3)));
  ASSERT_TRUE(topic) << topic.error().to_string();
  const auto appended = server.append(server.partition("orders", 1), test_batch(4));
  ASSERT_TRUE(appended) << appended.error().to_string();
  server.restart();
  EXPECT_EQ(server.engine().cluster_id(), cluster_id);
  const TopicPtr found = server.engine().catalog().find("orders");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->id, (*topic)->id);
  EXPECT_EQ(found->partitions, (*topic)->partitions);
  EXPECT_EQ(server.partition("orders", 1)->high_watermark(), Offset{4});
  EXPECT_EQ(server.partition("orders", 0)->high_watermark(), Offset{0});
}

TEST(Engine, SpreadsPartitionsOverShardsAndTellsAll) {
  TestServer server({.shard_count = 3});
  ASSERT_TRUE(server.open());
  const auto topic =
      server.run_on(server.engine(2), server.engine(2).create_topic(spec("orders", 6)));
  ASSERT_TRUE(topic);
  std::vector<int> by_shard(3);
  for (const LogId log : (*topic)->partitions) {
    ++by_shard[journal::shard_of(log).value()];
    EXPECT_NE(server.engine().owner_of(log).partition(log), nullptr);
  }
  EXPECT_EQ(by_shard, (std::vector<int>{2, 2, 2}));
  for (std::size_t n = 0; n < 3; ++n) {
    EXPECT_NE(server.engine(n).catalog().find("orders"), nullptr) << n;
    EXPECT_EQ(server.engine(n).cluster_id(), server.engine().cluster_id());
  }
  server.restart();
  for (std::size_t n = 0; n < 3; ++n) EXPECT_NE(server.engine(n).catalog().find("orders"), nullptr);
  EXPECT_NE(server.partition("orders", 5), nullptr);
}

TEST(Engine, RefusesTopicsThatMakeNoSense) {
  TestServer server;
  server.engine_options().partitions_total_max = 5;
  ASSERT_TRUE(server.open());
  Engine& engine = server.engine();
  EXPECT_EQ(code_of(server.run(engine.create_topic(spec("a b")))), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of(server.run(engine.create_topic(spec("..")))), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of(server.run(engine.create_topic(spec("a", 0)))), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of(server.run(engine.create_topic(spec("a", 6)))), ErrorCode::too_large);
  TopicSpec wrong = spec("a");
  wrong.settings.retention_ms = -2;
  EXPECT_TRUE(engine.check_create(wrong));  // not given: the default counts
  wrong.settings_given = 1;
  EXPECT_EQ(code_of(server.run(engine.create_topic(wrong))), ErrorCode::invalid_argument);
  ASSERT_TRUE(server.run(engine.create_topic(spec("a", 3))));
  EXPECT_EQ(code_of(server.run(engine.create_topic(spec("a")))), ErrorCode::already_exists);
  EXPECT_EQ(code_of(server.run(engine.create_topic(spec("b", 3)))), ErrorCode::too_large);
}

TEST(Engine, AddsPartitions) {
  TestServer server({.shard_count = 2});
  server.engine_options().partitions_total_max = 5;
  ASSERT_TRUE(server.open());
  Engine& engine = server.engine();
  EXPECT_EQ(code_of(server.run(engine.add_partitions("orders", 2))), ErrorCode::not_found);
  ASSERT_TRUE(server.run(engine.create_topic(spec("orders", 2))));
  EXPECT_EQ(code_of(server.run(engine.add_partitions("orders", 2))), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of(server.run(engine.add_partitions("orders", 6))), ErrorCode::too_large);
  const auto kept = server.partition("orders", 0);
  const auto more = server.run(engine.add_partitions("orders", 5));
  ASSERT_TRUE(more);
  EXPECT_EQ(server.partition("orders", 0), kept);
  EXPECT_EQ(kept->topic().partitions.size(), 5U);
  EXPECT_NE(server.partition("orders", 4), nullptr);
  EXPECT_EQ(std::set<LogId>((*more)->partitions.begin(), (*more)->partitions.end()).size(), 5U);
}

TEST(Engine, ChangesSettings) {
  TestServer server;
  ASSERT_TRUE(server.open());
  Engine& engine = server.engine();
  EXPECT_EQ(code_of(server.run(engine.change_settings("orders", {}, 0))), ErrorCode::not_found);
  ASSERT_TRUE(server.run(engine.create_topic(spec("orders"))));
  TopicSettings settings;
  settings.message_bytes_max = 100;
  const auto changed = server.run(engine.change_settings("orders", settings, 1U << 2U));
  ASSERT_TRUE(changed);
  EXPECT_EQ(code_of(server.append(server.partition("orders"), test_batch(10))),
            ErrorCode::too_large);
  settings.message_bytes_max = message_bytes_limit + 1;
  EXPECT_EQ(code_of(server.run(engine.change_settings("orders", settings, 1U << 2U))),
            ErrorCode::invalid_argument);
  server.restart();
  EXPECT_EQ(server.partition("orders")->topic().settings.message_bytes_max, 100);
  ASSERT_TRUE(server.run(server.engine().change_settings("orders", settings, 0)));
  EXPECT_EQ(server.partition("orders")->topic().settings, TopicSettings{});
}

TEST(Engine, DeletesATopicWithItsRecords) {
  TestServer server({.shard_count = 2});
  ASSERT_TRUE(server.open());
  Engine& engine = server.engine();
  EXPECT_EQ(code_of(server.run(engine.delete_topic("orders"))), ErrorCode::not_found);
  const auto topic = server.run(engine.create_topic(spec("orders", 2)));
  ASSERT_TRUE(topic);
  const auto partition = server.partition("orders");
  ASSERT_TRUE(server.append(partition, test_batch(1)));
  ASSERT_TRUE(server.run(engine.delete_topic("orders")));
  EXPECT_TRUE(partition->is_removed());
  EXPECT_EQ(partition->high_watermark(), Offset{0});
  EXPECT_EQ(code_of(server.append(partition, test_batch(1))), ErrorCode::not_found);
  EXPECT_EQ(code_of(server.run(partition->read(Offset{0}, 100))), ErrorCode::not_found);
  EXPECT_EQ(code_of(server.run(partition->find_by_time(0))), ErrorCode::not_found);
  EXPECT_EQ(code_of(server.run(partition->find_largest_timestamp())), ErrorCode::not_found);
  EXPECT_EQ(code_of(server.run(partition->delete_records(Offset{0}))), ErrorCode::not_found);
  EXPECT_EQ(code_of(server.run(partition->enforce_retention())), ErrorCode::not_found);
  // The same name again is another topic, in logs that were never used.
  const auto again = server.run(engine.create_topic(spec("orders", 2)));
  ASSERT_TRUE(again);
  EXPECT_NE((*again)->id, (*topic)->id);
  for (const LogId log : (*again)->partitions) {
    EXPECT_EQ(std::ranges::count((*topic)->partitions, log), 0);
  }
  EXPECT_EQ(server.partition("orders")->high_watermark(), Offset{0});
  server.restart();
  EXPECT_EQ(server.engine().catalog().topics().size(), 1U);
  for (const LogId log : (*topic)->partitions) {
    EXPECT_EQ(server.engine().owner_of(log).journal().find(log), nullptr);
  }
}

Task<bool> wait_for_change(std::shared_ptr<Partition> partition, bool* waiting) {
  *waiting = true;
  co_await partition->changed().wait();
  co_return partition->is_removed();
}

Task<Result<>> delete_after(Engine& engine, const bool* waiting) {
  CHECK(*waiting);
  co_return co_await engine.delete_topic("orders");
}

Task<bool> delete_while_waited_for(Engine& engine, std::shared_ptr<Partition> partition) {
  bool waiting = false;
  const auto waiter = runtime::start(engine.shard().gate(), wait_for_change(partition, &waiting));
  CHECK(co_await delete_after(engine, &waiting));
  co_return co_await waiter.result();
}

TEST(Engine, WakesThoseWhoWaitForADeletedTopic) {
  TestServer server;
  ASSERT_TRUE(server.open());
  ASSERT_TRUE(server.run(server.engine().create_topic(spec("orders"))));
  EXPECT_TRUE(server.run(delete_while_waited_for(server.engine(), server.partition("orders"))));
}

TEST(Engine, NeverGivesAProducerIdTwice) {
  TestServer server({.shard_count = 2});
  ASSERT_TRUE(server.open());
  std::set<ProducerId> ids;
  for (int life = 0; life < 3; ++life) {
    for (int n = 0; n < 1200; ++n) {
      const auto id = server.run_on(server.engine(1), server.engine(1).new_producer_id());
      ASSERT_TRUE(id);
      EXPECT_TRUE(ids.insert(*id).second) << id->value();
    }
    server.restart();
  }
}

TEST(Engine, RefusesAnotherNumberOfShards) {
  TestServer server({.shard_count = 2});
  ASSERT_TRUE(server.open());
  server.stop();
  server.options().shard_count = 1;
  const auto opened = server.open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(opened.error().message(), "shards: /data was made with 2 shards; set shards=2");
}

TEST(Engine, RemembersProducersOverARestart) {
  TestServer server;
  ASSERT_TRUE(server.open());
  ASSERT_TRUE(server.run(server.engine().create_topic(spec("orders"))));
  const auto batch = [](std::int32_t sequence) {
    return test_batch(
        1, 1000, {.producer_id = ProducerId{5}, .producer_epoch = 0, .base_sequence = sequence});
  };
  for (std::int32_t n = 0; n < 3; ++n)
    ASSERT_TRUE(server.append(server.partition("orders"), batch(n)));
  server.restart();
  const auto duplicate = server.append(server.partition("orders"), batch(1));
  ASSERT_TRUE(duplicate) << duplicate.error().to_string();
  EXPECT_TRUE(duplicate->is_duplicate);
  EXPECT_EQ(duplicate->base_offset, Offset{1});
  EXPECT_EQ(code_of(server.append(server.partition("orders"), batch(4))), ErrorCode::conflict);
  EXPECT_TRUE(server.append(server.partition("orders"), batch(3)));
}

TEST(Engine, ForgetsIdleProducersAndOldRecords) {
  TestServer server;
  server.engine_options().producer_id_expiration_ms = 1000;
  ASSERT_TRUE(server.open());
  TopicSpec orders = spec("orders");
  orders.settings.retention_ms = 5000;
  orders.settings_given = 1;
  ASSERT_TRUE(server.run(server.engine().create_topic(orders)));
  const auto partition = server.partition("orders");
  const WallTimeMs now = server.world().wall_clock_ms();
  ASSERT_TRUE(server.append(
      partition,
      test_batch(2, now, {.producer_id = ProducerId{5}, .producer_epoch = 0, .base_sequence = 0})));
  EXPECT_EQ(partition->producers().size(), 1U);
  server.world().shift_wall_clock(6000);
  server.world().run_for(server.engine_options().retention_check_interval +
                         std::chrono::seconds(1));
  EXPECT_EQ(partition->producers().size(), 0U);
  EXPECT_EQ(partition->start_offset(), Offset{2});
}

TEST(Engine, OpensAfterACrashAtAnyOperation) {
  std::uint64_t operations = 0;
  for (std::uint64_t crash_at = 0; crash_at == 0 || crash_at < operations; crash_at += 3) {
    TestServer server({.seed = 100 + crash_at});
    ASSERT_TRUE(server.open());
    if (crash_at != 0) {
      server.storage().faults().crashing_operation = server.storage().operations() + crash_at - 1;
    }
    const std::uint64_t before = server.storage().operations();
    const auto created = server.run(server.engine().create_topic(spec("orders", 2)));
    bool appended = false;
    if (created) appended = server.append(server.partition("orders"), test_batch(3)).has_value();
    bool deleted = false;
    if (appended) deleted = server.run(server.engine().delete_topic("orders")).has_value();
    operations = std::max(operations, server.storage().operations() - before);
    server.storage().faults().crashing_operation.reset();
    server.restart();
    if (deleted) {
      EXPECT_EQ(server.partition("orders"), nullptr) << crash_at;
    } else if (server.partition("orders") != nullptr && appended) {
      EXPECT_EQ(server.partition("orders")->high_watermark(), Offset{3}) << crash_at;
    }
    const auto next = server.run(server.engine().create_topic(spec("next")));
    EXPECT_TRUE(next) << crash_at;
  }
}

}  // namespace
}  // namespace koine::core
