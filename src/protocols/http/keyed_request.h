// KeyedRequest: a write with `Idempotency-Key`: the same key with the same request gets the first answer again, also after a
// restart; whatever happens in between, what it does is done once (core/idempotency.h).
//
//   answer_once()  claims the key; the first answer again, or a problem; or:
//     handler      gives core/ a piece for each thing that it does, and says if a piece has the answer (set_kept)
//   answer_once()  else keeps the answer, if the request had an effect or was successful
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/task.h"
#include "core/idempotency.h"
#include "protocols/http/message.h"
#include "protocols/http/problem.h"
#include "protocols/http/route.h"

namespace koine::http {

struct Scope;

// Records or messages in a request with a key.
inline constexpr std::size_t keyed_count_max = 1000;

class KeyedRequest {
 public:
  // `records`: what was done before the process ended, if it was.
  KeyedRequest(core::IdempotencyDigest key, core::IdempotencyDigest request,
               std::vector<core::IdempotencyRecord> records)
      : key_(key), request_(request), records_(std::move(records)) {}

  const core::IdempotencyDigest& key() const { return key_; }
  // The same whenever it comes: for what is chosen else by turns.
  std::uint32_t spread() const { return key_.number(); }

  core::IdempotentPiecePtr piece(std::uint32_t number, std::uint64_t plan = 0) const;
  // One with which the whole answer is known (kept_answer.h).
  core::IdempotentPiecePtr answer_piece(std::uint32_t number, std::vector<std::byte> answer,
                                        std::uint64_t plan = 0) const;
  // Before it was cut off, all shards' records.
  std::span<const core::IdempotencyRecord> records() const { return records_; }
  bool was_done(std::uint32_t number) const;
  // Problems: conflict: a part was done before the process ended, and the rest would go elsewhere now.
  Outcome<> check_plan(std::uint64_t plan) const;

  // The answer is durable, with a piece; or known as long as what it is about lasts.
  void set_kept() { is_kept_ = true; }
  bool is_kept() const { return is_kept_; }
  // Something is durable although the answer is a problem: it is kept, too.
  void set_effect() { has_effect_ = true; }
  bool has_effect() const { return has_effect_; }

 private:
  core::IdempotencyDigest key_;
  core::IdempotencyDigest request_;
  std::vector<core::IdempotencyRecord> records_;
  bool is_kept_ = false;
  bool has_effect_ = false;
};

// Null without a key.
core::IdempotentPiecePtr piece_of(const KeyedRequest* keyed, std::uint32_t number);
core::IdempotentPiecePtr answer_piece_of(const KeyedRequest* keyed, const Response& answer);
bool was_done(const KeyedRequest* keyed, std::uint32_t number);
// What was made before the process ended, by this request, is not made again.
Refused refuse_deleted_since(std::string_view name);

// The request has an Idempotency-Key, and the route keeps them. Problems: bad_request (the key), conflict (it is under way),
// unprocessable_content (another request had the key), service_unavailable (no room for more keys), and the handler's.
Task<Outcome<Response>> answer_once(Scope& scope, Request& request, const Route& route);

}  // namespace koine::http
