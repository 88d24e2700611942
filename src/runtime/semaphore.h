// Semaphore: a budget of units (bytes of memory, places), given out in the order of asking.
//
// One shard. An amount larger than the whole budget is given when the budget is untouched, so that one large
// request is slow instead of stuck for ever. A holder (Units) gives back when it dies. A task that waits here must not be
// dropped: those behind it would wait for it.
#pragma once

#include <coroutine>
#include <cstddef>
#include <optional>
#include <utility>

#include "base/task.h"
#include "io/reactor.h"
#include "runtime/signal.h"

namespace koine::runtime {

class Semaphore;

class [[nodiscard]] Units {
 public:
  Units() = default;
  Units(Semaphore& semaphore, std::size_t count) : semaphore_(&semaphore), count_(count) {}
  Units(Units&& other) noexcept
      : semaphore_(std::exchange(other.semaphore_, nullptr)),
        count_(std::exchange(other.count_, 0)) {}
  Units& operator=(Units&& other) noexcept;
  Units(const Units&) = delete;
  Units& operator=(const Units&) = delete;
  ~Units() { release(); }

  void release();
  // Gives back what is above `count`; at most what is held.
  void reduce_to(std::size_t count);
  // Holds what the other held, too; of the same semaphore.
  void join(Units other);
  std::size_t count() const { return count_; }

 private:
  Semaphore* semaphore_ = nullptr;
  std::size_t count_ = 0;
};

class Semaphore {
 public:
  Semaphore(io::Reactor& reactor, std::size_t budget) : budget_(budget), changed_(reactor) {}

  // Waits until `count` units are free and everybody who asked before was served.
  Task<Units> acquire(std::size_t count);
  // The same without waiting; none when one would have to.
  std::optional<Units> try_acquire(std::size_t count);

  std::size_t in_use() const { return in_use_; }
  std::size_t budget() const { return budget_; }

 private:
  friend class Units;
  bool fits(std::size_t count) const { return in_use_ == 0 || in_use_ + count <= budget_; }
  void give_back(std::size_t count);

  std::size_t budget_;
  std::size_t in_use_ = 0;
  std::size_t next_ticket_ = 0;
  std::size_t serving_ = 0;
  Signal changed_;
};

}  // namespace koine::runtime
