// WorkQueue: threads that run blocking calls for a shard, and the way back to it.
//
//   shard:   co_await run_on(queue, reactor, work)  --- one futex wake --->  thread: work()
//            resumes with the result               <--- one loop wake-up ---
//
// Threads start when there is first something to do. With one thread, work runs one piece at a time in the order
// of the calls. The destructor runs what is still queued and joins. The reactor must outlive the queue.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/task.h"
#include "io/reactor.h"
#include "io/wait_place.h"

namespace koine::io {

class WorkQueue {
 public:
  // At most 15 characters of the name are shown by the system.
  WorkQueue(std::string name, std::size_t threads_max)
      : name_(std::move(name)), threads_max_(threads_max) {}
  WorkQueue(const WorkQueue&) = delete;
  WorkQueue& operator=(const WorkQueue&) = delete;
  ~WorkQueue();

  void submit(std::move_only_function<void()> work);

 private:
  void serve();

  std::string name_;
  std::size_t threads_max_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::move_only_function<void()>> waiting_;
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
  bool ending_ = false;
};

namespace detail {

template <typename T>
struct WorkState {
  std::optional<T> value;
  std::atomic<bool> done = false;
  WaitPlace place;
};

// A task that is dropped while its work is in progress blocks until that has ended: the work uses memory that
// dies with the task.
template <typename T>
struct WorkEnds {
  WorkState<T>& state;
  ~WorkEnds() { state.done.wait(false, std::memory_order_acquire); }
};

}  // namespace detail

// Runs `work` on a thread of the queue and gives its value here.
template <typename T>
Task<T> run_on(WorkQueue& queue, Reactor& reactor, std::move_only_function<T()> work) {
  auto state = std::make_shared<detail::WorkState<T>>();
  const detail::WorkEnds<T> ends{*state};
  queue.submit([state, &reactor, work = std::move(work)]() mutable {
    state->value.emplace(work());
    reactor.post([state] { state->place.resume(); });
    state->done.store(true, std::memory_order_release);
    state->done.notify_one();
  });
  co_await state->place.wait();
  co_return std::move(*state->value);
}

}  // namespace koine::io
