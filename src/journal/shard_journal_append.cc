#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "journal/shard_journal.h"

namespace koine::journal {
namespace {

// Commits below this size gain from blocks that were written before: no allocation in their sync (bench/README.md).
constexpr std::uint32_t small_commit_bytes = 128 * KiB;
constexpr std::uint32_t small_commits_before_filling = 4;
constexpr std::uint32_t fill_when_ahead_below = MiB;
constexpr std::uint32_t fill_step = 4 * MiB;
constexpr std::size_t zeros_size = 256 * KiB;
alignas(io::direct_alignment) constexpr std::array<std::byte, zeros_size> zeros{};

constexpr Duration roll_retry_interval = std::chrono::milliseconds(500);

}  // namespace

Task<Result<>> done(std::shared_ptr<Commit> commit) {
  while (!commit->outcome) co_await commit->ended.wait();
  co_return *commit->outcome;
}

bool ShardJournal::has_room() const {
  return !rolling_ && !wants_roll() && uncommitted_bytes() < options_.uncommitted_bytes_max;
}

Task<Result<>> ShardJournal::room() {
  const std::uint64_t ticket = next_ticket_++;
  Result<> outcome;
  while (true) {
    if (ticket == serving_) {
      if (broken_)
        outcome = fail(*broken_);
      else if (closing_)
        outcome = fail(ErrorCode::closed, "the journal is closing");
      else if (roll_error_ && wants_roll())
        outcome = fail(*roll_error_);
      if (!outcome || has_room()) break;
    }
    co_await roomy_.wait();
  }
  ++serving_;
  if (serving_ != next_ticket_) roomy_.notify_all();
  if (roll_error_ && reactor_.now() >= retry_roll_at_) work_.notify_all();
  co_return outcome;
}

Result<> ShardJournal::check_writable(std::size_t size) const {
  if (broken_) return fail(*broken_);
  if (closing_) return fail(ErrorCode::closed, "the journal is closing");
  if (size > append_bytes_max(options_.chunk_bytes)) {
    return fail(ErrorCode::too_large,
                fmt::format("{} bytes in one append; {} are the most with chunks of {}", size,
                            append_bytes_max(options_.chunk_bytes), options_.chunk_bytes));
  }
  return {};
}

void ShardJournal::write_entry(EntryHeader header, std::span<const Part> parts) {
  header.epoch = identity_.epoch;
  header.chunk = static_cast<std::uint32_t>(tail_.chunk()->sequence());
  header.synced = synced_;
  const auto head = encode_header(header, parts);
  tail_.append(head);
  for (const Part& part : parts) tail_.append(part.bytes);
  tail_.pad_to(entry_alignment);
}

Offset ShardJournal::append_to(Log& log, const IndexItem& item) {
  const Offset base_offset = log.next_offset();
  logs_.append(log, item);
  filling_->effects.push_back({Commit::Effect::Kind::append, log.id(), log.next_offset()});
  return base_offset;
}

void ShardJournal::append_entry(const Append& entry, bool continues) {
  EntryHeader header;
  header.timestamp_max = entry.timestamp_max;
  header.record_count = entry.record_count;
  header.kind = EntryKind::data;
  header.continues = continues;
  header.target_count = static_cast<std::uint16_t>(1 + entry.also.size());
  IndexItem item{.record_count = entry.record_count,
                 .body_position = tail_.end() + header.size(),
                 .further_targets = static_cast<std::uint32_t>(entry.also.size()),
                 .timestamp_max = entry.timestamp_max};
  for (const Part& part : entry.body)
    item.body_size += static_cast<std::uint32_t>(part.bytes.size());
  header.log = entry.log->id();
  header.base_offset = append_to(*entry.log, item);
  if (entry.also.empty()) {
    write_entry(header, entry.body);
    return;
  }
  std::vector<EntryTarget> further;
  for (Log* log : entry.also)
    further.push_back({.log = log->id(), .base_offset = append_to(*log, item)});
  const auto targets = encode_further_targets(further);
  std::vector<Part> parts{Part{.bytes = targets, .crc = std::nullopt}};
  parts.insert(parts.end(), entry.body.begin(), entry.body.end());
  write_entry(header, parts);
}

Result<std::shared_ptr<Commit>> ShardJournal::append(std::span<const Append> entries) {
  std::size_t size = 0;
  for (const Append& entry : entries) {
    CHECK(entry.log != nullptr && entry.record_count > 0);
    if (entry.also.size() >= entry_targets_max) {
      return fail(ErrorCode::too_large, fmt::format("an entry for {} logs; {} is the most",
                                                    entry.also.size() + 1, entry_targets_max));
    }
    size += entry_header_size + entry.also.size() * entry_target_size + entry_alignment;
    for (const Part& part : entry.body) size += part.bytes.size();
  }
  TRY(check_writable(size));
  for (std::size_t i = 0; i < entries.size(); ++i) append_entry(entries[i], i + 1 < entries.size());
  work_.notify_all();
  return filling_;
}

Result<std::shared_ptr<Commit>> ShardJournal::append_control(EntryKind kind,
                                                             Commit::Effect effect) {
  TRY(check_writable(entry_header_size));
  EntryHeader header;
  header.kind = kind;
  header.log = effect.log;
  header.base_offset = effect.offset;
  write_entry(header, {});
  filling_->effects.push_back(effect);
  work_.notify_all();
  return filling_;
}

Result<std::shared_ptr<Commit>> ShardJournal::trim(Log& log, Offset start) {
  CHECK(start <= log.committed_offset());
  return append_control(EntryKind::trim, {Commit::Effect::Kind::trim, log.id(), start});
}

Result<std::shared_ptr<Commit>> ShardJournal::drop(Log& log) {
  return append_control(EntryKind::drop, {Commit::Effect::Kind::drop, log.id(), log.next_offset()});
}

Task<void> ShardJournal::run_commits() {
  while (true) {
    if (broken_) co_return;
    if (!filling_->effects.empty()) {
      co_await commit_once();
    } else if (wants_roll() && (!roll_error_ || reactor_.now() >= retry_roll_at_)) {
      co_await roll_when_due();
    } else if (closing_) {
      co_return;
    } else {
      co_await work_.wait();
    }
  }
}

Task<void> ShardJournal::roll_when_due() {
  rolling_ = true;
  auto rolled = co_await roll();
  rolling_ = false;
  roll_error_.reset();
  if (!rolled) {
    if (rolled.error().code() == ErrorCode::no_space) {
      roll_requested_ = false;
      roll_error_ = rolled.error();
      retry_roll_at_ = reactor_.now() + roll_retry_interval;
    } else {
      break_down(rolled.error());
    }
  }
  roomy_.notify_all();
}

Task<Result<>> ShardJournal::write_tail(std::uint32_t to) {
  auto pages = tail_.pages(synced_, to);
  const auto end = static_cast<std::uint32_t>(align_up(to, io::direct_alignment));
  filled_ = std::max(filled_, end);
  const auto file = tail_.chunk()->file;
  if (options_.durability == Durability::os)
    co_return co_await file->write(pages.position, std::move(pages.parts));
  ++statistics_.syncs;
  co_return co_await file->write_and_sync(pages.position, std::move(pages.parts));
}

Task<void> ShardJournal::commit_once() {
  const auto commit = std::exchange(filling_, std::make_shared<Commit>(reactor_));
  const std::uint32_t to = tail_.end();
  const std::uint32_t size = to - synced_;
  auto written = co_await write_tail(to);
  if (!written) {
    if (written.error().code() == ErrorCode::no_space) {
      fail_uncommitted(commit, written.error());
    } else {
      finish(*commit, fail(written.error()));
      break_down(written.error());
    }
    co_return;
  }
  synced_ = to;
  tail_.release(to);
  bytes_since_checkpoint_ += size;
  ++statistics_.commits;
  statistics_.committed_bytes += size;
  finish(*commit, {});
  roomy_.notify_all();
  small_commits_ = size < small_commit_bytes ? small_commits_ + 1 : 0;
  const bool ahead_is_short =
      filled_ < to + fill_when_ahead_below && to + fill_step < options_.chunk_bytes;
  if (small_commits_ >= small_commits_before_filling && ahead_is_short && !filling_ahead_ &&
      options_.durability == Durability::disk) {
    gate_.spawn(fill_ahead());
  }
  if (tail_.end() > options_.chunk_bytes / 2 && !next_file_ && !preparing_next_)
    gate_.spawn(prepare_ahead());
}

Task<void> ShardJournal::fill_ahead() {
  filling_ahead_ = true;
  const std::uint32_t from = filled_;
  filled_ += fill_step;
  std::vector<ByteView> parts(fill_step / zeros_size, ByteView(zeros));
  const auto file = tail_.chunk()->file;
  // A full disk shows in the next commit; nothing is lost here.
  const auto written = co_await file->write(from, std::move(parts));
  filling_ahead_ = !written;
}

void ShardJournal::apply(const Commit::Effect& effect) {
  Log* log = logs_.find(effect.log);
  if (log == nullptr) return;
  switch (effect.kind) {
    case Commit::Effect::Kind::append: logs_.commit(*log, effect.offset); break;
    case Commit::Effect::Kind::trim: logs_.trim(*log, effect.offset); break;
    case Commit::Effect::Kind::drop: logs_.drop(effect.log); break;
  }
  if (effect.kind != Commit::Effect::Kind::append) reclaim_wanted_.notify_all();
}

void ShardJournal::finish(Commit& commit, Result<> outcome) {
  if (outcome) std::ranges::for_each(commit.effects, [this](const auto& effect) { apply(effect); });
  commit.outcome = std::move(outcome);
  commit.ended.notify_all();
  watch_for_idleness();
}

void ShardJournal::fail_uncommitted(const std::shared_ptr<Commit>& in_flight, const Error& error) {
  const auto later = std::exchange(filling_, std::make_shared<Commit>(reactor_));
  tail_.truncate(synced_);
  ++identity_.epoch;
  for (const auto* commit : {in_flight.get(), later.get()}) {
    for (const auto& effect : commit->effects) {
      if (Log* log = logs_.find(effect.log)) logs_.roll_back(*log);
    }
  }
  finish(*in_flight, fail(error));
  finish(*later, fail(error));
  roomy_.notify_all();
}

void ShardJournal::break_down(const Error& error) {
  if (broken_) return;
  broken_ = error;
  finish(*filling_, fail(error));
  roomy_.notify_all();
  checkpoint_written_.notify_all();
  if (options_.on_broken) options_.on_broken(error);
}

}  // namespace koine::journal
