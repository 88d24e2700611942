#include "core/idempotent_request.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/engine.h"
#include "core/idempotency_log.h"
#include "runtime/started.h"

namespace koine::core {
namespace {

using Records = std::vector<IdempotencyRecord>;
using Claim = IdempotencyLog::Claim;

Task<Result<Claim>> claim_there(Engine* home, IdempotencyDigest key, IdempotencyDigest request) {
  co_return home->idempotency().claim(key, request);
}

Task<bool> release_there(Engine* home, IdempotencyDigest key) {
  home->idempotency().release(key);
  co_return true;
}

// What a shard says of a key, and whether it can keep another one.
struct Found {
  Records records;
  Result<> room;
};

Task<Found> find_there(Engine* engine, IdempotencyDigest key) {
  IdempotencyLog& log = engine->idempotency();
  co_return Found{.records = log.find(key), .room = log.check_room()};
}

Task<Found> find_on(Engine* here, Engine* engine, IdempotencyDigest key) {
  co_return co_await runtime::call_on<Found>(here->shard(), engine->shard(),
                                             [engine, key] { return find_there(engine, key); });
}

Task<Found> find_everywhere(Engine& here, IdempotencyDigest key) {
  if (here.all().size() == 1) co_return co_await find_there(&here, key);
  runtime::Gate gate;
  std::vector<runtime::Started<Found>> calls;
  for (Engine* engine : here.all())
    calls.push_back(runtime::start(gate, find_on(&here, engine, key)));
  Found all;
  for (const auto& call : calls) {
    Found found = co_await call.result();
    std::ranges::move(found.records, std::back_inserter(all.records));
    if (!found.room) all.room = std::move(found.room);
  }
  co_await gate.close();
  co_return all;
}

KeyedBegin judged(Records records, const IdempotencyDigest& request) {
  using Kind = KeyedBegin::Kind;
  const auto is_other = [&](const IdempotencyRecord& record) {
    return record.piece.request != request;
  };
  if (std::ranges::any_of(records, is_other))
    return {.kind = Kind::is_other_request, .records = {}};
  const auto answer = std::ranges::find_if(
      records, [](const IdempotencyRecord& record) { return record.piece.is_answer; });
  if (answer == records.end()) {
    return {.kind = records.empty() ? Kind::first : Kind::in_part, .records = std::move(records)};
  }
  KeyedBegin begin{.kind = Kind::answered, .records = {}};
  begin.records.push_back(std::move(*answer));
  return begin;
}

}  // namespace

Task<Result<KeyedBegin>> begin_keyed(Engine& here, IdempotencyDigest key,
                                     IdempotencyDigest request) {
  using Kind = KeyedBegin::Kind;
  Engine* const home = &here.owner_of_key(key);
  CO_TRY(const Claim claim, co_await runtime::call_on<Result<Claim>>(
                                here.shard(), home->shard(),
                                [home, key, request] { return claim_there(home, key, request); }));
  if (claim == Claim::is_running) co_return KeyedBegin{.kind = Kind::is_running, .records = {}};
  if (claim == Claim::is_other_request) {
    co_return KeyedBegin{.kind = Kind::is_other_request, .records = {}};
  }
  Found found = co_await find_everywhere(here, key);
  KeyedBegin begin = judged(std::move(found.records), request);
  const bool is_refused = begin.kind == Kind::first && !found.room;
  const bool goes_on = begin.kind == Kind::first || begin.kind == Kind::in_part;
  if (!goes_on || is_refused) co_await end_keyed(here, key);
  if (is_refused) co_return fail(std::move(found.room).error());
  co_return begin;
}

Task<void> end_keyed(Engine& here, IdempotencyDigest key) {
  Engine* const home = &here.owner_of_key(key);
  co_await runtime::call_on<bool>(here.shard(), home->shard(),
                                  [home, key] { return release_there(home, key); });
}

Task<Result<>> keep_answer(Engine& here, IdempotentPiecePtr piece) {
  Engine* const home = &here.owner_of_key(piece->key);
  co_return co_await runtime::call_on<Result<>>(
      here.shard(), home->shard(),
      [home, piece = std::move(piece)] { return home->idempotency().keep(piece, -1); });
}

}  // namespace koine::core
