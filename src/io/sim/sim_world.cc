#include "io/sim/sim_world.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/check.h"

namespace koine::io {

namespace {

// Each callback costs some time, so that loops which poll see the clock move.
constexpr std::uint64_t step_nanoseconds_max = 1000;

constexpr WallTimeMs wall_clock_at_start_ms = 1'750'000'000'000;

}  // namespace

WallTimeMs SimWorld::wall_clock_ms() const {
  const auto running =
      std::chrono::duration_cast<std::chrono::milliseconds>(now_.time_since_epoch());
  return wall_clock_at_start_ms + running.count() + wall_clock_shift_ms_;
}

Duration SimWorld::random_duration(Duration low, Duration high) {
  CHECK(low <= high);
  return Duration(static_cast<Duration::rep>(numbers_.between(
      static_cast<std::uint64_t>(low.count()), static_cast<std::uint64_t>(high.count()))));
}

std::vector<SimReactor*> SimWorld::ready() const {
  std::vector<SimReactor*> found;
  std::ranges::copy_if(reactors_, std::back_inserter(found), &SimReactor::is_ready);
  return found;
}

MonotonicTime SimWorld::earliest() const {
  MonotonicTime first = never;
  for (const SimReactor* reactor : reactors_) first = std::min(first, reactor->timers_.earliest());
  return first;
}

bool SimWorld::step() {
  CHECK(!in_step_);
  now_ += Duration(static_cast<Duration::rep>(numbers_.below(step_nanoseconds_max)));
  auto candidates = ready();
  if (candidates.empty()) {
    const MonotonicTime next = earliest();
    if (next == never) return false;
    now_ = next;
    candidates = ready();
  }
  in_step_ = true;
  candidates[numbers_.below(candidates.size())]->run_one();
  in_step_ = false;
  return true;
}

bool SimWorld::run_until(const std::function<bool()>& condition) {
  while (!condition()) {
    if (!step()) return condition();
  }
  return true;
}

void SimWorld::run_for(Duration duration) {
  const MonotonicTime end = now_ + duration;
  while (now_ < end && (!ready().empty() || earliest() <= end)) step();
  now_ = std::max(now_, end);
}

SimReactor::SimReactor(SimWorld& world) : world_(world) { world_.reactors_.push_back(this); }

SimReactor::~SimReactor() { std::erase(world_.reactors_, this); }

void SimReactor::run_one() {
  const bool timer_is_due = timers_.earliest() <= world_.now();
  if (timer_is_due && (posts_.empty() || world_.numbers().coin())) {
    (*timers_.take_due(world_.now()))();
    return;
  }
  Callback callback = std::move(posts_.front());
  posts_.pop_front();
  callback();
}

void SimReactor::run() {
  while (!stopped_ && world_.step()) {
  }
  stopped_ = false;
}

}  // namespace koine::io
