// Problem: what HTTP answers to what can't be done, as `application/problem+json` (RFC 9457); and the one map from our error
// codes to status codes.
//
//   CO_TRY(const auto topic, co_await engine.create_topic(spec));     an Error becomes a Problem by itself
//   co_return refuse(Status::gone, "offset 3 of orders-0 is no longer kept").with("first_offset", 17);
//
//   {"type": "about:blank", "title": "Gone", "status": 410, "detail": "offset 3 ...", "first_offset": 17}
//
// Details are sentences as in base/error.h.
#pragma once

#include <concepts>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/result.h"
#include "protocols/http/message.h"

namespace koine::http {

Status status_of(ErrorCode code);

class Problem {
 public:
  Problem(Status status, std::string detail) : status_(status), detail_(std::move(detail)) {}
  // NOLINTNEXTLINE(google-explicit-constructor): so that TRY passes on what core/ refused.
  Problem(Error error) : Problem(status_of(error.code()), detail_of(error)) {}

  Status status() const { return status_; }
  const std::string& detail() const { return detail_; }

  // A member of the object besides RFC 9457's own, of our choice of name.
  Problem&& with(std::string_view name, std::string_view value) &&;
  Problem&& with(std::string_view name, std::int64_t value) &&;
  // A field of the response: `Retry-After`, `Allow`.
  Problem&& with_header(std::string_view name, std::string_view value) &&;

  std::string to_json() const;
  Response to_response() const;

 private:
  static std::string detail_of(const Error& error);

  Status status_;
  std::string detail_;
  std::string members_;  // `,"name":value` ...
  std::vector<Response::Field> headers_;
};

template <typename T = void>
using Outcome = std::expected<T, Problem>;

// Converts to any Outcome: `co_return refuse(Status::not_found, "...")`.
class Refused : public std::unexpected<Problem> {
 public:
  using std::unexpected<Problem>::unexpected;
  Refused with(std::string_view name, auto value) && {
    return Refused(std::move(error()).with(name, value));
  }
  Refused with_header(std::string_view name, std::string_view value) && {
    return Refused(std::move(error()).with_header(name, value));
  }
};

inline Refused refuse(Status status, std::string detail) {
  return Refused(Problem(status, std::move(detail)));
}

}  // namespace koine::http

namespace koine {

// For TRY and CO_TRY.
inline std::unexpected<http::Problem> fail(http::Problem problem) {
  return std::unexpected<http::Problem>(std::move(problem));
}

}  // namespace koine
