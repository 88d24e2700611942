#include "protocols/http/status.h"

namespace koine::http {

std::string_view phrase_of(Status status) {
  using enum Status;
  switch (status) {
    case switching_protocols: return "Switching Protocols";
    case ok: return "OK";
    case created: return "Created";
    case accepted: return "Accepted";
    case no_content: return "No Content";
    case partial_content: return "Partial Content";
    case not_modified: return "Not Modified";
    case bad_request: return "Bad Request";
    case unauthorized: return "Unauthorized";
    case forbidden: return "Forbidden";
    case not_found: return "Not Found";
    case method_not_allowed: return "Method Not Allowed";
    case not_acceptable: return "Not Acceptable";
    case request_timeout: return "Request Timeout";
    case conflict: return "Conflict";
    case gone: return "Gone";
    case precondition_failed: return "Precondition Failed";
    case content_too_large: return "Content Too Large";
    case uri_too_long: return "URI Too Long";
    case unsupported_media_type: return "Unsupported Media Type";
    case range_not_satisfiable: return "Range Not Satisfiable";
    case expectation_failed: return "Expectation Failed";
    case misdirected_request: return "Misdirected Request";
    case unprocessable_content: return "Unprocessable Content";
    case upgrade_required: return "Upgrade Required";
    case too_many_requests: return "Too Many Requests";
    case header_fields_too_large: return "Request Header Fields Too Large";
    case internal_server_error: return "Internal Server Error";
    case not_implemented: return "Not Implemented";
    case service_unavailable: return "Service Unavailable";
    case gateway_timeout: return "Gateway Timeout";
    case version_not_supported: return "HTTP Version Not Supported";
    case insufficient_storage: return "Insufficient Storage";
  }
  return "Unknown";
}

}  // namespace koine::http
