// SimWorld: simulated time, and the order of everything that happens, from one seed.
//
// It holds the loops (SimReactor) of all shards of all simulated processes and runs one callback at a time, from a
// loop chosen at random among those that have something to do. Nothing to do: the clock jumps to the next
// timer. The same seed and the same program give the same run.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "base/units.h"
#include "io/random_numbers.h"
#include "io/reactor.h"
#include "io/timer_queue.h"

namespace koine::io {

class SimReactor;

class SimWorld {
 public:
  explicit SimWorld(std::uint64_t seed) : seed_(seed), numbers_(seed) {}
  SimWorld(const SimWorld&) = delete;
  SimWorld& operator=(const SimWorld&) = delete;

  std::uint64_t seed() const { return seed_; }
  MonotonicTime now() const { return now_; }
  WallTimeMs wall_clock_ms() const;
  // The wall clock jumps, as an administrator's does; may be negative.
  void shift_wall_clock(std::int64_t shift_ms) { wall_clock_shift_ms_ += shift_ms; }

  // Whoever takes numbers here takes part in what the seed decides.
  RandomNumbers& numbers() { return numbers_; }
  Duration random_duration(Duration low, Duration high);

  // Runs one callback. False: no loop will ever have anything to do.
  bool step();
  // Until the condition holds; false if it doesn't when nothing is left to do.
  bool run_until(const std::function<bool()>& condition);
  void run_for(Duration duration);

 private:
  friend class SimReactor;

  std::vector<SimReactor*> ready() const;
  MonotonicTime earliest() const;

  std::uint64_t seed_;
  RandomNumbers numbers_;
  MonotonicTime now_{std::chrono::hours(1)};
  std::int64_t wall_clock_shift_ms_ = 0;
  std::vector<SimReactor*> reactors_;
  bool in_step_ = false;
};

// The loop of one simulated shard. Its world must outlive it.
class SimReactor final : public Reactor {
 public:
  explicit SimReactor(SimWorld& world);
  ~SimReactor() override;

  void post(Callback callback) override { posts_.push_back(std::move(callback)); }
  TimerId call_at(MonotonicTime when, Callback callback) override {
    return timers_.add(when, std::move(callback));
  }
  void cancel(TimerId timer) override { timers_.cancel(timer); }
  MonotonicTime now() const override { return world_.now(); }
  WallTimeMs wall_clock_ms() const override { return world_.wall_clock_ms(); }

  // Runs the whole world until this loop is stopped or nothing is left to do.
  void run() override;
  void stop() override { stopped_ = true; }

  SimWorld& world() const { return world_; }

 private:
  friend class SimWorld;
  bool is_ready() const { return !posts_.empty() || timers_.earliest() <= world_.now(); }
  void run_one();

  SimWorld& world_;
  std::deque<Callback> posts_;
  TimerQueue timers_;
  bool stopped_ = false;
};

}  // namespace koine::io
