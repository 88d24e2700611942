#include "protocols/http/date.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <ctime>

namespace koine::http {

std::string http_date(WallTimeMs time) {
  static constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::tm parts = fmt::gmtime(static_cast<std::time_t>(time / 1000));
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", days.at(parts.tm_wday),
                     parts.tm_mday, months.at(parts.tm_mon), parts.tm_year + 1900, parts.tm_hour,
                     parts.tm_min, parts.tm_sec);
}

std::string_view DateText::at(WallTimeMs time) {
  const std::int64_t second = time / 1000;
  if (second != second_) {
    second_ = second;
    text_ = http_date(time);
  }
  return text_;
}

}  // namespace koine::http
