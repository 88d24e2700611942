#include "core/queues/queue_cursor.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/byte_order.h"
#include "base/check.h"
#include "core/queues/message.h"
#include "journal/chunk.h"

namespace koine::core {
namespace {

// A cursor looks for little at first: it may be for one message only.
constexpr std::size_t step_bytes_min = 16 * KiB;
constexpr std::size_t step_bytes_max = 256 * KiB;
constexpr std::size_t entries_max = 256;

constexpr std::uint32_t size_field_size = sizeof(std::uint32_t);

Offset end_of(const journal::EntryRef& entry) {
  return entry.item.base_offset + std::int64_t{entry.item.record_count};
}

}  // namespace

QueueCursor::QueueCursor(io::Reactor& reactor, journal::Journal& journal, runtime::Gate& gate,
                         const journal::Log& log)
    : journal_(journal),
      gate_(gate),
      log_(&log),
      log_id_(log.id()),
      step_bytes_(step_bytes_min),
      found_(reactor) {}

void QueueCursor::close() {
  log_ = nullptr;
  entries_.clear();
  ahead_.clear();
  loaded_.reset();
  found_.notify_all();
}

void QueueCursor::release_if_unused() {
  if (std::exchange(is_used_, false)) return;
  entries_ = Entries();
  ahead_ = Entries();
  loaded_.reset();
  entry_ = 0;
}

bool QueueCursor::is_in(const Entries& entries, Offset offset) const {
  return !entries.empty() && entries.front().item.base_offset <= offset &&
         offset < end_of(entries.back());
}

bool QueueCursor::covers(Offset offset) const {
  return is_in(entries_, offset) || is_in(ahead_, offset);
}

std::optional<Bytes> QueueCursor::piece(std::uint32_t position, std::uint32_t size) const {
  if (size > entry().item.body_size - position) return std::nullopt;
  auto first = journal_.cached(entry(), position);
  if (!first || first->size() >= size) return first;
  auto whole = std::make_shared_for_overwrite<std::byte[]>(size);
  std::memcpy(whole.get(), first->data(), first->size());
  for (auto at = static_cast<std::uint32_t>(first->size()); at < size;) {
    const auto part = journal_.cached(entry(), position + at);
    if (!part) return std::nullopt;
    const std::size_t taken = std::min<std::size_t>(part->size(), size - at);
    std::memcpy(whole.get() + at, part->data(), taken);
    at += static_cast<std::uint32_t>(taken);
  }
  return Bytes(std::move(whole), 0, size);
}

std::optional<std::uint32_t> QueueCursor::size_here() const {
  if (position_ >= entry().item.body_size) return std::nullopt;
  const auto field = piece(position_, size_field_size);
  if (!field) return std::nullopt;
  const auto size = message_size(field->view().first(size_field_size));
  if (!size || *size > entry().item.body_size - position_) return std::nullopt;
  return static_cast<std::uint32_t>(*size);
}

bool QueueCursor::step() {
  const auto size = size_here();
  if (!size) return false;
  position_ += *size;
  next_offset_ = next_offset_ + 1;
  return true;
}

bool QueueCursor::go_to(Offset offset) {
  if (!is_in(entries_, offset)) {
    if (!is_in(ahead_, offset)) return false;
    entries_ = std::exchange(ahead_, {});
    entry_ = entries_.size();
  }
  const bool is_same_entry =
      entry_ < entries_.size() && entry().item.base_offset <= offset && offset < end_of(entry());
  if (is_same_entry && next_offset_ <= offset) return true;
  if (!is_same_entry) {
    const bool is_next = entry_ + 1 < entries_.size() && offset == end_of(entries_[entry_]);
    const auto found = is_next ? entries_.begin() + static_cast<std::ptrdiff_t>(entry_) + 1
                               : std::ranges::partition_point(
                                     entries_, [&](const auto& e) { return end_of(e) <= offset; });
    // A hole: it was given up, or lost.
    if (found->item.base_offset > offset) return false;
    entry_ = static_cast<std::size_t>(found - entries_.begin());
  }
  next_offset_ = entry().item.base_offset;
  position_ = 0;
  return true;
}

std::optional<Bytes> QueueCursor::try_read(Offset offset) {
  is_used_ = true;
  if (!covers(offset)) {
    if (!is_finding_) gate_.spawn(find_soon(shared_from_this(), offset, false));
    if (!covers(offset)) return std::nullopt;
  }
  if (!go_to(offset)) return std::nullopt;
  while (next_offset_ < offset) {
    if (!step()) return std::nullopt;
  }
  if (entry_ >= entries_.size() / 2) look_ahead();
  const journal::EntryRef& place = entry();
  const auto& damaged_bodies = place.chunk->damaged_bodies;
  if (!damaged_bodies.empty() && damaged_bodies.contains(place.item.body_position))
    return std::nullopt;
  auto bytes = journal_.cached(place, position_);
  if (!bytes) return std::nullopt;
  std::size_t size = 0;
  if (bytes->size() >= size_field_size) {
    size = size_field_size + load_le<std::uint32_t>(bytes->data());
  } else {
    size = size_here().value_or(0);
  }
  if (size < message_head_size || size > place.item.body_size - position_) return std::nullopt;
  if (size > bytes->size()) bytes = piece(position_, static_cast<std::uint32_t>(size));
  if (!bytes) return std::nullopt;
  position_ += static_cast<std::uint32_t>(size);
  next_offset_ = next_offset_ + 1;
  return bytes;
}

void QueueCursor::look_ahead() {
  if (is_finding_ || !ahead_.empty() || end_of(entries_.back()) >= log_->committed_offset()) return;
  gate_.spawn(find_soon(shared_from_this(), end_of(entries_.back()), true));
}

Task<void> QueueCursor::find_soon(std::shared_ptr<QueueCursor> self, Offset from, bool is_ahead) {
  // An error is found again by load(), which says so.
  (void)co_await self->find(from, is_ahead);
}

Task<Result<>> QueueCursor::find(Offset from, bool is_ahead) {
  is_finding_ = true;
  auto found = co_await journal_.find_entries(log_id_, from, step_bytes_);
  is_finding_ = false;
  found_.notify_all();
  if (log_ == nullptr) co_return fail(ErrorCode::not_found, "the queue was deleted");
  if (!found) co_return fail(std::move(found).error());
  if (found->size() >= entries_max) {
    found->resize(entries_max);
    found->shrink_to_fit();
    std::size_t bytes = 0;
    for (const journal::EntryRef& entry : *found) bytes += entry.item.body_size;
    step_bytes_ = std::clamp(bytes, step_bytes_min, step_bytes_max);
  } else {
    step_bytes_ = std::min(step_bytes_ * 2, step_bytes_max);
  }
  if (is_ahead) {
    ahead_ = std::move(*found);
    co_return Result<>{};
  }
  entries_ = std::move(*found);
  ahead_.clear();
  entry_ = entries_.size();
  co_return Result<>{};
}

Task<Result<>> QueueCursor::load(Offset offset) {
  const auto self = shared_from_this();
  while (log_ != nullptr && !covers(offset)) {
    if (is_finding_) {
      co_await found_.wait();
      continue;
    }
    CO_TRY(co_await find(offset, false));
    if (!covers(offset)) break;
  }
  if (log_ == nullptr) co_return fail(ErrorCode::not_found, "the queue was deleted");
  if (!go_to(offset)) {
    co_return fail(ErrorCode::corrupt, fmt::format("log {:#x}: the message at offset {} is lost",
                                                   log_id_.value(), offset.value()));
  }
  auto bytes = co_await load_message(entry(), next_offset_, position_, offset);
  if (log_ == nullptr) co_return fail(ErrorCode::not_found, "the queue was deleted");
  if (!bytes) co_return fail(std::move(bytes).error());
  loaded_ = {offset, std::move(*bytes)};
  co_return Result<>{};
}

// `at` is the message at `position` of the body, at or before `offset`. What it waits for may move the cursor: it does not
// look at it.
Task<Result<Bytes>> QueueCursor::load_message(journal::EntryRef place, Offset at,
                                              std::uint32_t position, Offset offset) const {
  while (true) {
    const std::uint32_t left = place.item.body_size - position;
    if (left < message_head_size) co_return damaged(place, offset);
    CO_TRY(const Bytes field, co_await load_piece(place, position, size_field_size));
    const auto size = message_size(field.view());
    if (!size || *size > left) co_return damaged(place, offset);
    if (at == offset) {
      CO_TRY(const Bytes message,
             co_await load_piece(place, position, static_cast<std::uint32_t>(*size)));
      if (place.chunk->damaged_bodies.contains(place.item.body_position) ||
          !decode_message(message.view())) {
        co_return damaged(place, offset);
      }
      // A copy: until it is read it must not keep a block of the cache.
      co_return Bytes::copy_of(message.view());
    }
    position += static_cast<std::uint32_t>(*size);
    at = at + 1;
  }
}

Task<Result<Bytes>> QueueCursor::load_piece(journal::EntryRef place, std::uint32_t position,
                                            std::uint32_t size) const {
  CO_TRY(auto first, co_await journal_.load(place, position));
  if (first.size() >= size) co_return first.slice(0, size);
  auto whole = std::make_shared_for_overwrite<std::byte[]>(size);
  std::memcpy(whole.get(), first.data(), first.size());
  for (auto at = static_cast<std::uint32_t>(first.size()); at < size;) {
    CO_TRY(const auto part, co_await journal_.load(place, position + at));
    const std::size_t taken = std::min<std::size_t>(part.size(), size - at);
    std::memcpy(whole.get() + at, part.data(), taken);
    at += static_cast<std::uint32_t>(taken);
  }
  co_return Bytes(std::move(whole), 0, size);
}

std::unexpected<Error> QueueCursor::damaged(const journal::EntryRef& place, Offset offset) const {
  return fail(ErrorCode::corrupt,
              fmt::format("log {:#x}: the message at offset {} is damaged in {}", log_id_.value(),
                          offset.value(), place.chunk->path()));
}

}  // namespace koine::core
