// SocketSubscription: one thing that a WebSocket's client has asked for, to be sent as far as its credit goes. Owned by its WebSocket, one
// shard.
#pragma once

#include <cstdint>

#include "base/ids.h"
#include "base/task.h"

namespace koine::http {

enum class Leaving : std::uint8_t {
  unsubscribed,  // the client takes no more of it; what it has it keeps
  goodbye,       // the socket is closed, as one of both has said before
  lost,          // the socket is gone
};

class SocketSubscription {
 public:
  SocketSubscription() = default;
  SocketSubscription(const SocketSubscription&) = delete;
  SocketSubscription& operator=(const SocketSubscription&) = delete;
  virtual ~SocketSubscription() = default;

  // So many messages more.
  virtual void add_credit(std::int64_t count) = 0;
  // The socket takes more again.
  virtual void on_room() = 0;
  // It has said that it ended.
  virtual bool is_over() const = 0;
  // Whether it leases messages of this queue (its log).
  virtual bool is_of_queue(LogId queue) const = 0;
  // Nothing is sent after this; returns when nothing of it is under way.
  virtual Task<void> close(Leaving how) = 0;
};

}  // namespace koine::http
