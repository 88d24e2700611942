#include "base/error.h"

namespace koine {

std::string_view name_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument: return "invalid_argument";
    case ErrorCode::not_found: return "not_found";
    case ErrorCode::already_exists: return "already_exists";
    case ErrorCode::out_of_range: return "out_of_range";
    case ErrorCode::corrupt: return "corrupt";
    case ErrorCode::too_large: return "too_large";
    case ErrorCode::io_error: return "io_error";
    case ErrorCode::no_space: return "no_space";
    case ErrorCode::unavailable: return "unavailable";
    case ErrorCode::timed_out: return "timed_out";
    case ErrorCode::closed: return "closed";
    case ErrorCode::conflict: return "conflict";
    case ErrorCode::duplicate: return "duplicate";
    case ErrorCode::denied: return "denied";
    case ErrorCode::unauthenticated: return "unauthenticated";
    case ErrorCode::unsupported: return "unsupported";
  }
  return "unknown";
}

std::string Error::to_string() const {
  std::string text(name_of(code_));
  if (!message_.empty()) {
    text += ": ";
    text += message_;
  }
  return text;
}

Error Error::while_doing(std::string_view what) && {
  std::string text(what);
  if (!message_.empty()) {
    text += ": ";
    text += message_;
  }
  return Error(code_, std::move(text));
}

}  // namespace koine
