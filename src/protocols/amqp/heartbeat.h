// Heartbeat: the deadlines of a connection: something must arrive within two intervals and something must be sent in each
// (4.2.7); a handshake and a close must come to their end. One timer, moved when it fires and not at every event. Owned
// by a Session, one shard.
#pragma once

#include <functional>
#include <string_view>

#include "base/units.h"
#include "io/reactor.h"

namespace koine::amqp {

class Heartbeat {
 public:
  class Listener {
   public:
    Listener() = default;
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;
    virtual ~Listener() = default;
    // Nothing was sent for half an interval.
    virtual void on_heartbeat_due() = 0;
    // Called at most once, with a sentence.
    virtual void on_expired(std::string_view reason) = 0;
  };

  Heartbeat(io::Reactor& reactor, Listener& listener) : reactor_(reactor), listener_(listener) {}
  Heartbeat(const Heartbeat&) = delete;
  Heartbeat& operator=(const Heartbeat&) = delete;
  ~Heartbeat();

  // As agreed with the peer; zero: none.
  void start(Duration interval);
  void received() { received_at_ = reactor_.now(); }
  void sent() { sent_at_ = reactor_.now(); }
  // While we do not read, the peer's silence says nothing.
  void reading(bool is_reading) {
    is_reading_ = is_reading;
    if (is_reading && interval_ > Duration::zero()) received();
  }
  // Everything ends at this time; never: no more.
  void end_by(MonotonicTime deadline);

 private:
  MonotonicTime silence_deadline() const;
  MonotonicTime send_due() const;
  void arm();
  void fire();

  io::Reactor& reactor_;
  Listener& listener_;
  Duration interval_{};
  MonotonicTime received_at_{};
  MonotonicTime sent_at_{};
  MonotonicTime end_deadline_ = never;
  bool is_reading_ = true;
  io::TimerId timer_ = io::TimerId::none;
};

}  // namespace koine::amqp
