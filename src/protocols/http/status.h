// Status: the status codes that are sent, and their phrases (RFC 9110 15).
#pragma once

#include <cstdint>
#include <string_view>

namespace koine::http {

enum class Status : std::uint16_t {
  switching_protocols = 101,
  ok = 200,
  created = 201,
  accepted = 202,
  no_content = 204,
  partial_content = 206,
  not_modified = 304,
  bad_request = 400,
  unauthorized = 401,
  forbidden = 403,
  not_found = 404,
  method_not_allowed = 405,
  not_acceptable = 406,
  request_timeout = 408,
  conflict = 409,
  gone = 410,
  precondition_failed = 412,
  content_too_large = 413,
  uri_too_long = 414,
  unsupported_media_type = 415,
  range_not_satisfiable = 416,
  expectation_failed = 417,
  misdirected_request = 421,
  unprocessable_content = 422,
  upgrade_required = 426,
  too_many_requests = 429,
  header_fields_too_large = 431,
  internal_server_error = 500,
  not_implemented = 501,
  service_unavailable = 503,
  gateway_timeout = 504,
  version_not_supported = 505,
  insufficient_storage = 507,
};

// "Not Found".
std::string_view phrase_of(Status status);

// 1xx, 204 and 304 have none (RFC 9110 6.4.1).
constexpr bool may_have_body(Status status) {
  return static_cast<std::uint16_t>(status) >= 200 && status != Status::no_content &&
         status != Status::not_modified;
}

}  // namespace koine::http
