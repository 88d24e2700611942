#include "protocols/http/problem.h"

#include <fmt/format.h>

#include "base/text.h"

namespace koine::http {

Status status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument: return Status::bad_request;
    case ErrorCode::not_found: return Status::not_found;
    case ErrorCode::already_exists: return Status::conflict;
    case ErrorCode::out_of_range: return Status::range_not_satisfiable;
    case ErrorCode::corrupt: return Status::internal_server_error;
    case ErrorCode::too_large: return Status::content_too_large;
    case ErrorCode::io_error: return Status::internal_server_error;
    case ErrorCode::no_space: return Status::insufficient_storage;
    // What was closed is going away with the server: clients try again.
    case ErrorCode::unavailable:
    case ErrorCode::closed: return Status::service_unavailable;
    case ErrorCode::timed_out: return Status::gateway_timeout;
    case ErrorCode::conflict:
    case ErrorCode::duplicate: return Status::conflict;
    case ErrorCode::denied: return Status::forbidden;
    case ErrorCode::unauthenticated: return Status::unauthorized;
    case ErrorCode::unsupported: return Status::not_implemented;
  }
  return Status::internal_server_error;
}

std::string Problem::detail_of(const Error& error) {
  return error.message().empty() ? std::string(name_of(error.code())) : error.message();
}

Problem&& Problem::with(std::string_view name, std::string_view value) && {
  members_ += fmt::format(",{}:{}", json_string(name), json_string(value));
  return std::move(*this);
}

Problem&& Problem::with(std::string_view name, std::int64_t value) && {
  members_ += fmt::format(",{}:{}", json_string(name), value);
  return std::move(*this);
}

Problem&& Problem::with_header(std::string_view name, std::string_view value) && {
  headers_.push_back({std::string(name), std::string(value)});
  return std::move(*this);
}

std::string Problem::to_json() const {
  return fmt::format(R"({{"type":"about:blank","title":{},"status":{},"detail":{}{}}})",
                     json_string(phrase_of(status_)), static_cast<unsigned>(status_),
                     json_string(detail_), members_);
}

Response Problem::to_response() const {
  Response response = Response::text("application/problem+json", to_json(), status_);
  response.headers = headers_;
  return response;
}

}  // namespace koine::http
