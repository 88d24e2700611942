// What all load generators share: an error ends the program with a sentence and status 1, the result
// is one line of JSON on standard output.
#pragma once

#include <cerrno>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <system_error>

#include "arguments.h"

// Ends the measurement: a lost record, an error code, a connection that broke.
[[noreturn]] inline void fail(std::string const& sentence) { throw std::runtime_error(sentence); }

// The same, for a system call that has just set errno.
[[noreturn]] inline void fail_errno(std::string const& doing) {
  throw std::system_error(errno, std::generic_category(), doing);
}

inline int run_generator(int argc, char** argv, void (*body)(Arguments const&)) {
  try {
    body(Arguments(argc, argv));
    return 0;
  } catch (std::exception const& error) {
    std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
    return 1;
  }
}
