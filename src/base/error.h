// Error: what went wrong, as a code that callers branch on and a sentence that people read.
//
// The codes are Koine's own and few; each protocol maps them to its own in one file (`errors.cc`). The
// sentence is lower case without a full stop, names the thing, and says what was found and what was
// expected. Creating an Error without a sentence allocates nothing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace koine {

enum class ErrorCode : std::uint8_t {
  invalid_argument,  // the request itself is wrong; the same request fails again
  not_found,         // the named thing does not exist
  already_exists,    // the name is taken
  out_of_range,      // an offset or index outside what exists
  corrupt,           // a checksum or a format does not hold
  too_large,         // over a limit
  io_error,          // the disk or the network said no
  no_space,          // the disk is full
  unavailable,       // not now; trying again may help
  timed_out,         // a deadline passed
  closed,            // the stream or the object was closed
  conflict,          // somebody else changed it or holds it (fencing, sequence, generation)
  duplicate,         // it was done before; the first result stands
  denied,            // not allowed
  unauthenticated,   // who are you
  unsupported,       // not built, or not in this version
};

// "invalid_argument", "not_found", ...
std::string_view name_of(ErrorCode code);

class Error {
 public:
  explicit Error(ErrorCode code) : code_(code) {}
  Error(ErrorCode code, std::string message) : code_(code), message_(std::move(message)) {}

  ErrorCode code() const { return code_; }
  const std::string& message() const { return message_; }

  // "corrupt: chunk 7: ..." for logs.
  std::string to_string() const;

  // The same error, its sentence preceded by what we were doing: "opening /data: permission denied".
  Error while_doing(std::string_view what) &&;

 private:
  ErrorCode code_;
  std::string message_;
};

}  // namespace koine
