#include "journal/log.h"

namespace koine::journal {

std::uint64_t Log::body_bytes() const {
  std::uint64_t bytes = 0;
  for (const Extent& extent : extents_) bytes += extent.body_bytes;
  for (const IndexItem& item : open_items_) bytes += item.body_size;
  return bytes;
}

}  // namespace koine::journal
