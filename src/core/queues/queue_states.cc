#include "core/queues/queue_states.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/queues/message.h"

namespace koine::core {
namespace {

constexpr std::uint8_t saved_version = 1;

}  // namespace

void QueueStatesWriter::add(LogId log, const LevelState& state) {
  levels_.number(log.value());
  state.save(levels_);
  ++count_;
}

std::vector<std::byte> QueueStatesWriter::take(bool was_stopped) {
  FieldWriter writer;
  writer.number(saved_version);
  writer.boolean(was_stopped);
  writer.number(std::exchange(count_, 0U));
  const auto levels = levels_.take();
  writer.raw(levels);
  return writer.take();
}

Result<> QueueStates::restore(ByteView saved) {
  FieldReader reader(saved);
  TRY(const auto version, reader.number<std::uint8_t>());
  if (version != saved_version) {
    return fail(ErrorCode::unsupported,
                fmt::format("queues saved in format {}, expected {}", version, saved_version));
  }
  TRY(was_stopped_, reader.boolean());
  TRY(const std::uint32_t count, reader.count(sizeof(std::uint64_t) + saved_level_size_min));
  for (std::uint32_t n = 0; n < count; ++n) {
    TRY(const auto log, reader.number<std::uint64_t>());
    TRY(levels_[LogId(log)], LevelState::restore(reader));
  }
  return reader.finish();
}

Result<> QueueStates::replay_messages(const journal::ReplayedEntry& entry) {
  TRY(const std::uint64_t bytes, body_bytes_of_entry(entry.body, entry.record_count));
  levels_[entry.log].body_bytes += static_cast<std::int64_t>(bytes);
  return {};
}

Result<> QueueStates::replay_changes(ByteView entry) { return read_queue_changes(entry, *this); }

LevelState QueueStates::take(LogId log) {
  const auto found = levels_.find(log);
  if (found == levels_.end()) return {};
  LevelState state = std::move(found->second);
  levels_.erase(found);
  return state;
}

void QueueStates::save(QueueStatesWriter& writer) const {
  for (const auto& [log, state] : levels_) writer.add(log, state);
}

void QueueStates::on_settled(const SettledRun& run) {
  levels_[run.log].settle(run.first, run.end(), run.body_bytes);
}

void QueueStates::on_failed(LogId log, Offset offset, std::uint32_t count) {
  levels_[log].set_failures(offset, count);
}

void QueueStates::on_delivered(LogId log, Offset end) {
  LevelState& state = levels_[log];
  state.delivered = std::max(state.delivered, end);
}

}  // namespace koine::core
