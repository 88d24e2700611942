// Stop: how a session asks what waits for something new (a long poll, a stream of events, a tunnel) to come to its end: the
// connection closed, or the server drains. Owned by a session, one shard.
#pragma once

#include <cstdint>

#include "runtime/signal.h"

namespace koine::http {

class Stop {
 public:
  enum class Reason : std::uint8_t {
    none,
    draining,  // the client still listens: end so that it can come again
    closed,    // nobody listens any more
  };

  explicit Stop(io::Reactor& reactor) : changed_(reactor) {}

  void set(Reason reason) {
    if (reason <= reason_) return;
    reason_ = reason;
    changed_.notify_all();
  }
  bool is_set() const { return reason_ != Reason::none; }
  Reason reason() const { return reason_; }
  runtime::Signal& changed() { return changed_; }

 private:
  Reason reason_ = Reason::none;
  runtime::Signal changed_;
};

}  // namespace koine::http
