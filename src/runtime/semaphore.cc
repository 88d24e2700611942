#include "runtime/semaphore.h"

#include "base/check.h"

namespace koine::runtime {

Units& Units::operator=(Units&& other) noexcept {
  if (this != &other) {
    release();
    semaphore_ = std::exchange(other.semaphore_, nullptr);
    count_ = std::exchange(other.count_, 0);
  }
  return *this;
}

void Units::release() {
  if (semaphore_ != nullptr)
    std::exchange(semaphore_, nullptr)->give_back(std::exchange(count_, 0));
}

void Units::reduce_to(std::size_t count) {
  CHECK(count <= count_);
  const std::size_t surplus = count_ - count;
  count_ = count;
  if (semaphore_ != nullptr && surplus > 0) semaphore_->give_back(surplus);
}

void Units::join(Units other) {
  if (semaphore_ == nullptr) {
    *this = std::move(other);
    return;
  }
  CHECK(other.semaphore_ == nullptr || other.semaphore_ == semaphore_);
  count_ += std::exchange(other.count_, 0);
}

std::optional<Units> Semaphore::try_acquire(std::size_t count) {
  if (next_ticket_ != serving_ || !fits(count)) return std::nullopt;
  in_use_ += count;
  return Units(*this, count);
}

Task<Units> Semaphore::acquire(std::size_t count) {
  const std::size_t ticket = next_ticket_++;
  while (ticket != serving_ || !fits(count)) co_await changed_.wait();
  ++serving_;
  in_use_ += count;
  if (changed_.has_waiters()) changed_.notify_all();
  co_return Units(*this, count);
}

void Semaphore::give_back(std::size_t count) {
  CHECK(in_use_ >= count);
  in_use_ -= count;
  if (changed_.has_waiters()) changed_.notify_all();
}

}  // namespace koine::runtime
