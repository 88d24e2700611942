// MemoryReturn: gives the memory of many closed connections back to the system.
//
// glibc keeps what was freed: the small pieces of connections lie between others that live on, so the heap's end, the
// only place where free() shrinks it, does not move; fewer arenas or a lower M_TRIM_THRESHOLD change nothing. malloc_trim
// gives back whole free pages wherever they are. It takes time (10,000 connections: about 30 ms of the shard's thread), so
// it is not called for each connection, but some seconds after the number of open ones has fallen by many: then those
// that close together are gone together.
//
// One for each shard, used on it. Without glibc there is nothing to do.
#pragma once

#include <cstddef>
#include <functional>

#include "base/units.h"
#include "io/reactor.h"

namespace koine::server {

// Of 1,000 connections that wait remain about 8 MiB.
inline constexpr std::size_t closed_connections_min = 1000;
inline constexpr Duration memory_return_delay = std::chrono::seconds(3);

// Of the whole process. Thread-safe; other threads that allocate wait for it.
void return_free_memory();

class MemoryReturn {
 public:
  explicit MemoryReturn(io::Reactor& reactor, std::function<void()> give_back = return_free_memory)
      : reactor_(reactor), give_back_(std::move(give_back)) {}
  MemoryReturn(const MemoryReturn&) = delete;
  MemoryReturn& operator=(const MemoryReturn&) = delete;
  ~MemoryReturn();

  void opened();
  void closed();

 private:
  bool is_due() const { return most_ - open_ >= closed_connections_min; }
  void on_timer();

  io::Reactor& reactor_;
  std::function<void()> give_back_;
  std::size_t open_ = 0;
  std::size_t most_ = 0;  // open at once since memory was given back
  io::TimerId timer_ = io::TimerId::none;
};

}  // namespace koine::server
