#include "io/real/system_error.h"

#include <fmt/format.h>

#include <cctype>
#include <cerrno>
#include <system_error>

namespace koine::io {

std::string system_error_text(int number) {
  std::string text = std::system_category().message(number);
  if (!text.empty())
    text.front() = static_cast<char>(std::tolower(static_cast<unsigned char>(text.front())));
  return text;
}

ErrorCode code_of_system_error(int number) {
  switch (number) {
    case ENOENT:
    case ENOTDIR: return ErrorCode::not_found;
    case EEXIST: return ErrorCode::already_exists;
    case EACCES:
    case EPERM:
    case EROFS: return ErrorCode::denied;
    case ENOSPC:
    case EDQUOT: return ErrorCode::no_space;
    case EPIPE:
    case ECONNRESET: return ErrorCode::closed;
    case EADDRINUSE:
    case ECONNREFUSED:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EMFILE:
    case ENFILE: return ErrorCode::unavailable;
    case ETIMEDOUT: return ErrorCode::timed_out;
    case EADDRNOTAVAIL:
    case ENAMETOOLONG: return ErrorCode::invalid_argument;
    default: return ErrorCode::io_error;
  }
}

std::unexpected<Error> system_failure(std::string_view what, int number) {
  return fail(code_of_system_error(number), fmt::format("{}: {}", what, system_error_text(number)));
}

}  // namespace koine::io
