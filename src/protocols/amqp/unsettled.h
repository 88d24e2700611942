// Unsettled: the deliveries of one channel that its client has not settled, by delivery tag.
//
//   tag    4    5    7    8    9          ascending; 6 was delivered with automatic acknowledgement
//          x         x              x: settled, leaves with those before it, or when half are settled
//
// One shard.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/queues/settlement.h"
#include "protocols/amqp/settlements.h"
#include "protocols/amqp/sliding_vector.h"

namespace koine::amqp {

struct UnsettledDelivery {
  std::uint64_t tag = 0;
  core::QueuePosition position;
  Settlements::Queue* queue = nullptr;  // used once; null: settled
};

class Unsettled {
 public:
  // Tags ascend.
  void add(UnsettledDelivery delivery) {
    deliveries_.push_back(delivery);
    ++live_;
  }
  std::size_t size() const { return live_; }

  // Hands the delivery, or with `is_multiple` all up to it (0: all), to `settle`, in order. False: there is none with that tag, and
  // nothing was handed out.
  template <typename Settle>
  bool take(std::uint64_t tag, bool is_multiple, Settle settle);
  template <typename Settle>
  void take_all(Settle settle) {
    take(0, true, settle);
  }
  // What was taken is unsettled again.
  void put_back(const std::vector<UnsettledDelivery>& taken);

 private:
  // size(): none.
  std::size_t place_of(std::uint64_t tag) const;
  template <typename Settle>
  void take_at(std::size_t place, Settle& settle) {
    settle(deliveries_[place]);
    deliveries_[place].queue = nullptr;
    --live_;
  }
  void drop_settled();

  SlidingVector<UnsettledDelivery> deliveries_;
  std::size_t live_ = 0;
};

template <typename Settle>
bool Unsettled::take(std::uint64_t tag, bool is_multiple, Settle settle) {
  if (is_multiple && tag == 0) {
    for (std::size_t n = 0; n < deliveries_.size(); ++n) {
      if (deliveries_[n].queue != nullptr) take_at(n, settle);
    }
    drop_settled();
    return true;
  }
  const std::size_t place = place_of(tag);
  if (place == deliveries_.size()) return false;
  for (std::size_t n = is_multiple ? 0 : place; n <= place; ++n) {
    if (deliveries_[n].queue != nullptr) take_at(n, settle);
  }
  drop_settled();
  return true;
}

}  // namespace koine::amqp
