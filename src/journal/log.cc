#include "journal/log.h"

#include <algorithm>

namespace koine::journal {

std::uint64_t Log::body_bytes() const {
  std::uint64_t bytes = 0;
  for (const Extent& extent : extents_) bytes += extent.body_bytes;
  for (const IndexItem& item : open_items_) bytes += item.body_size;
  return bytes;
}

std::uint64_t Log::needed_records(Offset from, Offset to) const {
  from = std::max(from, start_);
  if (from >= to) return 0;
  return observer_ == nullptr ? static_cast<std::uint64_t>(to - from)
                              : observer_->needed_records(from, to);
}

}  // namespace koine::journal
