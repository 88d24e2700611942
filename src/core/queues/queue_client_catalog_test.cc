// Declaring queues, exchanges and bindings through the engines of a server: on every shard, over restarts, at once.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "core/engine_fixture.h"
#include "core/engine_logs.h"
#include "core/queues/local_queue_client.h"
#include "core/routing/router.h"
#include "runtime/started.h"

namespace koine::core {
namespace {

template <typename T>
ErrorCode code_of(const Result<T>& result) {
  EXPECT_FALSE(result);
  return result ? ErrorCode::duplicate : result.error().code();
}

QueueSpec queue_spec(std::string name) {
  QueueSpec spec;
  spec.name = {.vhost = "/", .name = std::move(name)};
  return spec;
}

ExchangeSpec exchange_spec(std::string name, ExchangeType type = ExchangeType::fanout) {
  ExchangeSpec spec;
  spec.name = {.vhost = "/", .name = std::move(name)};
  spec.type = type;
  return spec;
}

Binding binding(std::string source, std::string target, TargetKind kind = TargetKind::queue) {
  return {.source = {.vhost = "/", .name = std::move(source)},
          .target_kind = kind,
          .target = std::move(target),
          .routing_key = "#",
          .arguments = {}};
}

// Remembers what it was told, and refuses to delete what has messages.
class RecordingOwner final : public QueueOwner {
 public:
  void opened(const QueuePtr& queue) override { open[queue->id()] = queue; }
  void removed(const QueueInfo& queue) override { EXPECT_EQ(open.erase(queue.id()), 1U); }
  Result<std::uint64_t> begin_delete(const QueueInfo& /*queue*/,
                                     QueueClient::DeleteCondition condition) override {
    if (condition.if_empty && ready > 0) return fail(ErrorCode::conflict, "not empty");
    ++begun;
    return ready;
  }
  void abort_delete(const QueueInfo& /*queue*/) override { ++aborted; }

  std::map<LogId, QueuePtr> open;
  std::uint64_t ready = 0;
  int begun = 0;
  int aborted = 0;
};

class QueueCatalog : public testing::Test {
 protected:
  void SetUp() override { start(); }

  // As a process does: with new owners.
  void start() {
    owners_ = std::vector<RecordingOwner>(2);
    server_.prepare = [this](Engine& engine) {
      engine.set_queue_owner(&owners_[engine.shard().id().value()]);
    };
    ASSERT_TRUE(server_.open());
  }
  void restart() {
    server_.stop();
    start();
  }

  LocalQueueClient& client(std::size_t shard) { return server_.engine(shard).queue_client(); }
  template <typename T>
  T run(std::size_t shard, Task<T> task) {
    return server_.run_on(server_.engine(shard), std::move(task));
  }
  Result<QueuePtr> declare(std::size_t shard, QueueSpec spec) {
    return run(shard, client(shard).declare_queue(std::move(spec)));
  }
  const Catalog& catalog(std::size_t shard) { return server_.engine(shard).catalog(); }
  std::size_t open_count() const { return owners_[0].open.size() + owners_[1].open.size(); }

