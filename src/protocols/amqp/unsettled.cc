#include "protocols/amqp/unsettled.h"

namespace koine::amqp {

namespace {

// Fewer settled ones than this are not worth moving the others.
constexpr std::size_t settled_max = 64;

}  // namespace

std::size_t Unsettled::place_of(std::uint64_t tag) const {
  const std::size_t none = deliveries_.size();
  if (none == 0 || tag < deliveries_[0].tag) return none;
  // Where it is if no tag is missing; else before that.
  const std::uint64_t distance = tag - deliveries_[0].tag;
  std::size_t place = std::min<std::uint64_t>(distance, none - 1);
  if (deliveries_[place].tag != tag) {
    const auto end = deliveries_.begin() + static_cast<std::ptrdiff_t>(place + 1);
    const auto found =
        std::ranges::lower_bound(deliveries_.begin(), end, tag, {}, &UnsettledDelivery::tag);
    if (found == end || found->tag != tag) return none;
    place = static_cast<std::size_t>(found - deliveries_.begin());
  }
  return deliveries_[place].queue == nullptr ? none : place;
}

void Unsettled::drop_settled() {
  while (!deliveries_.empty() && deliveries_.front().queue == nullptr) deliveries_.pop_front();
  if (deliveries_.size() - live_ <= live_ + settled_max) return;
  deliveries_.remove_if(
      [](const UnsettledDelivery& delivery) { return delivery.queue == nullptr; });
}

void Unsettled::put_back(const std::vector<UnsettledDelivery>& taken) {
  std::vector<UnsettledDelivery> all(taken);
  std::ranges::copy_if(deliveries_, std::back_inserter(all),
                       [](const UnsettledDelivery& delivery) { return delivery.queue != nullptr; });
  std::ranges::sort(all, {}, &UnsettledDelivery::tag);
  live_ = all.size();
  deliveries_.assign(std::move(all));
}

}  // namespace koine::amqp
