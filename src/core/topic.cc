#include "core/topic.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace koine::core {
namespace {

constexpr std::size_t name_size_max = 249;

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

Result<> check_range(std::string_view setting, std::int64_t value, std::int64_t least,
                     std::int64_t most) {
  if (value >= least && value <= most) return {};
  return fail(ErrorCode::invalid_argument,
              fmt::format("{} is {}; expected {} to {}", setting, value, least, most));
}

}  // namespace

Result<> check_settings(const TopicSettings& settings) {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  TRY(check_range("retention_ms", settings.retention_ms, unlimited, most));
  TRY(check_range("retention_bytes", settings.retention_bytes, unlimited, most));
  TRY(check_range("message_bytes_max", settings.message_bytes_max, 0, message_bytes_limit));
  TRY(check_range("timestamp_before_max_ms", settings.timestamp_before_max_ms, 0, most));
  TRY(check_range("timestamp_after_max_ms", settings.timestamp_after_max_ms, 0, most));
  return {};
}

bool is_valid_topic_name(std::string_view name) {
  return !name.empty() && name.size() <= name_size_max && name != "." && name != ".." &&
         std::ranges::all_of(name, is_name_character);
}

}  // namespace koine::core