  TestServer server_{{.shard_count = 2}};
  std::vector<RecordingOwner> owners_;
};

TEST_F(QueueCatalog, AQueueIsKnownOnAllShardsAndOpenOnItsOwn) {
  for (const char* name : {"a", "b", "c", "d", "e"}) {
    const auto queue = declare(1, queue_spec(name));
    ASSERT_TRUE(queue) << queue.error().to_string();
    const std::size_t shard = journal::shard_of((*queue)->id()).value();
    EXPECT_EQ(shard, server_.engine().owner_of_queue({"/", name}).shard().id().value());
    EXPECT_TRUE(is_queue_log((*queue)->id()));
    EXPECT_EQ(owners_[shard].open.count((*queue)->id()), 1U);
    EXPECT_EQ(owners_[1 - shard].open.count((*queue)->id()), 0U);
    for (const std::size_t n : {0U, 1U})
      EXPECT_EQ(catalog(n).queues().find({"/", name}), *queue) << n;
  }
  EXPECT_FALSE(owners_[0].open.empty());
  EXPECT_FALSE(owners_[1].open.empty());
}

TEST_F(QueueCatalog, DeclaringAgainGivesWhatIsThere) {
  const auto queue = declare(0, queue_spec("a"));
  QueueSpec different = queue_spec("a");
  different.settings.length_max = 5;
  EXPECT_EQ(declare(1, different).value(), queue.value());
  const auto exchange = run(0, client(0).declare_exchange(exchange_spec("x")));
  EXPECT_EQ(run(1, client(1).declare_exchange(exchange_spec("x", ExchangeType::topic))).value(),
            exchange.value());
  const auto predeclared = run(0, client(0).declare_exchange(exchange_spec("amq.topic")));
  ASSERT_TRUE(predeclared);
  EXPECT_EQ((*predeclared)->type, ExchangeType::topic);
}

TEST_F(QueueCatalog, APriorityQueueHasALogForEachLevel) {
  QueueSpec spec = queue_spec("a");
  spec.settings.priority_max = 3;
  const auto queue = declare(0, spec);
  ASSERT_TRUE(queue);
  EXPECT_EQ((*queue)->logs.size(), 4U);
}

TEST_F(QueueCatalog, ComesBackAfterARestart) {
  ASSERT_TRUE(declare(0, queue_spec("a")));
  ASSERT_TRUE(run(1, client(1).declare_exchange(exchange_spec("x"))));
  ASSERT_TRUE(run(1, client(1).bind(binding("x", "a"))));
  for (int round = 0; round < 2; ++round) {
    restart();
    for (const std::size_t n : {0U, 1U}) {
      Route route;
      ASSERT_TRUE(find_route(catalog(n), {.vhost = "/", .exchange = "x"}, route));
      ASSERT_EQ(route.queues.size(), 1U) << n;
      EXPECT_EQ(route.queues.front()->spec.name.name, "a");
    }
    EXPECT_EQ(open_count(), 1U);
  }
}

TEST_F(QueueCatalog, WhatIsNotDurableIsGoneAfterARestart) {
  QueueSpec transient = queue_spec("transient");
  transient.is_durable = false;
  QueueSpec exclusive = queue_spec("exclusive");
  exclusive.exclusive_owner = 5;
  const auto first = declare(0, transient);
  ASSERT_TRUE(first);
  ASSERT_TRUE(declare(0, exclusive));
  ASSERT_TRUE(declare(0, queue_spec("durable")));
  for (const char* name : {"transient", "exclusive", "durable"})
    ASSERT_TRUE(run(0, client(0).bind(binding("amq.fanout", name))));
  restart();
  EXPECT_EQ(open_count(), 1U);
  EXPECT_EQ(catalog(1).queues().size(), 1U);
  EXPECT_EQ(catalog(1).routing().binding_count(), 1U);
  // The same name again is another queue, without the bindings that the first one had; also after the next start.
  const auto second = declare(0, queue_spec("transient"));
  ASSERT_TRUE(second);
  EXPECT_NE((*second)->id(), (*first)->id());
  restart();
  EXPECT_EQ(catalog(0).queues().size(), 2U);
  EXPECT_EQ(catalog(0).routing().binding_count(), 1U);
}

TEST_F(QueueCatalog, DeletesAQueueWithItsBindings) {
  ASSERT_TRUE(declare(0, queue_spec("a")));
  ASSERT_TRUE(run(0, client(0).bind(binding("amq.topic", "a"))));
  for (RecordingOwner& owner : owners_) owner.ready = 3;
  const Name name = {.vhost = "/", .name = "a"};
  EXPECT_EQ(code_of(run(1, client(1).delete_queue(name, {.if_empty = true}))), ErrorCode::conflict);
  EXPECT_EQ(open_count(), 1U);
  EXPECT_EQ(run(1, client(1).delete_queue(name, {})).value(), 3U);
  EXPECT_EQ(open_count(), 0U);
  EXPECT_EQ(code_of(run(1, client(1).delete_queue(name, {}))), ErrorCode::not_found);
  for (const std::size_t n : {0U, 1U}) EXPECT_EQ(catalog(n).routing().binding_count(), 0U);
  restart();
  EXPECT_EQ(catalog(0).queues().size(), 0U);
}

TEST_F(QueueCatalog, WhatTheDiskRefusesIsTakenBack) {
  constexpr std::size_t declared = 200;  // more than what deletes them fits into the last page
  for (std::size_t n = 0; n < declared; ++n) ASSERT_TRUE(declare(0, queue_spec(std::to_string(n))));
  server_.storage().faults().capacity_bytes = server_.storage().bytes_in_use();
  std::size_t deleted = 0;
  Result<std::uint64_t> deletion;
  const auto delete_next = [&] {
    return run(0, client(0).delete_queue({.vhost = "/", .name = std::to_string(deleted)}, {}));
  };
  while ((deletion = delete_next())) ASSERT_LT(++deleted, declared);
  EXPECT_EQ(code_of(deletion), ErrorCode::no_space);
  EXPECT_EQ(owners_[0].aborted + owners_[1].aborted, 1);
  EXPECT_EQ(code_of(declare(0, queue_spec("another"))), ErrorCode::no_space);
  for (const std::size_t n : {0U, 1U}) EXPECT_EQ(catalog(n).queues().size(), declared - deleted);
  EXPECT_EQ(open_count(), declared - deleted);
}

TEST_F(QueueCatalog, DeletesExchanges) {
  ASSERT_TRUE(run(1, client(1).declare_exchange(exchange_spec("x"))));
  ASSERT_TRUE(declare(0, queue_spec("a")));
  ASSERT_TRUE(run(1, client(1).bind(binding("x", "a"))));
  const Name name = {.vhost = "/", .name = "x"};
  EXPECT_EQ(code_of(run(1, client(1).delete_exchange(name, true))), ErrorCode::conflict);
  ASSERT_TRUE(run(1, client(1).unbind(binding("x", "a"))));
  ASSERT_TRUE(run(1, client(1).unbind(binding("x", "a"))));
  ASSERT_TRUE(run(1, client(1).delete_exchange(name, true)));
  EXPECT_EQ(code_of(run(1, client(1).delete_exchange(name, false))), ErrorCode::not_found);
  EXPECT_EQ(code_of(run(1, client(1).bind(binding("x", "a")))), ErrorCode::not_found);
}

TEST_F(QueueCatalog, TopicsAndExchangesShareTheirNames) {
  Engine& engine = server_.engine();
  ASSERT_TRUE(server_.run(engine.create_topic({.name = "orders", .settings = {}})));
  EXPECT_EQ(code_of(run(1, client(1).declare_exchange(exchange_spec("orders")))),
            ErrorCode::already_exists);
  ASSERT_TRUE(run(1, client(1).declare_exchange(exchange_spec("x"))));
  EXPECT_EQ(code_of(server_.run(engine.create_topic({.name = "x", .settings = {}}))),
            ErrorCode::already_exists);
  EXPECT_EQ(code_of(server_.run(engine.create_topic({.name = "amq.fanout", .settings = {}}))),
            ErrorCode::already_exists);
  ASSERT_TRUE(declare(0, queue_spec("orders")));
  ASSERT_TRUE(run(0, client(0).bind(binding("orders", "orders"))));
  ASSERT_TRUE(server_.run(engine.delete_topic("orders")));
  EXPECT_EQ(catalog(1).routing().binding_count(), 0U);
}

TEST_F(QueueCatalog, AnOwnersQueuesGoWithIt) {
  QueueSpec mine = queue_spec("mine");
  mine.exclusive_owner = 7;
  QueueSpec others = queue_spec("others");
  others.exclusive_owner = 8;
  ASSERT_TRUE(declare(1, mine));
  ASSERT_TRUE(declare(1, others));
  run(1, [](LocalQueueClient& client) -> Task<bool> {
    co_await client.release_owner(7);
    co_return true;
  }(client(1)));
  EXPECT_EQ(catalog(1).queues().find({"/", "mine"}), nullptr);
  EXPECT_NE(catalog(1).queues().find({"/", "others"}), nullptr);
}

TEST_F(QueueCatalog, KeepsItsLimits) {
  server_.engine_options().queues_total_max = 1;
  server_.engine_options().exchanges_total_max = 1;
  server_.engine_options().bindings_total_max = 1;
  restart();
  ASSERT_TRUE(declare(0, queue_spec("a")));
  const auto queue = declare(0, queue_spec("b"));
  EXPECT_EQ(code_of(queue), ErrorCode::too_large);
  EXPECT_NE(queue.error().message().find("queues.max"), std::string::npos);
  ASSERT_TRUE(run(0, client(0).declare_exchange(exchange_spec("x"))));
  EXPECT_EQ(code_of(run(0, client(0).declare_exchange(exchange_spec("y")))), ErrorCode::too_large);
  ASSERT_TRUE(run(0, client(0).bind(binding("x", "a"))));
  EXPECT_EQ(code_of(run(0, client(0).bind(binding("amq.topic", "a")))), ErrorCode::too_large);
  QueueSpec elsewhere = queue_spec("b");
  elsewhere.name.vhost = "blue";
  EXPECT_EQ(code_of(declare(0, elsewhere)), ErrorCode::not_found);
  EXPECT_EQ(code_of(declare(0, queue_spec(""))), ErrorCode::too_large);
}

TEST_F(QueueCatalog, LogsOfWhatWasDeletedAreDropped) {
  const auto queue = declare(0, queue_spec("a"));
  Engine& owner = server_.engine().owner_of((*queue)->id());
  (void)owner.journal().ensure((*queue)->id());
  ASSERT_TRUE(run(0, client(0).delete_queue({.vhost = "/", .name = "a"}, {})));
  EXPECT_TRUE(
      server_.world().run_until([&] { return owner.journal().find((*queue)->id()) == nullptr; }));
}

// Many at once share commits; of equal ones one wins and all get it.
TEST_F(QueueCatalog, DeclarationsThatWaitTogetherShareACommit) {
  constexpr int count = 2000;
  Engine& engine = server_.engine(1);
  const auto commits_before = server_.engine(0).journal().statistics().commits;
  std::vector<runtime::Started<Result<QueuePtr>>> started;
  for (int n = 0; n < count; ++n) {
    started.push_back(
        runtime::start(engine.shard().gate(),
                       engine.queue_client().declare_queue(queue_spec(std::to_string(n / 2)))));
  }
  ASSERT_TRUE(server_.world().run_until([&] {
    return std::ranges::all_of(started, [](const auto& one) { return one.is_ready(); });
  }));
  EXPECT_EQ(catalog(0).queues().size(), count / 2U);
  EXPECT_EQ(catalog(1).queues().size(), count / 2U);
  EXPECT_EQ(open_count(), count / 2U);
  EXPECT_LT(server_.engine(0).journal().statistics().commits - commits_before, 20U);
  restart();
  EXPECT_EQ(catalog(1).queues().size(), count / 2U);
}

}  // namespace
}  // namespace koine::core
