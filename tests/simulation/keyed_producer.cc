// The producer whose requests have a key: what was done of one is known in every later life, and never done twice.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/byte_order.h"
#include "clients.h"
#include "core/topic_append.h"
#include "runtime/started.h"

namespace koine::simulation {
namespace {

constexpr std::uint64_t batches_max = 3;
constexpr std::uint64_t repetitions_max = 3;

core::IdempotencyDigest digest_of(std::uint64_t number) {
  std::array<std::byte, sizeof number> bytes{};
  store_le(bytes.data(), number);
  const ByteView view(bytes);
  return core::IdempotencyDigest::of({&view, 1});
}

std::vector<std::byte> answer_of(const core::IdempotencyDigest& what) {
  return {what.bytes.begin(), what.bytes.end()};
}

const core::IdempotencyRecord* find_piece(const core::KeyedBegin& begun, std::size_t number) {
  const auto found = std::ranges::find(
      begun.records, number, [](const auto& record) { return std::size_t{record.piece.number}; });
  return found != begun.records.end() ? &*found : nullptr;
}

}  // namespace

KeyedProducer::RequestPtr KeyedProducer::make_request(core::Engine& home) {
  auto request = std::make_shared<Request>();
  request->key = digest_of(numbers_.next());
  request->what = digest_of(numbers_.next());
  request->repetitions = numbers_.below(repetitions_max + 1);
  for (auto left = numbers_.between(1, batches_max); left > 0; --left) {
    const auto target = choose_target(home);
    if (!target) return nullptr;
    ledger_.partition(target->log, *target->topic);
    request->batches.push_back(
        make_batch(ledger_, numbers_, target->log, home.shard().wall_clock_ms(), {}));
  }
  return request;
}

void KeyedProducer::check_known(const Request& request, const core::KeyedBegin& begun,
                                const std::vector<bool>& was_acknowledged) {
  for (std::size_t n = 0; n < request.batches.size(); ++n) {
    const BatchNumber number = request.batches[n];
    if (const auto* record = find_piece(begun, n))
      ledger_.acknowledged(number, Offset{record->result});
    else if (was_acknowledged[n])
      ledger_.violation(
          fmt::format("batch {} was acknowledged, and is not known with its key", number));
  }
}

Task<Result<>> KeyedProducer::complete(Process& process, core::Engine& home, RequestPtr request,
                                       core::KeyedBegin begun) {
  const auto piece = [&](std::uint32_t number, bool is_answer) {
    return std::make_shared<const core::IdempotentPiece>(core::IdempotentPiece{
        .key = request->key,
        .request = request->what,
        .number = number,
        .is_answer = is_answer,
        .note = is_answer ? answer_of(request->what) : std::vector<std::byte>()});
  };
  std::vector<core::PartitionBatch> appends;
  std::vector<BatchNumber> numbers;
  for (std::size_t n = 0; n < request->batches.size(); ++n) {
    if (find_piece(begun, n) != nullptr) continue;
    const SentBatch& batch = ledger_.batch(request->batches[n]);
    numbers.push_back(request->batches[n]);
    appends.push_back(
        {.log = batch.log,
         .batch = batch.bytes,
         .keyed = loses_keys_ ? nullptr : piece(static_cast<std::uint32_t>(n), false)});
  }
  const auto outcomes = co_await core::append_durably(home, std::move(appends));
  Result<> outcome;
  for (std::size_t n = 0; n < outcomes.size(); ++n) {
    if (outcomes[n]) {
      ledger_.acknowledged(numbers[n], *outcomes[n]);
      continue;
    }
    request->is_over |= outcomes[n].error().code() == ErrorCode::not_found;
    outcome = fail(outcomes[n].error());
  }
  if (!outcome || process.is_dead()) co_return outcome;
  CO_TRY(co_await core::keep_answer(home, piece(core::piece_of_answer, true)));
  request->is_answered = true;
  co_return Result<>{};
}

Task<Result<>> KeyedProducer::send(Process& process, core::Engine& home, RequestPtr request) {
  using enum core::KeyedBegin::Kind;
  const bool was_answered = request->is_answered;
  std::vector<bool> was_acknowledged;
  for (const BatchNumber number : request->batches)
    was_acknowledged.push_back(ledger_.batch(number).acknowledged.has_value());
  const bool began_alone = under_way_++ == 0;
  const std::size_t number = ++sent_;
  auto begun = co_await core::begin_keyed(home, request->key, request->what);
  Result<> outcome;
  if (!begun) outcome = fail(begun.error());
  if (begun && !process.is_dead()) {
    if (was_answered && begun->kind != answered && begun->kind != is_running)
      ledger_.violation("a request with a key was answered, and its answer is not known");
    switch (begun->kind) {
      case first:
      case in_part:
        check_known(*request, *begun, was_acknowledged);
        outcome = co_await complete(process, home, request, std::move(*begun));
        co_await core::end_keyed(home, request->key);
        break;
      case answered:
        request->is_answered = true;
        if (begun->records.front().piece.note != answer_of(request->what))
          ledger_.violation("a request with a key got another answer than the first time");
        break;
      case is_running:
        if (began_alone && number == sent_)
          ledger_.violation("a request with a key runs that nobody sent");
        break;
      case is_other_request: ledger_.violation("a request with a key is not the same"); break;
    }
  }
  --under_way_;
  co_return outcome;
}

Task<Result<>> KeyedProducer::misuse_key(Process& process, core::Engine& home, RequestPtr request) {
  CO_TRY(const auto begun,
         co_await core::begin_keyed(home, request->key, digest_of(numbers_.next())));
  if (!process.is_dead() && begun.kind != core::KeyedBegin::Kind::is_other_request)
    ledger_.violation("a key was taken for another request");
  co_return Result<>{};
}

Task<void> KeyedProducer::act(Process& process, core::Engine& home) {
  if (request_ && (request_->is_over || (request_->is_answered && request_->repetitions == 0)))
    request_.reset();
  if (!request_) request_ = make_request(home);
  if (!request_) co_return;
  if (request_->is_answered) --request_->repetitions;
  const RequestPtr request = request_;
  std::optional<runtime::Started<Result<>>> other;
  if (numbers_.chance(0.2)) {
    core::Engine& elsewhere = process.engine(numbers_.below(process.shard_count()));
    other = runtime::start(process.clients(), send(process, elsewhere, request));
  }
  auto outcome = co_await send(process, home, request);
  if (other) {
    const auto second = co_await other->result();
    if (outcome && !second) outcome = second;
  }
  if (outcome && request->is_answered && numbers_.chance(0.1))
    outcome = co_await misuse_key(process, home, request);
  if (!outcome) check_refusal(process, "a request with a key", outcome.error());
}

}  // namespace koine::simulation
