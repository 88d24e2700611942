// Watchdog: the one deadline that a connection has at a time: for the next request, for a head or a body that has begun to arrive,
// for a peer that does not take what is sent. One timer, moved when it fires and not at every change. Owned by a session, one
// shard.
#pragma once

#include <functional>
#include <string_view>

#include "base/units.h"
#include "io/reactor.h"

namespace koine::http {

class Watchdog {
 public:
  // Called when a deadline has passed, with its sentence; nothing is expected then.
  using OnExpired = std::move_only_function<void(std::string_view reason)>;

  Watchdog(io::Reactor& reactor, OnExpired on_expired)
      : reactor_(reactor), on_expired_(std::move(on_expired)) {}
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  ~Watchdog();

  // In the place of what was expected before. `reason` is a literal.
  void expect(MonotonicTime deadline, std::string_view reason);
  void expect_within(Duration duration, std::string_view reason) {
    expect(reactor_.now() + duration, reason);
  }
  // Nothing is expected of the peer.
  void relax() { deadline_ = never; }

 private:
  void arm();
  void fire();

  io::Reactor& reactor_;
  OnExpired on_expired_;
  MonotonicTime deadline_ = never;
  std::string_view reason_;
  io::TimerId timer_ = io::TimerId::none;
  MonotonicTime timer_at_ = never;
};

}  // namespace koine::http
