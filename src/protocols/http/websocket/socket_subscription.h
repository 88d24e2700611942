// SocketSubscription: one thing that a WebSocket's client has asked for, to be sent as far as its credit goes. Owned by its WebSocket, one
// shard.
#pragma once

#include <cstdint>

#include "base/task.h"

namespace koine::http {

// More than a client can say it will take: what it has not taken is in its own memory, but a mistake should be seen.
inline constexpr std::int64_t credit_max = 1'000'000;

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
  // Nothing is sent after this; returns when nothing of it is under way.
  virtual Task<void> close() = 0;
};

}  // namespace koine::http
