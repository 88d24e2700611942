#include "core/queues/journal_queue_store.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace koine::core {
namespace {

bool may_refuse(const QueueSettings& settings) {
  return settings.overflow != Overflow::drop_head &&
         (settings.length_max || settings.length_bytes_max);
}

}  // namespace

JournalQueueStore::JournalQueueStore(const Shared& shared, QueuePtr info)
    : shared_(shared), info_(std::move(info)), has_limits_(may_refuse(info_->spec.settings)) {
  const QueueSettings& settings = info_->spec.settings;
  if (!settings.deduplication_window_ms) return;
  const auto keys_max = static_cast<std::size_t>(
      settings.deduplication_keys_max.value_or(deduplication_keys_default));
  window_ = std::make_unique<DeduplicationWindow>(*settings.deduplication_window_ms, keys_max);
}

JournalQueueStore::~JournalQueueStore() { remove(); }

void JournalQueueStore::set_info(QueuePtr info) {
  CHECK(info->logs == info_->logs);
  info_ = std::move(info);
  has_limits_ = may_refuse(info_->spec.settings);
}

void JournalQueueStore::open_level(std::uint8_t level, journal::Log& log, LevelState state,
                                   bool was_stopped) {
  if (levels_.size() <= level) levels_.resize(std::size_t{level} + 1);
  CHECK(levels_[level] == nullptr);
  levels_[level] = std::make_unique<QueueLevel>(shared_.place, level, log, std::move(state),
                                                was_stopped, totals_);
}

QueueLevel& JournalQueueStore::level_for(std::uint8_t priority) {
  const auto number = std::min(priority, static_cast<std::uint8_t>(info_->logs.size() - 1));
  if (QueueLevel* known = level(number)) return *known;
  open_level(number, shared_.place.journal.ensure(info_->logs[number]), {}, false);
  return *level(number);
}

void JournalQueueStore::for_each_level(const std::function<void(QueueLevel&)>& visit) const {
  for (const auto& level : levels_) {
    if (level != nullptr) visit(*level);
  }
}

bool JournalQueueStore::accepts(ByteView stored, std::size_t body_size) {
  if (has_room(body_size)) return true;
  const auto message = decode_message(stored);
  CHECK(message.has_value());
  totals_.events->refused(*message);
  return false;
}

QueueStore::Repetitions JournalQueueStore::repetitions() const {
  if (window_ == nullptr) return {};
  return {.dropped = window_->repetitions(), .keys_forgotten_early = window_->forgotten_early()};
}

void JournalQueueStore::remove() {
  totals_.events = nullptr;
  if (window_ != nullptr) shared_.changes.forget(*window_);
  for_each_level([this](QueueLevel& level) {
    shared_.changes.forget(level);
    level.remove();
  });
  levels_.clear();
  totals_ = {};
}

Offset JournalQueueStore::first_unsettled(std::uint8_t number) const {
  const QueueLevel* found = level(number);
  return found != nullptr ? found->first_unsettled() : Offset{0};
}

Offset JournalQueueStore::committed_end(std::uint8_t number) const {
  const QueueLevel* found = level(number);
  return found != nullptr ? found->committed_end() : Offset{0};
}

std::optional<QueuePosition> JournalQueueStore::next_unsettled(QueuePosition from) const {
  const QueueLevel* found = level(from.level);
  if (found == nullptr) return std::nullopt;
  const Offset next = found->next_unsettled(from.offset);
  if (next >= found->committed_end()) return std::nullopt;
  return QueuePosition{from.level, next};
}

bool JournalQueueStore::is_settled(QueuePosition position) const {
  const QueueLevel* found = level(position.level);
  return found != nullptr && found->state().settled.contains(position.offset);
}

std::uint64_t JournalQueueStore::body_bytes() const {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, totals_.body_bytes));
}

std::optional<StoredMessage> JournalQueueStore::try_read(QueuePosition position) {
  QueueLevel* found = level(position.level);
  if (found == nullptr) return std::nullopt;
  auto bytes = found->try_read(position.offset);
  if (!bytes) return std::nullopt;
  // What is wrong with it, load() says.
  auto message = decode_message(bytes->view());
  if (!message) return std::nullopt;
  return StoredMessage{*message, std::move(*bytes)};
}

Task<Result<>> JournalQueueStore::load(QueuePosition position) {
  QueueLevel* found = level(position.level);
  if (found == nullptr) co_return fail(ErrorCode::not_found, "the queue was deleted");
  co_return co_await found->load(position.offset);
}

std::uint64_t JournalQueueStore::settle_run(QueueLevel& level, Offset from, Offset to,
                                            std::int64_t body_bytes) {
  const std::uint64_t added = level.settle(from, to, body_bytes);
  if (added > 0) shared_.changes.settled(level, from, to, body_bytes);
  return added;
}

void JournalQueueStore::settle(QueuePosition position, std::size_t body_size) {
  QueueLevel* found = level(position.level);
  if (found == nullptr || position.offset >= found->committed_end()) return;
  settle_run(*found, position.offset, position.offset + 1, static_cast<std::int64_t>(body_size));
}

std::vector<QueueChanges::Settled> JournalQueueStore::all_except(std::uint8_t number,
                                                                 std::span<const Kept> kept) const {
  std::vector<QueueChanges::Settled> runs;
  QueueLevel* found = level(number);
  if (found == nullptr) return runs;
  std::int64_t bytes = found->state().body_bytes;
  for (const Kept& message : kept) bytes -= static_cast<std::int64_t>(message.body_size);
  bytes = std::max<std::int64_t>(0, bytes);
  const Offset end = found->committed_end();
  auto next_kept = kept.begin();
  for (Offset at = found->first_unsettled(); at < end; at = found->next_unsettled(at)) {
    if (next_kept != kept.end() && next_kept->offset <= at) {
      if (next_kept->offset == at) at = at + 1;
      ++next_kept;
      continue;
    }
    const Offset stop = next_kept != kept.end() ? std::min(end, next_kept->offset) : end;
    const Offset run_end = found->state().settled.next_settled(at, stop);
    // Which of the bytes are whose is not known and does not matter: all go.
    runs.push_back({.level = found,
                    .first = at,
                    .count = run_end - at,
                    .body_bytes = std::exchange(bytes, 0)});
    at = run_end;
  }
  return runs;
}

std::uint64_t JournalQueueStore::settle_all_except(std::uint8_t number,
                                                   std::span<const Kept> kept) {
  std::uint64_t count = 0;
  for (const QueueChanges::Settled& run : all_except(number, kept))
    count += settle_run(*run.level, run.first, run.end(), run.body_bytes);
  return count;
}

std::uint32_t JournalQueueStore::failures(QueuePosition position) const {
  const QueueLevel* found = level(position.level);
  if (found == nullptr) return 0;
  const auto& failures = found->state().failures;
  const auto known = failures.find(position.offset);
  return known != failures.end() ? known->second : 0;
}

std::uint32_t JournalQueueStore::count_failure(QueuePosition position) {
  QueueLevel* found = level(position.level);
  if (found == nullptr || position.offset >= found->committed_end() || is_settled(position))
    return 0;
  const std::uint32_t count = found->count_failure(position.offset);
  shared_.changes.failed(*found, position.offset);
  return count;
}

void JournalQueueStore::note_delivered(QueuePosition position) {
  if (QueueLevel* found = level(position.level)) found->note_delivered(position.offset + 1);
}

Offset JournalQueueStore::delivered_before_start(std::uint8_t number) const {
  const QueueLevel* found = level(number);
  return found != nullptr ? found->delivered_before_start() : Offset{0};
}

}  // namespace koine::core
