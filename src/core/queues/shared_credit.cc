#include "core/queues/shared_credit.h"

#include <utility>

namespace koine::core {

bool SharedCredit::has_credit() const {
  const std::uint32_t most = limit.load();
  return most == 0 || used.load() < most;
}

bool SharedCredit::try_take() {
  std::uint32_t taken = used.load();
  while (true) {
    const std::uint32_t most = limit.load();
    if (most != 0 && taken >= most) return false;
    if (used.compare_exchange_weak(taken, taken + 1)) return true;
  }
}

void SharedCredit::give_back(std::uint32_t count) {
  used.fetch_sub(count);
  // Sequentially consistent with call_when_free: either it sees the credit, or this sees that somebody waits.
  if (has_waiting_.load()) wake_waiting();
}

void SharedCredit::call_when_free(std::function<void()> wake) {
  {
    const std::scoped_lock lock(mutex_);
    waiting_.push_back(std::move(wake));
    has_waiting_.store(true);
  }
  if (has_credit()) wake_waiting();
}

void SharedCredit::wake_waiting() {
  std::vector<std::function<void()>> waiting;
  {
    const std::scoped_lock lock(mutex_);
    waiting.swap(waiting_);
    has_waiting_.store(false);
  }
  for (const auto& wake : waiting) wake();
}

}  // namespace koine::core
