// For tests of the storage of queues: an engine on a simulated machine, its queues, and short ways to publish, read, settle,
// crash and start again.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/engine_fixture.h"
#include "core/queues/queue_owner.h"
#include "core/queues/queues.h"

namespace koine::core {

// As the delivery side.
class RecordingEvents final : public QueueEvents {
 public:
  void on_stored(std::uint8_t level) override { stored.push_back(level); }
  bool accepts(std::size_t body_size, std::uint64_t waiting,
               std::uint64_t waiting_bytes) const override {
    return store->message_count() + waiting < length_max &&
           store->body_bytes() + waiting_bytes + body_size <= bytes_max;
  }
  void refused(const MessageView& message) override {
    refused_bodies.emplace_back(as_text(message.body));
  }

  const QueueStore* store = nullptr;
  std::uint64_t length_max = 1'000'000;
  std::uint64_t bytes_max = 1'000'000'000;
  std::vector<int> stored;
  std::vector<std::string> refused_bodies;
};

// Opens stores, and nobody delivers from them.
class StorageOwner final : public QueueOwner {
 public:
  void opened(const QueuePtr& queue) override { engine->queues().open(queue); }
  void removed(const QueueInfo& queue) override { engine->queues().remove(queue.id()); }
  Result<std::uint64_t> begin_delete(const QueueInfo& queue,
                                     QueueClient::DeleteCondition) override {
    return engine->queues().find(queue.id())->message_count();
  }
  void abort_delete(const QueueInfo&) override {}

  Engine* engine = nullptr;
};

class QueueStorageBench {
 public:
  explicit QueueStorageBench(std::uint64_t seed = 1) : server({.seed = seed}) {
    CHECK(server.storage().make_directory("/data") && server.storage().sync_directory("/"));
    server.prepare = [this](Engine& engine) {
      owner.engine = &engine;
      engine.set_queue_owner(&owner);
    };
    CHECK(server.open());
  }

  // The n-th queue; the same one if it is there.
  QueuePtr declare(std::uint64_t number, std::uint8_t priority_max = 0,
                   QueueSettings settings = {}) {
    QueueSpec spec{.name = {"/", "q" + std::to_string(number)}};
    spec.settings = std::move(settings);
    spec.settings.priority_max = priority_max;
    const auto queue = server.run(server.engine().queue_client().declare_queue(std::move(spec)));
    CHECK(queue);
    if (std::ranges::find(infos, *queue) == infos.end()) infos.push_back(*queue);
    return *queue;
  }

  Queues& queues() { return server.engine().queues(); }
  JournalQueueStore& store(const QueuePtr& queue) { return *queues().find(queue->id()); }

  void restart() { server.restart(); }
  void crash() {
    server.storage().crash();
    restart();
  }

  static MessageView message(std::string_view body, std::uint8_t priority = 0) {
    return {.exchange = {},
            .routing_key = "key",
            .properties = {},
            .body = as_bytes(body),
            .published_ms = 1,
            .priority = priority};
  }
  static PublishBatch batch_of(const std::vector<std::string>& bodies, const QueuePtr& queue,
                               std::uint8_t priority = 0) {
    PublishBatch batch;
    for (const std::string& body : bodies) batch.add(message(body, priority), {&queue, 1});
    return batch;
  }

  // Durable when it returns.
  Result<Published> publish(PublishBatch batch, std::vector<SettledMessage> settled = {}) {
    return server.run(publish_and_wait(std::move(batch), std::move(settled)));
  }
  Result<Published> publish(const std::vector<std::string>& bodies, const QueuePtr& queue,
                            std::uint8_t priority = 0) {
    return publish(batch_of(bodies, queue, priority));
  }

  Result<std::string> read(const QueuePtr& queue, std::int64_t offset, std::uint8_t level = 0) {
    return server.run(read_task(&store(queue), {level, Offset(offset)}));
  }
  // All that is not settled, the highest level first, in order.
  std::vector<std::string> contents(const QueuePtr& queue) {
    std::vector<std::string> bodies;
    JournalQueueStore& from = store(queue);
    for (std::size_t n = from.level_count(); n-- > 0;) {
      const auto level = static_cast<std::uint8_t>(n);
      for (auto at = from.next_unsettled({level, from.first_unsettled(level)}); at;
           at = from.next_unsettled({level, at->offset + 1})) {
        const auto body = read(queue, at->offset.value(), level);
        bodies.push_back(body ? *body : "(" + body.error().to_string() + ")");
      }
    }
    return bodies;
  }

  void settle(const QueuePtr& queue, std::int64_t offset, std::size_t body_size,
              std::uint8_t level = 0) {
    store(queue).settle({level, Offset(offset)}, body_size);
  }
  // Until nothing can be published any more. Returns what the disk could hold before.
  std::uint64_t fill_disk() {
    const auto queue = declare(999);
    const auto capacity = std::exchange(server.storage().faults().capacity_bytes, 0);
    while (publish({std::string(5'000, 'f')}, queue)) {
    }
    // And the rest of the last page.
    std::int64_t last = store(queue).committed_end(0).value();
    for (; publish({"f"}, queue); ++last) {
    }
    while (publish(PublishBatch{}, {{queue->id(), {0, Offset(--last)}, 1}})) {
    }
    return capacity;
  }
  void free_disk(std::uint64_t capacity) {
    server.storage().faults().capacity_bytes = capacity;
    server.world().run_for(std::chrono::seconds(2));
  }

  Result<> durable() { return server.run(queues().durable()); }

  StorageOwner owner;
  TestServer server;
  std::vector<QueuePtr> infos;  // that were declared

 private:
  Task<Result<Published>> publish_and_wait(PublishBatch batch,
                                           std::vector<SettledMessage> settled) {
    CO_TRY(auto published, co_await queues().publish(std::move(batch), std::move(settled)));
    if (published.commit != nullptr) CO_TRY(co_await journal::done(published.commit));
    co_return published;
  }
  static Task<Result<std::string>> read_task(JournalQueueStore* store, QueuePosition position) {
    auto stored = store->try_read(position);
    if (!stored) {
      CO_TRY(co_await store->load(position));
      stored = store->try_read(position);
      CHECK(stored.has_value());
    }
    co_return std::string(as_text(stored->message.body));
  }
};

}  // namespace koine::core
