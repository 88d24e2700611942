// Dates as HTTP writes them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/units.h"

namespace koine::http {

// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 5.6.7).
std::string http_date(WallTimeMs time);

// For `Date`: the same text for a whole second. One shard.
class DateText {
 public:
  std::string_view at(WallTimeMs time);

 private:
  std::int64_t second_ = -1;
  std::string text_;
};

}  // namespace koine::http
