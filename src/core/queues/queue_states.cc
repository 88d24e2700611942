#include "core/queues/queue_states.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/queues/message.h"

namespace koine::core {
namespace {

constexpr std::uint8_t saved_version = 2;
constexpr std::uint8_t version_without_keys = 1;
constexpr std::size_t saved_key_size = sizeof(DeduplicationKey) + sizeof(WallTimeMs);

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
  writer.number(std::exchange(seen_count_, 0U));
  const auto seen = seen_.take();
  writer.raw(seen);
  return writer.take();
}

void QueueStatesWriter::add_seen(LogId queue, std::span<const SeenKey> seen) {
  if (seen.empty()) return;
  seen_.number(queue.value());
  seen_.number(static_cast<std::uint32_t>(seen.size()));
  for (const SeenKey& each : seen) {
    seen_.raw(each.key.digest);
    seen_.number(each.seen_ms);
  }
  ++seen_count_;
}

Result<> QueueStates::restore(ByteView saved) {
  FieldReader reader(saved);
  TRY(const auto version, reader.number<std::uint8_t>());
  if (version != saved_version && version != version_without_keys) {
    return fail(ErrorCode::unsupported,
                fmt::format("queues saved in format {}, expected {}", version, saved_version));
  }
  TRY(was_stopped_, reader.boolean());
  TRY(const std::uint32_t count, reader.count(sizeof(std::uint64_t) + saved_level_size_min));
  for (std::uint32_t n = 0; n < count; ++n) {
    TRY(const auto log, reader.number<std::uint64_t>());
    TRY(levels_[LogId(log)], LevelState::restore(reader));
  }
  if (version != version_without_keys) TRY(restore_seen(reader));
  return reader.finish();
}

Result<> QueueStates::restore_seen(FieldReader& reader) {
  TRY(const std::uint32_t queues, reader.count(sizeof(std::uint64_t) + sizeof(std::uint32_t)));
  for (std::uint32_t n = 0; n < queues; ++n) {
    TRY(const auto queue, reader.number<std::uint64_t>());
    TRY(const std::uint32_t count, reader.count(saved_key_size));
    for (std::uint32_t k = 0; k < count; ++k) {
      SeenKey seen;
      TRY(const ByteView digest, reader.raw(seen.key.digest.size()));
      std::ranges::copy(digest, seen.key.digest.begin());
      TRY(seen.seen_ms, reader.number<WallTimeMs>());
      on_seen(LogId(queue), seen);
    }
  }
  return {};
}

// No window holds more.
void QueueStates::on_seen(LogId queue, const SeenKey& seen) {
  auto& known = seen_[queue];
  if (known.size() == static_cast<std::size_t>(deduplication_keys_limit)) known.pop_front();
  known.push_back(seen);
}

std::vector<SeenKey> QueueStates::take_seen(LogId queue) {
  const auto found = seen_.find(queue);
  if (found == seen_.end()) return {};
  std::vector<SeenKey> seen(found->second.begin(), found->second.end());
  seen_.erase(found);
  return seen;
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
  for (const auto& [queue, seen] : seen_) {
    const std::vector<SeenKey> keys(seen.begin(), seen.end());
    writer.add_seen(queue, keys);
  }
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
