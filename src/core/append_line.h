// AppendLine: those who append to a partition and have to wait before they can, in the order in which they came.
//
//   const auto place = line.enter();
//   co_await line.turn_to_prepare(place);   everybody who came before has prepared, or left
//   ... what must be in this order, too ...
//   line.prepared(place);
//   ... what takes time, beside that of others ...
//   co_await line.turn(place);              everybody who came before has left
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
    waiting_.push_back({.ticket = next_});
    return {*this, next_++};
  }
  // The place stays during the wait. Who has nothing to prepare need not wait, but says that it has.
  Task<void> turn_to_prepare(const Place& place) {
    while (!is_prepared_before(place.ticket_)) co_await changed_.wait();
  }
  void prepared(const Place& place) {
    find(place.ticket_)->is_prepared = true;
    changed_.notify_all();
  }
  // Returns when the place is the first one. It stays during the wait.
  Task<void> turn(const Place& place) {
    while (waiting_.front().ticket != place.ticket_) co_await changed_.wait();
  }

 private:
  struct Waiting {
    std::uint64_t ticket = 0;
    bool is_prepared = false;
  };

  std::deque<Waiting>::iterator find(std::uint64_t ticket) {
    return std::ranges::find(waiting_, ticket, &Waiting::ticket);
  }
  bool is_prepared_before(std::uint64_t ticket) const {
    const auto first = std::ranges::find_if(
        waiting_, [&](const Waiting& each) { return each.ticket == ticket || !each.is_prepared; });
    return first->ticket == ticket;
  }
  void leave(std::uint64_t ticket) {
    waiting_.erase(find(ticket));
    changed_.notify_all();
  }

  std::deque<Waiting> waiting_;  // in the order of their tickets
  std::uint64_t next_ = 0;
  runtime::Signal changed_;
};

}  // namespace koine::core
