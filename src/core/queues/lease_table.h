// LeaseTable: which messages of a queue are with somebody, by position. In memory only, bounded by what was delivered: a
// hash table in one block of memory (linear probing, holes are closed on erase), 40 bytes for each place, of which at
// most three quarters are taken; given back when it is empty and large. Nothing is allocated for one lease; references end with the next insert or take.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/units.h"
#include "core/queues/settlement.h"

namespace koine::core {

struct QueueConsumer;

struct Lease {
  enum class State : std::uint8_t {
    held,     // by a consumer, or whoever got it
    timed,    // for a time, by who knows its number (timed_leases.h)
    leaving,  // not any more: on its way to another place, or settled with a commit that is under way
  };
  QueuePosition position;
  QueueConsumer* consumer = nullptr;  // null: basic.get, timed, or leaving
  MonotonicTime since;
  std::uint32_t body_size = 0;
  State state = State::held;
};

class LeaseTable {
 public:
  std::size_t size() const { return size_; }
  // Of the leased messages' bodies.
  std::uint64_t body_bytes() const { return body_bytes_; }

  // Not there yet.
  void insert(const Lease& lease);
  Lease* find(QueuePosition position);
  bool contains(QueuePosition position) const { return index_of(position) != none; }
  std::optional<Lease> take(QueuePosition position);
  void clear();

  template <typename F>
  void for_each(F visit) {
    for (Slot& slot : slots_) {
      if (slot.is_taken) visit(slot.lease);
    }
  }

 private:
  struct Slot {
    Lease lease;
    bool is_taken = false;
  };
  static constexpr std::size_t none = SIZE_MAX;

  std::size_t home(QueuePosition position) const;
  std::size_t index_of(QueuePosition position) const;
  void close_hole(std::size_t hole);
  void grow();

  std::vector<Slot> slots_;  // a power of two
  std::size_t size_ = 0;
  std::uint64_t body_bytes_ = 0;
};

}  // namespace koine::core
