#include "core/queues/level_state.h"

#include <algorithm>
#include <utility>

namespace koine::core {
namespace {

constexpr std::size_t saved_failure_size = 8 + 4;

}  // namespace

std::uint64_t LevelState::settle(Offset from, Offset to, std::int64_t bytes) {
  const std::uint64_t added = settled.settle(from, to);
  const auto all = static_cast<std::uint64_t>(to - from);
  if (added == all) {
    body_bytes -= bytes;
  } else if (added > 0) {
    body_bytes -= static_cast<std::int64_t>(static_cast<double>(bytes) / static_cast<double>(all) *
                                            static_cast<double>(added));
  }
  if (!failures.empty()) failures.erase(failures.lower_bound(from), failures.lower_bound(to));
  return added;
}

void LevelState::set_failures(Offset offset, std::uint32_t count) {
  if (settled.contains(offset)) return;
  std::uint32_t& known = failures[offset];
  known = std::max(known, count);
}

void LevelState::truncate(Offset end) {
  settled.truncate(end);
  failures.erase(failures.lower_bound(end), failures.end());
  delivered = std::min(delivered, end);
}

void LevelState::save(FieldWriter& writer) const {
  settled.save(writer);
  writer.number(static_cast<std::uint32_t>(failures.size()));
  for (const auto& [offset, count] : failures) {
    writer.number(offset.value());
    writer.number(count);
  }
  writer.number(body_bytes);
  writer.number(delivered.value());
}

Result<LevelState> LevelState::restore(FieldReader& reader) {
  LevelState state;
  TRY(state.settled, SettledBits::restore(reader));
  TRY(const std::uint32_t count, reader.count(saved_failure_size));
  for (std::uint32_t n = 0; n < count; ++n) {
    TRY(const auto offset, reader.number<std::int64_t>());
    TRY(state.failures[Offset(offset)], reader.number<std::uint32_t>());
  }
  TRY(state.body_bytes, reader.number<std::int64_t>());
  TRY(const auto delivered, reader.number<std::int64_t>());
  state.delivered = Offset(delivered);
  return state;
}

}  // namespace koine::core
