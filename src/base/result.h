// Result<T>: a value or an Error. The only way in which Koine's functions fail.
//
// Two ways to pass an error on, and no third:
//   TRY(auto header, decode_header(reader));      in functions:  declares `header` or returns the error
//   TRY(check_size(length));                      for Result<void>
//   CO_TRY(auto file, co_await disk.open(path));  the same in coroutines
#pragma once

#include <expected>
#include <string>
#include <utility>

#include "base/error.h"

namespace koine {

template <typename T = void>
using Result = std::expected<T, Error>;

// `return fail(ErrorCode::corrupt, fmt::format(...));`
inline std::unexpected<Error> fail(ErrorCode code, std::string message = {}) {
  return std::unexpected<Error>(Error(code, std::move(message)));
}

inline std::unexpected<Error> fail(Error error) { return std::unexpected<Error>(std::move(error)); }

}  // namespace koine

// NOLINTBEGIN(cppcoreguidelines-macro-usage, bugprone-macro-parentheses): they return from the caller.
#define KOINE_CONCAT_INNER(a, b) a##b
#define KOINE_CONCAT(a, b) KOINE_CONCAT_INNER(a, b)

#define KOINE_TRY_VALUE(leave, temporary, declaration, ...) \
  auto temporary = (__VA_ARGS__);                           \
  if (!temporary) [[unlikely]] {                            \
    leave ::koine::fail(std::move(temporary).error());      \
  }                                                         \
  declaration = std::move(*temporary)

#define KOINE_TRY_VOID(leave, temporary, ...)                  \
  if (auto temporary = (__VA_ARGS__); !temporary) [[unlikely]] \
  leave ::koine::fail(std::move(temporary).error())

#define KOINE_TRY_CHOOSE(_1, _2, name, ...) name
#define KOINE_TRY_1(leave, ...) KOINE_TRY_VOID(leave, KOINE_CONCAT(try_, __LINE__), __VA_ARGS__)
#define KOINE_TRY_2(leave, ...) KOINE_TRY_VALUE(leave, KOINE_CONCAT(try_, __LINE__), __VA_ARGS__)

#define TRY(...) KOINE_TRY_CHOOSE(__VA_ARGS__, KOINE_TRY_2, KOINE_TRY_1, )(return, __VA_ARGS__)
#define CO_TRY(...) \
  KOINE_TRY_CHOOSE(__VA_ARGS__, KOINE_TRY_2, KOINE_TRY_1, )(co_return, __VA_ARGS__)
// NOLINTEND(cppcoreguidelines-macro-usage, bugprone-macro-parentheses)
