#include "protocols/http/body_memory.h"

#include <utility>

namespace koine::http {

bool BodyMemory::try_hold(std::size_t bytes) {
  if (bytes <= held_ || beyond_.count() > 0) return true;
  const std::size_t wanted = 2 * bytes;
  auto more = budget_.memory.try_acquire(wanted - units_.count());
  if (!more) return false;
  units_.join(std::move(*more));
  held_ = wanted;
  return true;
}

Task<void> BodyMemory::hold(std::size_t bytes) {
  if (try_hold(bytes)) co_return;
  beyond_ = co_await budget_.beyond.acquire(1);
}

}  // namespace koine::http
