// CHECK: assertions on our own invariants, always on, also in release builds.
//
// A failed CHECK means that Koine itself is wrong: it prints the sentence and aborts. It is never used
// on input: what a peer, a disk, a file or a user sends is answered with a Result (base/result.h).
// fatal() is for the third kind of error: the machine is broken (a failed fdatasync, a lying disk).
#pragma once

#include <string_view>

namespace koine {

[[noreturn]] void check_failed(const char* file, int line, const char* condition);

// Prints `koine: fatal: <sentence>` on standard error and ends the process with status 70 (EX_SOFTWARE),
// without running destructors: nothing that is not yet durable is acknowledged afterwards.
[[noreturn]] void fatal(std::string_view sentence);

}  // namespace koine

// NOLINTNEXTLINE(cppcoreguidelines-macro-usage): needs the text of the condition.
#define CHECK(condition)                                     \
  do {                                                       \
    if (!(condition)) [[unlikely]] {                         \
      ::koine::check_failed(__FILE__, __LINE__, #condition); \
    }                                                        \
  } while (false)
