// What the kernel said, as an Error: "/data/lock: permission denied".
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/result.h"

namespace koine::io {

// The text of an errno value, lower case.
std::string system_error_text(int number);

ErrorCode code_of_system_error(int number);

// "<what>: <text of the number>", with the code that fits the number.
std::unexpected<Error> system_failure(std::string_view what, int number);

}  // namespace koine::io
