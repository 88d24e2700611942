#include "core/queues/queue_level.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace koine::core {
namespace {

// A trim is an entry of its own: of the open chunk it only gives back an index item for each entry.
constexpr std::size_t open_entries_to_trim = 256;

}  // namespace

QueueLevel::QueueLevel(const Place& place, std::uint8_t number, journal::Log& log, LevelState state,
                       bool was_stopped, QueueTotals& totals)
    : place_(place),
      log_(&log),
      log_id_(log.id()),
      number_(number),
      state_(std::move(state)),
      totals_(totals),
      committed_(log.committed_offset()) {
  state_.truncate(committed_);
  state_.settled.settle(state_.settled.floor(), log.start_offset());
  delivered_before_start_ = was_stopped ? state_.delivered : committed_;
  state_.delivered = delivered_before_start_;
  if (state_.settled.floor() == committed_) state_.body_bytes = 0;
  const auto unsettled = static_cast<std::uint64_t>(committed_ - state_.settled.floor());
  totals_.messages += unsettled - state_.settled.count_above_floor();
  totals_.body_bytes += state_.body_bytes;
  log.observe(this);
}

QueueLevel::~QueueLevel() { remove(); }

void QueueLevel::remove() {
  if (log_ == nullptr) return;
  log_->observe(nullptr);
  log_ = nullptr;
  drop_cursors();
}

void QueueLevel::release_cursors() {
  if (cursor_ != nullptr) cursor_->release_if_unused();
  if (cursor_behind_ != nullptr) cursor_behind_->release_if_unused();
}

bool QueueLevel::is_empty_untrimmed() const {
  return log_ != nullptr && log_->start_offset() < committed_ &&
         notes_.durable_below(state_.settled.floor()) == committed_;
}

void QueueLevel::drop_cursors() {
  for (auto* cursor : {&cursor_, &cursor_behind_}) {
    if (*cursor == nullptr) continue;
    (*cursor)->close();
    cursor->reset();
  }
}

bool QueueLevel::is_untouched() const {
  return log_ == nullptr ||
         (state_.settled.floor() == log_->start_offset() && committed_ == log_->start_offset());
}

QueueCursor& QueueLevel::cursor_for(Offset offset) {
  const bool is_behind = cursor_ != nullptr && offset < cursor_->next() && !cursor_->covers(offset);
  auto& cursor = is_behind ? cursor_behind_ : cursor_;
  if (cursor == nullptr) {
    cursor = std::make_shared<QueueCursor>(place_.reactor, place_.journal, place_.gate, *log_);
  }
  return *cursor;
}

std::optional<Bytes> QueueLevel::try_read(Offset offset) {
  if (log_ == nullptr || offset >= committed_) return std::nullopt;
  // While one of the two loaded it the other may have come to where it is.
  for (QueueCursor* cursor : {cursor_.get(), cursor_behind_.get()}) {
    if (cursor == nullptr) continue;
    if (auto loaded = cursor->take_loaded(offset)) return loaded;
  }
  return cursor_for(offset).try_read(offset);
}

Task<Result<>> QueueLevel::load(Offset offset) {
  if (log_ == nullptr) co_return fail(ErrorCode::not_found, "the queue was deleted");
  const auto cursor = cursor_for(offset).shared_from_this();
  co_return co_await cursor->load(offset);
}

std::uint64_t QueueLevel::settle(Offset from, Offset to, std::int64_t body_bytes) {
  CHECK(to <= committed_);
  const std::int64_t bytes_before = state_.body_bytes;
  const std::uint64_t added = state_.settle(from, to, body_bytes);
  totals_.messages -= added;
  totals_.body_bytes -= bytes_before - state_.body_bytes;
  if (state_.settled.floor() == committed_) on_drained();
  return added;
}

// An empty queue costs little; and what was lost with a damaged entry is not counted for ever.
void QueueLevel::on_drained() {
  totals_.body_bytes -= state_.body_bytes;
  state_.body_bytes = 0;
  drop_cursors();
  if (waiting_.empty()) waiting_ = std::vector<Waiting>();
}

std::uint32_t QueueLevel::count_failure(Offset offset) {
  std::uint32_t& count = state_.failures[offset];
  return ++count;
}

void QueueLevel::reserve(std::uint32_t count, std::uint64_t body_bytes) {
  totals_.waiting += count;
  totals_.waiting_bytes += body_bytes;
}

void QueueLevel::unreserve(std::uint32_t count, std::uint64_t body_bytes) {
  totals_.waiting -= count;
  totals_.waiting_bytes -= body_bytes;
}

void QueueLevel::appended(std::uint32_t count, std::uint64_t body_bytes) {
  waiting_.push_back({.end = log_->next_offset(), .count = count, .body_bytes = body_bytes});
}

void QueueLevel::on_committed(Offset committed) {
  totals_.messages += static_cast<std::uint64_t>(committed - committed_);
  committed_ = committed;
  for (; first_waiting_ < waiting_.size() && waiting_[first_waiting_].end <= committed;
       ++first_waiting_) {
    const Waiting& waiting = waiting_[first_waiting_];
    const auto bytes = static_cast<std::int64_t>(waiting.body_bytes);
    state_.body_bytes += bytes;
    totals_.body_bytes += bytes;
    unreserve(waiting.count, waiting.body_bytes);
  }
  if (first_waiting_ == waiting_.size()) {
    waiting_.clear();
    first_waiting_ = 0;
  }
  if (totals_.events != nullptr) totals_.events->on_stored(number_);
}

void QueueLevel::on_rolled_back(Offset committed) {
  CHECK(committed == committed_);
  std::for_each(waiting_.begin() + static_cast<std::ptrdiff_t>(first_waiting_), waiting_.end(),
                [this](const Waiting& waiting) { unreserve(waiting.count, waiting.body_bytes); });
  waiting_.clear();
  first_waiting_ = 0;
}

// Settled messages whose entry is not durable yet are needed, and so is, to be quick, what lies between them.
std::uint64_t QueueLevel::needed_records(Offset from, Offset to) const {
  const Offset known = std::clamp(notes_.durable_below(to), from, to);
  return static_cast<std::uint64_t>(to - from) - state_.settled.count(from, known);
}

std::optional<Offset> QueueLevel::trim_point() const {
  if (log_ == nullptr) return std::nullopt;
  const Offset point = notes_.durable_below(state_.settled.floor());
  if (point <= log_->start_offset()) return std::nullopt;
  if (notes_.is_trim_wanted) return point;
  const auto& extents = log_->extents();
  if (!extents.empty() && extents.front().end_offset <= point) return point;
  const auto& items = log_->open_items();
  if (items.size() < open_entries_to_trim) return std::nullopt;
  const auto& middle = items[items.size() / 2];
  if (middle.base_offset + std::int64_t{middle.record_count} > point) return std::nullopt;
  return point;
}

}  // namespace koine::core
