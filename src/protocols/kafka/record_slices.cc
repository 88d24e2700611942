#include "protocols/kafka/record_slices.h"

#include <algorithm>
#include <utility>

#include "runtime/shard.h"

namespace koine::kafka {

namespace {

using Slices = Result<std::vector<Bytes>>;

Task<Slices> take(core::Engine* owner, std::vector<RecordSource> records, std::uint32_t in_first,
                  SliceLimits limits) {
  std::vector<Bytes> slices;
  take_cached(*owner, records, in_first, limits, slices);
  if (slices.empty()) {
    CO_TRY(Bytes slice, co_await owner->journal().load(records.front().entry, in_first));
    slices.push_back(std::move(slice));
  }
  co_return slices;
}

}  // namespace

std::size_t take_cached(core::Engine& owner, std::span<const RecordSource> records,
                        std::uint32_t in_first, SliceLimits limits, std::vector<Bytes>& slices) {
  std::size_t bytes = 0;
  std::size_t count = 0;
  std::uint32_t in_record = in_first;
  for (const RecordSource& record : records) {
    if (record.owner != &owner) break;
    while (in_record < record.entry.item.body_size) {
      if (count == limits.count_max || bytes >= limits.bytes_max) return bytes;
      auto slice = owner.journal().cached(record.entry, in_record);
      if (!slice) return bytes;
      in_record += static_cast<std::uint32_t>(slice->size());
      bytes += slice->size();
      ++count;
      slices.push_back(std::move(*slice));
    }
    in_record = 0;
  }
  return bytes;
}

Task<Slices> take_on_owner(core::Engine& here, std::vector<RecordSource> records,
                           std::uint32_t in_first, SliceLimits limits) {
  core::Engine* const owner = records.front().owner;
  co_return co_await runtime::call_on<Slices>(
      here.shard(), owner->shard(),
      [owner, records = std::move(records), in_first, limits]() mutable {
        return take(owner, std::move(records), in_first, limits);
      });
}

void let_go(core::Engine& here, std::vector<RecordSource> records) {
  const auto is_here = [&](const RecordSource& record) { return record.owner == &here; };
  while (!records.empty()) {
    core::Engine* const owner = records.back().owner;
    const auto others = std::ranges::partition(
        records, [&](const RecordSource& record) { return record.owner != owner; });
    std::vector<RecordSource> owned(std::make_move_iterator(others.begin()),
                                    std::make_move_iterator(others.end()));
    records.erase(others.begin(), others.end());
    if (is_here(owned.front())) continue;
    owner->shard().reactor().post([owned = std::move(owned)] {});
  }
}

}  // namespace koine::kafka
