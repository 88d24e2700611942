#include "core/idempotency_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/byte_order.h"
#include "base/check.h"
#include "base/fields.h"

namespace koine::core {
namespace {

constexpr std::uint8_t saved_version = 1;
// So few are looked through when there is no need to.
constexpr std::size_t passing_min = 64;

// With what the tables need for it.
std::size_t size_of(const std::vector<std::byte>& record) {
  constexpr std::size_t tables = 224;
  return tables + record.size();
}

// What was encoded here, or checked when it came back.
IdempotencyRecord decoded(const std::vector<std::byte>& record) {
  auto whole = decode_record(record);
  CHECK(whole.has_value());
  return std::move(*whole);
}

}  // namespace

IdempotencyEntry::IdempotencyEntry(journal::Log& log, IdempotencyRecord record)
    : record_(std::move(record)),
      offset_(log.next_offset()),
      bytes_(encode_record(record_)),
      part_{.bytes = bytes_, .crc = std::nullopt},
      append_{.log = &log,
              .record_count = 1,
              .timestamp_max = record_.made_ms,
              .body = {&part_, 1},
              .also = {}} {}

IdempotencyLog::~IdempotencyLog() { detach(); }

void IdempotencyLog::attach(journal::Journal& journal, journal::Log& log) {
  CHECK(log_ == nullptr);
  journal_ = &journal;
  log_ = &log;
  log.observe(this);
}

void IdempotencyLog::detach() {
  if (log_ != nullptr) log_->observe(nullptr);
  journal_ = nullptr;
  log_ = nullptr;
  pending_.clear();
}

std::vector<std::byte> IdempotencyLog::save() {
  forget_old();
  std::uint32_t count = 0;
  std::size_t size = sizeof saved_version + sizeof count;
  for (const auto& [key, known] : known_) {
    count += static_cast<std::uint32_t>(known.records.size());
    for (const auto& record : known.records) size += sizeof(std::uint32_t) + record.size();
  }
  FieldWriter head;
  head.number(saved_version);
  head.number(count);
  std::vector<std::byte> saved = head.take();
  saved.reserve(size);
  // By age, as they are to come back.
  for (const Aging& aging : by_age_) {
    for (const auto& record : known_.at(aging.key).records) {
      std::array<std::byte, sizeof(std::uint32_t)> length{};
      store_le(length.data(), static_cast<std::uint32_t>(record.size()));
      saved.insert(saved.end(), length.begin(), length.end());
      saved.insert(saved.end(), record.begin(), record.end());
    }
  }
  return saved;
}

Result<> IdempotencyLog::restore(ByteView saved) {
  FieldReader reader(saved);
  TRY(const auto version, reader.number<std::uint8_t>());
  if (version != saved_version) {
    return fail(ErrorCode::unsupported,
                fmt::format("idempotency keys in format {}, expected {}", version, saved_version));
  }
  TRY(const std::uint32_t count, reader.count(sizeof(std::uint32_t)));
  for (std::uint32_t n = 0; n < count; ++n) {
    TRY(const ByteView entry, reader.blob());
    TRY(replay(entry));
  }
  return reader.finish();
}

Result<> IdempotencyLog::replay(ByteView entry) {
  TRY(const IdempotencyRecord record, decode_record(entry));
  add(record.piece.key, record.made_ms, progress_in(record.piece), {entry.begin(), entry.end()});
  return {};
}

IdempotencyLog::Claim IdempotencyLog::claim(const IdempotencyDigest& key,
                                            const IdempotencyDigest& request) {
  const auto [at, is_new] = running_.try_emplace(key, request);
  if (is_new) return Claim::taken;
  return at->second == request ? Claim::is_running : Claim::is_other_request;
}

std::vector<IdempotencyRecord> IdempotencyLog::find(const IdempotencyDigest& key) {
  forget_old();
  std::vector<IdempotencyRecord> records;
  const auto passing = passing_.find(key);
  if (passing != passing_.end()) {
    if (passing->second.lasts()) records.push_back(passing->second.record);
    if (records.empty()) passing_.erase(passing);
  }
  const auto found = known_.find(key);
  if (found == known_.end()) return records;
  for (const auto& record : found->second.records) records.push_back(decoded(record));
  return records;
}

std::optional<IdempotencyRecord> IdempotencyLog::find(const IdempotentPiece& piece) {
  if (piece.is_progress) return std::nullopt;
  for (IdempotencyRecord& record : find(piece.key)) {
    const bool is_piece =
        record.piece.number == piece.number && record.piece.request == piece.request;
    if (is_piece) return std::move(record);
  }
  return std::nullopt;
}

Result<> IdempotencyLog::check_room() {
  forget_old();
  const WallTimeMs now = shard_.wall_clock_ms();
  while (bytes_ >= options_.bytes_max) {
    const WallTimeMs oldest = by_age_.empty() ? now : by_age_.front().first_ms;
    const std::int64_t wait_ms = oldest + options_.retention_min_ms - now;
    if (wait_ms > 0) {
      return fail(ErrorCode::unavailable,
                  fmt::format("{} idempotency keys are kept, as many as http.idempotency_bytes_max "
                              "has room for; the oldest may be forgotten in {} s "
                              "(http.idempotency_retention_min_ms)",
                              known_.size(), wait_ms / 1000 + 1));
    }
    forget_first();
    ++forgotten_early_;
  }
  return {};
}

std::unique_ptr<IdempotencyEntry> IdempotencyLog::entry_of(
    const IdempotentPiece& piece, std::int64_t result, std::vector<std::uint32_t> rejected) const {
  CHECK(log_ != nullptr && piece.note.size() <= idempotency_note_bytes_max);
  IdempotencyRecord record{.piece = piece,
                           .made_ms = shard_.wall_clock_ms(),
                           .result = result,
                           .rejected = std::move(rejected)};
  if (!record.rejected.empty()) record.piece.is_answer = false;
  return std::make_unique<IdempotencyEntry>(*log_, std::move(record));
}

void IdempotencyLog::appended(IdempotencyEntry& entry) {
  bytes_ += size_of(entry.bytes_);
  pending_.push_back({.offset = entry.offset_,
                      .key = entry.record_.piece.key,
                      .made_ms = entry.record_.made_ms,
                      .progress_of = progress_in(entry.record_.piece),
                      .record = std::move(entry.bytes_)});
}

Task<Result<>> IdempotencyLog::keep(IdempotentPiecePtr piece, std::int64_t result) {
  if (journal_ == nullptr) co_return fail(ErrorCode::closed, "the journal is closed");
  CO_TRY(co_await journal_->room());
  if (journal_ == nullptr) co_return fail(ErrorCode::closed, "the journal is closed");
  const auto entry = entry_of(*piece, result);
  CO_TRY(auto commit, journal_->append({&entry->append(), 1}));
  appended(*entry);
  co_return co_await journal::done(std::move(commit));
}

void IdempotencyLog::remember(IdempotencyRecord record, std::function<bool()> lasts) {
  if (passing_.size() >= look_above_) {
    std::erase_if(passing_, [](const auto& each) { return !each.second.lasts(); });
    look_above_ = std::max(passing_min, 2 * passing_.size());
  }
  const IdempotencyDigest key = record.piece.key;
  passing_.insert_or_assign(key, Passing{.record = std::move(record), .lasts = std::move(lasts)});
}

std::optional<std::uint32_t> IdempotencyLog::progress_in(const IdempotentPiece& piece) {
  return piece.is_progress ? std::optional(piece.number) : std::nullopt;
}

void IdempotencyLog::add(const IdempotencyDigest& key, WallTimeMs made_ms,
                         std::optional<std::uint32_t> progress_of, std::vector<std::byte> record) {
  if (made_ms + options_.retention_ms <= shard_.wall_clock_ms()) return;
  record.shrink_to_fit();
  bytes_ += size_of(record);
  const auto [at, is_new] = known_.try_emplace(key);
  if (is_new) {
    at->second.first_ms = made_ms;
    by_age_.push_back({.first_ms = made_ms, .key = key});
  }
  if (progress_of) forget_progress(at->second, *progress_of);
  at->second.records.push_back(std::move(record));
}

void IdempotencyLog::forget_progress(Known& known, std::uint32_t number) {
  std::erase_if(known.records, [&](const std::vector<std::byte>& record) {
    const bool is_past = progress_in(decoded(record).piece) == number;
    if (is_past) bytes_ -= size_of(record);
    return is_past;
  });
}

// The clock may be set back: what was made later then waits for what is before it.
void IdempotencyLog::forget_old() {
  const WallTimeMs now = shard_.wall_clock_ms();
  while (!by_age_.empty() && by_age_.front().first_ms + options_.retention_ms <= now)
    forget_first();
}

void IdempotencyLog::forget_first() {
  const auto found = known_.find(by_age_.front().key);
  for (const auto& record : found->second.records) bytes_ -= size_of(record);
  known_.erase(found);
  by_age_.pop_front();
}

void IdempotencyLog::on_committed(Offset committed) {
  while (!pending_.empty() && pending_.front().offset < committed) {
    Pending& first = pending_.front();
    bytes_ -= size_of(first.record);
    add(first.key, first.made_ms, first.progress_of, std::move(first.record));
    pending_.pop_front();
  }
}

void IdempotencyLog::on_rolled_back(Offset committed) {
  while (!pending_.empty() && pending_.back().offset >= committed) {
    bytes_ -= size_of(pending_.back().record);
    pending_.pop_back();
  }
}

}  // namespace koine::core
