// WatchedDescriptor: a non-blocking file descriptor of one shard and the two coroutines that may wait for it.
//
// Shared by its owner (a stream, a listener) and by those who wait, so that it may be closed, and its owner
// destroyed, in the middle of a wait: the wait then ends with ErrorCode::closed. Private to io/real (includes Asio).
#pragma once

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <memory>

#include "base/result.h"
#include "base/task.h"
#include "io/reactor.h"
#include "io/real/asio_reactor.h"
#include "io/wait_place.h"

namespace koine::io {

enum class Readiness : std::uint8_t { readable, writable };

class WatchedDescriptor : public std::enable_shared_from_this<WatchedDescriptor> {
 public:
  // Owns the descriptor from here on. `reactor` must be an AsioReactor, on whose thread this is called.
  static std::shared_ptr<WatchedDescriptor> watch(Reactor& reactor, int descriptor);

  WatchedDescriptor(AsioReactor& reactor, int descriptor);
  WatchedDescriptor(const WatchedDescriptor&) = delete;
  WatchedDescriptor& operator=(const WatchedDescriptor&) = delete;
  ~WatchedDescriptor();

  // Errors: closed, io_error (the kernel has no room to watch it).
  static Task<Result<>> wait(std::shared_ptr<WatchedDescriptor> self, Readiness readiness);
  // Ends with ErrorCode::closed when the descriptor is closed before the time.
  static Task<Result<>> pause(std::shared_ptr<WatchedDescriptor> self, Duration duration);

  // Not watched until the next wait: what is ready meanwhile wakes nobody. Watched, each packet that arrives wakes the loop, also
  // if nobody waits for it. Nothing if somebody does.
  void rest();

  // Every wait ends, in a later turn of the loop.
  void close();
  bool is_closed() const { return closed_; }
  int number() const { return number_; }

 private:
  struct Side {
    WaitPlace place;
    bool is_watched = false;  // Asio holds a handler, which keeps this object alive
  };

  static Result<> watch_side(const std::shared_ptr<WatchedDescriptor>& self, Readiness readiness);
  Side& side(Readiness readiness) { return sides_[static_cast<std::size_t>(readiness)]; }

  AsioReactor& reactor_;
  int number_;
  boost::asio::posix::stream_descriptor descriptor_;  // not open: it rests, or is closed
  std::array<Side, 2> sides_;
  WaitPlace pausing_;
  bool closed_ = false;
};

}  // namespace koine::io
