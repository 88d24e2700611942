// For tests: queues of a simulated server, from declaring them to restarting it, in words.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/engine_fixture.h"
#include "core/queues/queue_test_bench.h"
#include "core/queues/shard_queues.h"
#include "core/queues/subscription.h"

namespace koine::core {

class QueueServer : public testing::Test {
 protected:
  struct Consumer {
    TestSink sink;
    Engine* at = nullptr;
    std::unique_ptr<Subscription> subscription;
  };

  explicit QueueServer(std::size_t shard_count = 2) : server_({.shard_count = shard_count}) {
    CHECK(server_.open());
  }
  ~QueueServer() override { forget_consumers(); }

  Engine& engine(std::size_t shard = 0) { return server_.engine(shard); }
  // A name of a queue that lives there.
  std::string name_on(std::size_t shard, std::string name = "jobs") {
    while (&engine().owner_of_queue({"/", name}) != &engine(shard)) name += "x";
    return name;
  }
  QueuePtr declare(const std::string& name, QueueSettings settings = {}) {
    QueueSpec spec{.name = {"/", name}};
    spec.settings = std::move(settings);
    return declare(std::move(spec));
  }
  QueuePtr declare(QueueSpec spec) {
    const auto declared = server_.run(engine().queue_client().declare_queue(std::move(spec)));
    EXPECT_TRUE(declared) << declared.error().to_string();
    return *declared;
  }
  QueuePtr find(const std::string& name, std::size_t shard = 0) {
    return engine(shard).catalog().queues().find({"/", name});
  }

  MessageView message(const std::string& body) {
    return {.routing_key = "key",
            .properties = properties_,
            .body = as_bytes(body),
            .published_ms = server_.world().wall_clock_ms()};
  }
  // All in one batch; durable when it returns.
  void publish(const QueuePtr& queue, const Bodies& bodies, std::size_t from = 0) {
    PublishBatch batch;
    for (const std::string& body : bodies) batch.add(message(body), {&queue, 1});
    const auto outcome = publish(std::move(batch), from);
    ASSERT_TRUE(outcome) << outcome.error().to_string();
  }
  Result<> publish(PublishBatch batch, std::size_t from = 0) {
    QueueClient& client = engine(from).queue_client();
    const ShardId owner = shard_of(batch);
    auto published = server_.run_on(engine(from), client.publish(std::move(batch)));
    if (!published) return fail(published.error());
    rejected_ = published->rejected;
    return server_.run_on(engine(from), client.durable(owner, published->commit));
  }
  ShardId shard_of(const PublishBatch& batch) {
    return engine().owner_of(batch.targets_of(batch.items().front()).front()).shard().id();
  }

  Consumer& consume(const QueuePtr& queue, std::size_t shard = 0, ConsumerOptions options = {},
                    int room = 1'000'000) {
    consumers_.emplace_back();
    Consumer& consumer = consumers_.back();
    consumer.sink.room = room;
    consumer.at = &engine(shard);
    auto opened = server_.run_on(
        *consumer.at, Subscription::open(*consumer.at, queue, std::move(options), consumer.sink));
    CHECK(opened);
    consumer.subscription = std::move(*opened);
    consumer.subscription->resume();
    settle_down();
    return consumer;
  }
  void cancel(Consumer& consumer) {
    server_.run_on(*consumer.at, as_value(consumer.subscription->cancel()));
  }
  void settle(Consumer& consumer, std::size_t n, Settlement::Kind kind = Settlement::Kind::ack) {
    const Settlement settlement{consumer.sink.taken.at(n).position, kind};
    consumer.at->queue_client().settle(consumer.subscription->queue(), {&settlement, 1});
    settle_down();
  }
  QueueCounts counts(const QueuePtr& queue, std::size_t from = 0) {
    const auto counts = server_.run_on(engine(from), engine(from).queue_client().counts(queue));
    CHECK(counts);
    return *counts;
  }
  Bodies peek(const QueuePtr& queue, std::size_t from = 0) {
    const auto peeked = server_.run_on(engine(from), engine(from).queue_client().peek(queue, 1000));
    CHECK(peeked);
    Bodies bodies;
    for (const GotMessage& got : *peeked)
      bodies.emplace_back(as_text(decode_message(got.stored.view())->body));
    return bodies;
  }

  // Commits are through, and what they caused.
  void settle_down() { pass(30); }
  void pass(std::int64_t milliseconds) {
    server_.world().run_for(std::chrono::milliseconds(milliseconds));
  }
  void forget_consumers() {
    for (Consumer& consumer : consumers_) consumer.subscription.reset();
    pass(1);
    consumers_.clear();
  }
  void restart() {
    forget_consumers();
    server_.restart();
    settle_down();
  }
  static Task<bool> as_value(Task<void> task) {
    co_await task;
    co_return true;
  }

  std::vector<std::byte> properties_ = std::vector<std::byte>(2);
  std::vector<std::uint32_t> rejected_;
  std::deque<Consumer> consumers_;
  TestServer server_;
};

}  // namespace koine::core
