#include "core/queues/lease_table.h"

#include <bit>
#include <utility>

namespace koine::core {
namespace {

constexpr std::size_t slots_min = 16;
// An empty table keeps so many: a usual prefetch does not grow it again and again.
constexpr std::size_t slots_kept_max = 4096;

}  // namespace

// Multiplication by 2^64 / phi (Knuth, TAOCP 6.4): what is left over in a queue often has a regular distance.
std::size_t LeaseTable::home(QueuePosition position) const {
  const auto key = static_cast<std::uint64_t>(position.offset.value()) ^
                   (static_cast<std::uint64_t>(position.level) << 56U);
  const int shift = 64 - std::countr_zero(slots_.size());
  return (key * 0x9E3779B97F4A7C15ULL) >> shift;
}

std::size_t LeaseTable::index_of(QueuePosition position) const {
  if (slots_.empty()) return none;
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = home(position); slots_[at].is_taken; at = (at + 1) & mask) {
    if (slots_[at].lease.position == position) return at;
  }
  return none;
}

void LeaseTable::insert(const Lease& lease) {
  if ((size_ + 1) * 4 > slots_.size() * 3) grow();
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = home(lease.position);
  while (slots_[at].is_taken) at = (at + 1) & mask;
  slots_[at] = {.lease = lease, .is_taken = true};
  ++size_;
  body_bytes_ += lease.body_size;
}

Lease* LeaseTable::find(QueuePosition position) {
  const std::size_t at = index_of(position);
  return at != none ? &slots_[at].lease : nullptr;
}

std::optional<Lease> LeaseTable::take(QueuePosition position) {
  const std::size_t at = index_of(position);
  if (at == none) return std::nullopt;
  const Lease lease = slots_[at].lease;
  close_hole(at);
  --size_;
  body_bytes_ -= lease.body_size;
  if (size_ == 0 && slots_.size() > slots_kept_max) clear();
  return lease;
}

void LeaseTable::clear() {
  slots_.clear();
  slots_.shrink_to_fit();
  size_ = 0;
  body_bytes_ = 0;
}

// Moves up what would not be found any more with an empty slot before it.
void LeaseTable::close_hole(std::size_t hole) {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = (hole + 1) & mask; slots_[at].is_taken; at = (at + 1) & mask) {
    const std::size_t wanted = home(slots_[at].lease.position);
    if (((at - wanted) & mask) < ((at - hole) & mask)) continue;
    slots_[hole] = slots_[at];
    hole = at;
  }
  slots_[hole].is_taken = false;
}

void LeaseTable::grow() {
  std::vector<Slot> before(slots_.empty() ? slots_min : slots_.size() * 2);
  before.swap(slots_);
  size_ = 0;
  body_bytes_ = 0;
  for (const Slot& slot : before) {
    if (slot.is_taken) insert(slot.lease);
  }
}

}  // namespace koine::core
