#include "server/memory_return.h"

#include <algorithm>
#include <cstdlib>  // defines __GLIBC__ where it is the C library

#include "base/check.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace koine::server {

void return_free_memory() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

MemoryReturn::~MemoryReturn() {
  if (timer_ != io::TimerId::none) reactor_.cancel(timer_);
}

void MemoryReturn::opened() { most_ = std::max(most_, ++open_); }

void MemoryReturn::closed() {
  CHECK(open_ > 0);
  --open_;
  if (timer_ != io::TimerId::none || !is_due()) return;
  timer_ = reactor_.call_at(reactor_.now() + memory_return_delay, [this] { on_timer(); });
}

void MemoryReturn::on_timer() {
  timer_ = io::TimerId::none;
  // Others may have come in their place, and use their memory.
  if (!is_due()) return;
  give_back_();
  most_ = open_;
}

}  // namespace koine::server
