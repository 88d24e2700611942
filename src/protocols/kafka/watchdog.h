// Watchdog: the two deadlines of a connection: something must move now and then, and a request that has begun to arrive
// must arrive whole. One timer, moved when it fires and not at every event. Owned by a Session, one shard.
#pragma once

#include <functional>
#include <string_view>

#include "base/units.h"
#include "io/reactor.h"

namespace koine::kafka {

class Watchdog {
 public:
  // Called at most once, with a sentence.
  using OnExpired = std::function<void(std::string_view reason)>;

  Watchdog(io::Reactor& reactor, Duration idle_max, OnExpired on_expired);
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  ~Watchdog();

  // Something moved.
  void touch() { idle_deadline_ = reactor_.now() + idle_max_; }
  void expect_frame_by(MonotonicTime deadline);
  void frame_arrived() { frame_deadline_ = never; }
  // Everything ends at this time.
  void end_by(MonotonicTime deadline);

 private:
  MonotonicTime deadline() const;
  void arm();
  void fire();

  io::Reactor& reactor_;
  Duration idle_max_;
  OnExpired on_expired_;
  MonotonicTime idle_deadline_;
  MonotonicTime frame_deadline_ = never;
  MonotonicTime end_deadline_ = never;
  io::TimerId timer_ = io::TimerId::none;
  MonotonicTime timer_at_ = never;
};

}  // namespace koine::kafka
