#include "core/journal_state_log.h"

#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <utility>

#include "base/check.h"
#include "core/idempotency_log.h"

namespace koine::core {

JournalStateLog::~JournalStateLog() { detach(); }

void JournalStateLog::attach(journal::Journal& journal, journal::Log& log) {
  CHECK(log_ == nullptr);
  journal_ = &journal;
  log_ = &log;
  log.observe(this);
}

void JournalStateLog::detach() {
  if (log_ != nullptr) log_->observe(nullptr);
  journal_ = nullptr;
  log_ = nullptr;
  pending_.clear();
}

Task<Result<>> JournalStateLog::commit(std::vector<std::byte> entry,
                                       std::move_only_function<void()> apply, Keyed keyed) {
  if (journal_ == nullptr) co_return fail(ErrorCode::closed, "the journal is closed");
  CO_TRY(co_await journal_->room());
  if (journal_ == nullptr) co_return fail(ErrorCode::closed, "the journal is closed");
  const journal::Part part{.bytes = entry, .crc = std::nullopt};
  std::array<journal::Append, 2> group{{{.log = log_,
                                         .record_count = 1,
                                         .timestamp_max = shard_.wall_clock_ms(),
                                         .body = {&part, 1}},
                                        {}}};
  std::unique_ptr<IdempotencyEntry> record;
  if (keyed) {
    record = keyed.log->entry_of(*keyed.piece, -1);
    group[1] = record->append();
  }
  const Offset offset = log_->next_offset();
  CO_TRY(auto commit, journal_->append(std::span(group).first(record != nullptr ? 2 : 1)));
  if (record != nullptr) keyed.log->appended(*record);
  pending_.push_back({.offset = offset, .apply = std::move(apply)});
  co_return co_await journal::done(std::move(commit));
}

void JournalStateLog::on_committed(Offset committed) {
  // What apply() does may commit again: take what is durable out first.
  const auto durable = std::ranges::lower_bound(pending_, committed, {}, &Pending::offset);
  std::vector<Pending> applied(std::make_move_iterator(pending_.begin()),
                               std::make_move_iterator(durable));
  pending_.erase(pending_.begin(), durable);
  for (Pending& entry : applied) entry.apply();
}

void JournalStateLog::on_rolled_back(Offset committed) {
  std::erase_if(pending_, [&](const Pending& entry) { return entry.offset >= committed; });
}

}  // namespace koine::core
