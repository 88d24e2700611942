// AsioReactor: the event loop of one shard, on Boost.Asio over epoll. Run by one thread at a time.
//
// Posts from the loop's own thread go into a plain vector; posts from others into a locked one, whose first entry
// wakes the loop: many posts between two turns cost one wake-up. All timers share one kernel timer.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "io/reactor.h"
#include "io/timer_queue.h"

namespace boost::asio {
class io_context;
}  // namespace boost::asio

namespace koine::io {

class AsioReactor final : public Reactor {
 public:
  AsioReactor();
  ~AsioReactor() override;

  void post(Callback callback) override;
  TimerId call_at(MonotonicTime when, Callback callback) override;
  void cancel(TimerId timer) override;
  MonotonicTime now() const override;
  WallTimeMs wall_clock_ms() const override;

  // After stop() it returns at the end of the turn; what is still queued waits for the next run().
  void run() override;
  void stop() override;

  // For io/real only: where descriptors are watched.
  boost::asio::io_context& context();

 private:
  struct Loop;

  void schedule_drain();
  void drain();
  void arm_timer();
  void run_due_timers();

  std::unique_ptr<Loop>
      loop_;  // first, so that it outlives the callbacks, which may own descriptors

  TimerQueue timers_;
  MonotonicTime armed_for_ = never;

  std::vector<Callback> own_posts_;
  std::vector<Callback> running_;
  std::mutex foreign_mutex_;
  std::vector<Callback> foreign_posts_;
};

}  // namespace koine::io
