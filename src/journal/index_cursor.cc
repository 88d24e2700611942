#include "journal/index_cursor.h"

#include "base/check.h"

namespace koine::journal {

static_assert(block_size % index_item_size == 0, "an item must not lie in two blocks");

Task<Result<IndexItem>> IndexCursor::at(std::uint32_t n) {
  CHECK(n < extent_.index_count);
  const std::uint32_t position = extent_.index_position + n * index_item_size;
  const std::uint32_t index = position / block_size;
  if (!block_ || block_index_ != index) {
    block_.reset();  // the next one may need its memory
    CO_TRY(block_, co_await reader_.load(extent_.chunk, index));
    block_index_ = index;
  }
  co_return decode_index_item(block_->data() + position % block_size);
}

Task<Result<std::uint32_t>> IndexCursor::first_ending_after(Offset offset) {
  std::uint32_t low = 0;
  std::uint32_t high = extent_.index_count;
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    CO_TRY(const auto item, co_await at(middle));
    if (item.base_offset + std::int64_t{item.record_count} > offset)
      high = middle;
    else
      low = middle + 1;
  }
  co_return low;
}

}  // namespace koine::journal
