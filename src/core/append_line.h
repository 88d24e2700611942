// AppendLine: those who append to a partition and have to wait before they can, in the order in which they came.
//
//   const auto place = line.enter();
//   ... what takes time, beside that of others ...
//   co_await line.turn(place);         everybody who came before has left
//   append; the place ends with its owner
//
// Who has nothing to wait for appends at once if the line is idle, and joins it otherwise. One shard; outlives its places.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <utility>

#include "base/task.h"
#include "io/reactor.h"
#include "runtime/signal.h"

namespace koine::core {

class AppendLine {
 public:
  class [[nodiscard]] Place {
   public:
    Place(AppendLine& line, std::uint64_t ticket) : line_(&line), ticket_(ticket) {}
    Place(Place&& other) noexcept
        : line_(std::exchange(other.line_, nullptr)), ticket_(other.ticket_) {}
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    Place& operator=(Place&&) = delete;
    ~Place() {
      if (line_ != nullptr) line_->leave(ticket_);
    }

   private:
    friend class AppendLine;
    AppendLine* line_;
    std::uint64_t ticket_;
  };

  explicit AppendLine(io::Reactor& reactor) : changed_(reactor) {}

  bool is_idle() const { return waiting_.empty(); }
  Place enter() {
    waiting_.push_back(next_);
    return {*this, next_++};
  }
  // Returns when the place is the first one. It stays during the wait.
  Task<void> turn(const Place& place) {
    while (waiting_.front() != place.ticket_) co_await changed_.wait();
  }

 private:
  void leave(std::uint64_t ticket) {
    waiting_.erase(std::ranges::find(waiting_, ticket));
    changed_.notify_all();
  }

  std::deque<std::uint64_t> waiting_;  // ascending
  std::uint64_t next_ = 0;
  runtime::Signal changed_;
};

}  // namespace koine::core
