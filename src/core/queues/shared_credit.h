// SharedCredit: a limit of unsettled messages over several subscriptions, also of queues on different shards (AMQP: qos
// with global). The one thing that shards share. Two counters without a lock on the way of every message; a queue that
// finds no credit leaves its wake-up here, under a lock that is taken only then.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

namespace koine::core {

struct SharedCredit {
  std::atomic<std::uint32_t> limit{
      0};  // 0: none. Whoever raises it calls resume() on the subscriptions
  std::atomic<std::uint32_t> used{0};

  bool has_credit() const;
  bool try_take();
  void give_back(std::uint32_t count);
  // Called once, on any shard's thread, when credit was given back after this; at once if there is some already. Must
  // only post.
  void call_when_free(std::function<void()> wake);

 private:
  void wake_waiting();

  std::atomic<bool> has_waiting_{false};
  std::mutex mutex_;
  std::vector<std::function<void()>> waiting_;
};

}  // namespace koine::core
