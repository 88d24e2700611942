#include "io/real/work_queue.h"

#include <pthread.h>

namespace koine::io {

namespace {
constexpr std::size_t thread_name_size_max = 15;  // pthread_setname_np(3)
}  // namespace

WorkQueue::~WorkQueue() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void WorkQueue::submit(std::move_only_function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(work));
    if (idle_ < waiting_.size() && threads_.size() < threads_max_) {
      threads_.emplace_back([this] { serve(); });
      return;
    }
    if (idle_ == 0) return;
  }
  changed_.notify_one();
}

void WorkQueue::serve() {
  pthread_setname_np(pthread_self(), name_.substr(0, thread_name_size_max).c_str());
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    changed_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
    --idle_;
    if (waiting_.empty()) return;
    auto work = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    work();
    work = nullptr;
    lock.lock();
  }
}

}  // namespace koine::io
