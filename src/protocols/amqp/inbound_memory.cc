#include "protocols/amqp/inbound_memory.h"

#include <algorithm>
#include <utility>

namespace koine::amqp {

bool InboundMemory::try_take(std::size_t bytes) {
  if (beyond_.count() == 0) {
    auto more = budget_.memory.try_acquire(bytes);
    if (!more) return false;
    units_.join(std::move(*more));
  }
  held_ += bytes;
  return true;
}

Task<void> InboundMemory::take(std::size_t bytes) {
  if (try_take(bytes)) co_return;
  beyond_ = co_await budget_.beyond.acquire(1);
  held_ += bytes;
}

void InboundMemory::give_back(std::size_t bytes) {
  held_ -= bytes;
  units_.reduce_to(std::min(units_.count(), held_));
  if (held_ == 0) beyond_.release();
}

}  // namespace koine::amqp
