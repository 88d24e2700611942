// The producers, the taker of producer ids, and what they send.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>

#include "clients.h"
#include "core/batch_builder.h"
#include "runtime/started.h"

namespace koine::simulation {
namespace {

constexpr std::size_t window = 5;
constexpr double large_share = 0.1;
constexpr std::uint64_t small_value_max = 3'000;
constexpr std::uint64_t large_value_max = 60'000;
constexpr std::uint64_t records_max = 4;

Task<Result<core::Appended>> append_here(core::Engine* engine, LogId log, Bytes batch) {
  const auto partition = engine->partition(log);
  if (!partition) co_return fail(ErrorCode::not_found, "no such partition");
  CO_TRY(auto appended, co_await partition->append(std::move(batch)));
  if (appended.commit) CO_TRY(co_await journal::done(appended.commit));
  co_return appended;
}

}  // namespace

BatchNumber make_batch(Ledger& ledger, io::RandomNumbers& numbers, LogId log, WallTimeMs now,
                       BatchIdentity identity) {
  const BatchNumber number = ledger.next_batch_number();
  static_assert(std::endian::native == std::endian::little);
  const auto key = std::bit_cast<std::array<std::byte, sizeof(BatchNumber)>>(number);
  core::BatchBuilder builder;
  const auto count = numbers.between(1, records_max);
  for (std::uint64_t n = 0; n < count; ++n) {
    const auto size =
        numbers.below(numbers.chance(large_share) ? large_value_max : small_value_max);
    const std::string value(size, static_cast<char>('a' + number % 26));
    builder.add({.timestamp = now, .key = ByteView(key), .value = as_bytes(value), .headers = {}});
  }
  const auto compression = numbers.chance(0.1) ? core::Compression::lz4 : core::Compression::none;
  auto built = builder.build({.compression = compression,
                              .producer_id = identity.producer,
                              .producer_epoch = identity.epoch,
                              .base_sequence = identity.sequence});
  CHECK(built.has_value());
  ledger.sending(log, std::move(*built), static_cast<std::uint32_t>(count));
  return number;
}

// Engines outlive their clients' tasks.
Task<Result<core::Appended>> produce(core::Engine& home, LogId log, Bytes batch) {
  core::Engine& owner = home.owner_of(log);
  co_return co_await runtime::call_on<Result<core::Appended>>(
      home.shard(), owner.shard(),
      [engine = &owner, log, batch = std::move(batch)] { return append_here(engine, log, batch); });
}

Task<void> PlainProducer::act(Process& process, core::Engine& home) {
  const auto target = choose_target(home);
  if (!target) co_return;
  ledger_.partition(target->log, *target->topic);
  const BatchNumber number =
      make_batch(ledger_, numbers_, target->log, home.shard().wall_clock_ms(), {});
  const auto appended = co_await produce(home, target->log, ledger_.batch(number).bytes);
  if (appended)
    ledger_.acknowledged(number, appended->base_offset);
  else
    check_refusal(process, "a plain batch", appended.error());
}

void IdempotentProducer::forget_target() {
  target_.reset();
  id_ = core::no_producer;
  unanswered_.clear();
}

Task<bool> IdempotentProducer::choose(core::Engine& home) {
  if (target_ && !home.catalog().has_log(target_->log)) forget_target();
  if (!target_) target_ = choose_target(home);
  if (!target_) co_return false;
  if (id_ != core::no_producer) co_return true;
  const auto id = co_await home.new_producer_id();
  if (!id) co_return false;
  ledger_.got_producer_id(*id);
  id_ = *id;
  next_sequence_ = 0;
  co_return true;
}

void IdempotentProducer::add_batches(core::Engine& home) {
  const std::uint64_t wanted = numbers_.between(1, window);
  while (unanswered_.size() < wanted) {
    const BatchNumber number =
        make_batch(ledger_, numbers_, target_->log, home.shard().wall_clock_ms(),
                   {.producer = id_, .epoch = 0, .sequence = next_sequence_});
    next_sequence_ += static_cast<std::int32_t>(ledger_.batch(number).record_count);
    unanswered_.push_back(number);
  }
}

Task<void> IdempotentProducer::act(Process& process, core::Engine& home) {
  if (!co_await choose(home) || process.is_stopping()) co_return;
  ledger_.partition(target_->log, *target_->topic);
  // In a new life first what the old one left unanswered, so that its answer does not depend on what follows.
  if (unanswered_.empty() || in_this_life_) add_batches(home);
  in_this_life_ = true;
  std::vector<runtime::Started<Result<core::Appended>>> sent;
  for (const BatchNumber number : unanswered_) {
    sent.push_back(runtime::start(process.clients(),
                                  produce(home, target_->log, ledger_.batch(number).bytes)));
  }
  bool one_failed = false;
  for (std::size_t n = 0; n < sent.size(); ++n) {
    const auto appended = co_await sent[n].result();
    if (one_failed) {
      // What a dead server still says nobody hears: it may know the rest as duplicates.
      if (appended && !process.is_dead())
        ledger_.violation("an idempotent batch was taken after the one before it was refused");
      continue;
    }
    if (appended) {
      ledger_.acknowledged(unanswered_.front(), appended->base_offset);
      unanswered_.pop_front();
      continue;
    }
    check_refusal(process, "an idempotent batch", appended.error());
    one_failed = true;
  }
}

Task<void> IdTaker::act(Process& process, core::Engine& home) {
  const auto id = co_await home.new_producer_id();
  if (id)
    ledger_.got_producer_id(*id);
  else
    check_refusal(process, "a producer id", id.error());
}

}  // namespace koine::simulation
