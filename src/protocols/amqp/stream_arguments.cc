#include "protocols/amqp/stream_arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string_view>

namespace koine::amqp {

namespace {

constexpr std::string_view offset_argument = "x-stream-offset";

// "7D" in milliseconds, as RabbitMQ counts years and months; none: not such a text.
std::optional<std::int64_t> interval_ms(std::string_view text) {
  constexpr std::int64_t second = 1000;
  constexpr std::int64_t day = 24 * 3600 * second;
  // Longer ones would overflow the clock.
  constexpr std::int64_t number_max = 100'000;
  if (text.size() < 2) return std::nullopt;
  std::int64_t number = 0;
  const char* const end = text.data() + text.size() - 1;
  const auto [parsed, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || parsed != end || number < 0 || number > number_max)
    return std::nullopt;
  switch (text.back()) {
    case 'Y': return number * 365 * day;
    case 'M': return number * 30 * day;
    case 'D': return number * day;
    case 'h': return number * 3600 * second;
    case 'm': return number * 60 * second;
    case 's': return number * second;
    default: return std::nullopt;
  }
}

std::unexpected<Refusal> invalid(std::string_view argument, const std::string& of,
                                 std::string_view complaint) {
  return refuse(ReplyCode::precondition_failed,
                fmt::format("invalid arg '{}' for {}: {}", argument, of, complaint));
}

Outcome<StreamOffset> offset_of(const core::FieldValue& value, const std::string& stream,
                                WallTimeMs now_ms) {
  using At = StreamOffset::At;
  if (const auto number = value.as_integer()) {
    if (*number < 0) return invalid(offset_argument, stream, "expected at least 0");
    return StreamOffset{.at = At::number, .number = *number};
  }
  if (const auto* time = std::get_if<core::Timestamp>(&value.value)) {
    constexpr std::uint64_t seconds_max = 1ULL << 40U;
    return StreamOffset{
        .at = At::time,
        .time_ms = static_cast<WallTimeMs>(std::min(time->seconds, seconds_max)) * 1000};
  }
  const std::string* const text = value.as_text();
  if (text != nullptr && *text == "first") return StreamOffset{.at = At::first};
  if (text != nullptr && *text == "last") return StreamOffset{.at = At::last};
  if (text != nullptr && *text == "next") return StreamOffset{.at = At::next};
  const auto interval = text != nullptr ? interval_ms(*text) : std::nullopt;
  if (interval) return StreamOffset{.at = At::time, .time_ms = now_ms - *interval};
  return invalid(offset_argument, stream,
                 "expected first, last, next, an offset, a timestamp, or an interval such as 1h");
}

}  // namespace

Outcome<StreamOffset> read_stream_offset(const core::FieldTable& arguments,
                                         const std::string& stream, WallTimeMs now_ms) {
  StreamOffset offset;
  for (const core::Field& field : arguments) {
    if (field.name != offset_argument) return invalid(field.name, stream, "it is not supported");
    TRY(offset, offset_of(field.value, stream, now_ms));
  }
  return offset;
}

Outcome<StreamArguments> read_stream_arguments(const core::FieldTable& arguments,
                                               const std::string& stream) {
  StreamArguments read;
  for (const core::Field& field : arguments) {
    if (field.name == "x-queue-type") continue;
    if (field.name == "x-max-age") {
      const std::string* const text = field.value.as_text();
      read.retention_ms = text != nullptr ? interval_ms(*text) : std::nullopt;
      if (!read.retention_ms) return invalid(field.name, stream, "expected an interval such as 7D");
    } else if (field.name == "x-max-length-bytes") {
      read.retention_bytes = field.value.as_integer();
      if (!read.retention_bytes || *read.retention_bytes < 0)
        return invalid(field.name, stream, "expected a number of bytes, at least 0");
    } else {
      return invalid(field.name, stream, "it is not supported for streams");
    }
  }
  return read;
}

}  // namespace koine::amqp
