// Dropping all that is ready, without reading it: the store only has to know what is leased.

#include <algorithm>

#include "core/queues/queue.h"

namespace koine::core {

std::vector<std::vector<QueueStore::Kept>> Queue::leased() {
  std::vector<std::vector<QueueStore::Kept>> kept(levels_.size());
  leases_.for_each([&](const Lease& lease) {
    kept[lease.position.level].push_back({lease.position.offset, lease.body_size});
  });
  for (auto& level : kept) std::ranges::sort(level, {}, &QueueStore::Kept::offset);
  return kept;
}

Task<Result<std::uint64_t>> Queue::purge() {
  if (is_ended_) co_return gone();
  if (is_being_purged_) co_return std::uint64_t{0};
  const auto kept = leased();
  std::uint64_t purged = 0;
  for (std::size_t n = 0; n < levels_.size(); ++n) {
    const auto number = static_cast<std::uint8_t>(n);
    purged += store_.settle_all_except(number, kept[n]);
    levels_[n].returned.clear();
    levels_[n].fresh = store_.committed_end(number);
    levels_[n].is_head_examined = false;
  }
  settled_ += purged;
  co_return purged;
}

std::optional<std::vector<std::vector<QueueStore::Kept>>> Queue::begin_purge() {
  if (is_ended_ || is_being_purged_) return std::nullopt;
  is_being_purged_ = true;
  return leased();
}

void Queue::finish_purge(std::uint64_t purged) {
  is_being_purged_ = false;
  if (is_ended_) return;
  settled_ += purged;
  for (std::size_t n = 0; n < levels_.size(); ++n) {
    const auto number = static_cast<std::uint8_t>(n);
    std::erase_if(levels_[n].returned,
                  [&](Offset offset) { return store_.is_settled({number, offset}); });
    levels_[n].is_head_examined = false;
  }
  top_level_ = levels_.size() - 1;
  is_unexamined_ = true;
  wake_if_needed();
}

}  // namespace koine::core
