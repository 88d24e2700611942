#include "protocols/http/keyed_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <utility>

#include "core/idempotent_request.h"
#include "protocols/http/ascii_case.h"
#include "protocols/http/kept_answer.h"
#include "protocols/http/scope.h"

namespace koine::http {

namespace {

constexpr std::string_view key_field = "idempotency-key";
constexpr std::size_t key_bytes_max = 255;
// A request that runs is mostly over by then.
constexpr std::string_view retry_soon_s = "1";
// Keys are forgotten one by one.
constexpr std::string_view retry_later_s = "60";

// Of a try again, traceparent is another one, and Date, User-Agent and the like may be.
bool says_what_to_do(std::string_view name) {
  return name == "content-type" || name == "content-encoding" || name.starts_with("koine-") ||
         name.starts_with("ce-");
}

Outcome<core::IdempotencyDigest> key_of(const Request& request) {
  const auto count = std::ranges::count_if(request.headers, [](const Header& each) {
    return equal_ignoring_case(each.name, key_field);
  });
  const std::string_view key = request.header(key_field).value_or("");
  const bool is_visible = std::ranges::all_of(key, [](char c) { return c >= 0x21 && c <= 0x7E; });
  if (count != 1 || key.empty() || key.size() > key_bytes_max || !is_visible) {
    return refuse(Status::bad_request,
                  fmt::format("Idempotency-Key: expected one field of 1 to {} visible characters",
                              key_bytes_max));
  }
  return core::IdempotencyDigest::of(
      std::array{as_bytes(std::string_view("http")), as_bytes(request.user), as_bytes(key)});
}

core::IdempotencyDigest fingerprint_of(const Request& request) {
  std::map<std::string, std::string> fields;
  for (const Header& each : request.headers) {
    const std::string name = lower_case(each.name);
    if (says_what_to_do(name)) fields[name] += fmt::format("{}\n", each.value);
  }
  std::vector<ByteView> parts = {as_bytes(name_of(request.method)), as_bytes(request.target)};
  for (const auto& [name, values] : fields) {
    parts.push_back(as_bytes(name));
    parts.push_back(as_bytes(values));
  }
  parts.push_back(request.body.view());
  return core::IdempotencyDigest::of(parts);
}

Refused refuse_running() {
  return refuse(Status::conflict,
                "a request with this Idempotency-Key is still running; try again to get its answer")
      .with_header("Retry-After", retry_soon_s);
}

Refused refuse_other_request() {
  return refuse(Status::unprocessable_content,
                "this Idempotency-Key was used for another request: method, path, query, body, "
                "Content-Type, Content-Encoding, Koine-* and ce-* must be the same");
}

bool is_successful(const Outcome<Response>& outcome) {
  return outcome && static_cast<unsigned>(outcome->status) < 300;
}

std::vector<std::byte> kept_form_of(const Outcome<Response>& outcome) {
  return outcome ? kept_form(*outcome) : kept_form(outcome.error().to_response());
}

// What is not in a piece is kept alone; it says nothing that a piece does not protect from being done again.
Task<Outcome<Response>> run(Scope& scope, Request& request, const Route& route) {
  KeyedRequest& keyed = *scope.keyed;
  Outcome<Response> outcome = co_await std::get<WaitingHandler>(route.handler)(scope, request);
  if (keyed.is_kept() || !(is_successful(outcome) || keyed.has_effect())) co_return outcome;
  const auto kept = co_await core::keep_answer(
      scope.engine(), keyed.answer_piece(core::piece_of_answer, kept_form_of(outcome)));
  if (!kept) co_return fail(Problem(kept.error()));
  co_return outcome;
}

}  // namespace

core::IdempotentPiecePtr KeyedRequest::piece(std::uint32_t number, std::uint64_t plan) const {
  return std::make_shared<const core::IdempotentPiece>(core::IdempotentPiece{
      .key = key_, .request = request_, .number = number, .plan = plan, .note = {}});
}

core::IdempotentPiecePtr KeyedRequest::answer_piece(std::uint32_t number,
                                                    std::vector<std::byte> answer,
                                                    std::uint64_t plan) const {
  return std::make_shared<const core::IdempotentPiece>(
      core::IdempotentPiece{.key = key_,
                            .request = request_,
                            .number = number,
                            .plan = plan,
                            .is_answer = true,
                            .note = std::move(answer)});
}

bool KeyedRequest::was_done(std::uint32_t number) const {
  return std::ranges::any_of(records_, [&](const core::IdempotencyRecord& record) {
    return record.piece.number == number;
  });
}

Outcome<> KeyedRequest::check_plan(std::uint64_t plan) const {
  const bool is_same = std::ranges::all_of(
      records_, [&](const core::IdempotencyRecord& record) { return record.piece.plan == plan; });
  if (is_same) return {};
  return refuse(Status::conflict,
                "a part of this request was done before the server ended, and the partitions to "
                "which the rest goes have changed since; it can't be completed");
}

core::IdempotentPiecePtr piece_of(const KeyedRequest* keyed, std::uint32_t number) {
  return keyed != nullptr ? keyed->piece(number) : nullptr;
}

core::IdempotentPiecePtr answer_piece_of(const KeyedRequest* keyed, const Response& answer) {
  return keyed != nullptr ? keyed->answer_piece(0, kept_form(answer)) : nullptr;
}

Refused refuse_deleted_since(std::string_view name) {
  return refuse(Status::not_found,
                fmt::format("this request has made '{}', which was deleted since", name));
}

bool was_done(const KeyedRequest* keyed, std::uint32_t number) {
  return keyed != nullptr && keyed->was_done(number);
}

Task<Outcome<Response>> answer_once(Scope& scope, Request& request, const Route& route) {
  using Kind = core::KeyedBegin::Kind;
  CO_TRY(const core::IdempotencyDigest key, key_of(request));
  const core::IdempotencyDigest fingerprint = fingerprint_of(request);
  core::Engine& engine = scope.engine();
  auto begun = co_await core::begin_keyed(engine, key, fingerprint);
  if (!begun) {
    co_return refuse(status_of(begun.error().code()), begun.error().message())
        .with_header("Retry-After", retry_later_s);
  }
  switch (begun->kind) {
    case Kind::is_running: co_return refuse_running();
    case Kind::is_other_request: co_return refuse_other_request();
    case Kind::answered: co_return answer_again(begun->records.front());
    case Kind::first:
    case Kind::in_part: break;
  }
  KeyedRequest keyed(key, fingerprint, std::move(begun->records));
  Scope own{scope.resources, scope.connection, scope.stop, &keyed};
  Outcome<Response> outcome = co_await run(own, request, route);
  co_await core::end_keyed(engine, key);
  co_return outcome;
}

}  // namespace koine::http
