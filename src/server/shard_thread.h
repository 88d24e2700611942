// ShardThread: a shard of the real machine: a thread that runs an event loop, with the disk as seen from it.
//
//   ShardThread zero(ShardId(0));                       // runs
//   Result<> opened = zero.call<Result<>>([&] { return engine.open(); }).get();
//
// Owned by the Server on the program's first thread, which has no event loop: it asks and waits.
#pragma once

#include <functional>
#include <future>
#include <memory>
#include <thread>
#include <utility>

#include "base/task.h"
#include "io/real/asio_reactor.h"
#include "io/real/real_disk.h"
#include "runtime/gate.h"
#include "runtime/shard.h"

namespace koine::server {

class ShardThread {
 public:
  explicit ShardThread(ShardId id);
  // Ends the loop; nothing may run on the shard anymore.
  ~ShardThread() { stop(); }
  ShardThread(const ShardThread&) = delete;
  ShardThread& operator=(const ShardThread&) = delete;

  runtime::Shard& shard() { return shard_; }
  io::Disk& disk() { return disk_; }

  // Runs the function's task on the shard. Not from the shard itself, which would wait for itself.
  template <typename T>
  std::future<T> call(std::move_only_function<Task<T>()> function) {
    auto promise = std::make_shared<std::promise<T>>();
    auto future = promise->get_future();
    shard_.reactor().post([this, promise, function = std::move(function)]() mutable {
      calls_.spawn(run<T>(std::move(function), std::move(promise)));
    });
    return future;
  }

  // Ends the loop and waits for the thread.
  void stop();

 private:
  template <typename T>
  static Task<void> run(std::move_only_function<Task<T>()> function,
                        std::shared_ptr<std::promise<T>> promise) {
    // The function lives in this frame until its task ends.
    {
      const Task<T> task = function();
      if constexpr (std::is_void_v<T>) {
        co_await task;
      } else {
        promise->set_value(co_await task);
      }
    }
    if constexpr (std::is_void_v<T>) promise->set_value();
  }

  io::AsioReactor reactor_;
  runtime::Shard shard_;
  io::RealDisk disk_;
  runtime::Gate calls_;
  std::jthread thread_;
};

}  // namespace koine::server
