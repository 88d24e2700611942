#include "core/topic_position.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace koine::core {
namespace {

constexpr std::size_t named_id_bytes = 4;

void append_name(std::string& to, const TopicId& id) {
  static constexpr std::string_view digits = "0123456789abcdef";
  for (std::size_t n = 0; n < named_id_bytes; ++n) {
    const auto byte = std::to_integer<unsigned>(id.bytes[n]);
    to += digits[byte >> 4U];
    to += digits[byte & 0xFU];
  }
}

std::string name_of(const TopicId& id) {
  std::string name;
  append_name(name, id);
  return name;
}

template <typename T>
void append_number(std::string& to, T number) {
  std::array<char, 24> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  to.append(digits.data(), end);
}

std::unexpected<Error> malformed(std::string_view text) {
  return fail(ErrorCode::invalid_argument,
              fmt::format("'{}' is not a position: expected one that was given with a record",
                          text.substr(0, 64)));
}

// A number from 0 on, and nothing else.
template <typename T>
bool parse_number(std::string_view text, T& number) {
  const char* const end = text.data() + text.size();
  const auto [parsed, error] = std::from_chars(text.data(), end, number);
  return error == std::errc{} && parsed == end && number >= 0;
}

// "0-42"
bool parse_next(std::string_view text, TopicPosition::Next& next) {
  const std::size_t dash = text.find('-');
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  if (dash == std::string_view::npos || !parse_number(text.substr(0, dash), partition) ||
      !parse_number(text.substr(dash + 1), offset)) {
    return false;
  }
  next = {.partition = PartitionId(partition), .offset = Offset(offset)};
  return true;
}

}  // namespace

const TopicPosition::Next* TopicPosition::find(PartitionId partition) const {
  const auto found = std::ranges::lower_bound(next, partition, {}, &Next::partition);
  return found != next.end() && found->partition == partition ? &*found : nullptr;
}

void write_position(const Topic& topic, const TopicPosition& position, std::string& to) {
  // With every event of a stream.
  append_name(to, topic.id);
  for (const TopicPosition::Next& next : position.next) {
    to += '.';
    append_number(to, next.partition.value());
    to += '-';
    append_number(to, next.offset.value());
  }
}

Result<TopicPosition> parse_position(const Topic& topic, std::string_view text) {
  std::string_view rest = text;
  const auto take_part = [&rest] {
    const std::string_view part = rest.substr(0, rest.find('.'));
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    return part;
  };
  const std::string_view id = take_part();
  if (id.size() != 2 * named_id_bytes || text.back() == '.') return malformed(text);
  if (id != name_of(topic.id)) {
    return fail(ErrorCode::invalid_argument, fmt::format("position '{}' is not of this topic {}",
                                                         text.substr(0, 64), topic.name));
  }
  TopicPosition position;
  while (!rest.empty()) {
    TopicPosition::Next next;
    if (!parse_next(take_part(), next)) return malformed(text);
    if (!position.next.empty() && position.next.back().partition >= next.partition) {
      return malformed(text);
    }
    if (static_cast<std::size_t>(next.partition.value()) >= topic.partitions.size()) {
      return fail(
          ErrorCode::invalid_argument,
          fmt::format("position '{}' names partition {}; topic {} has {}", text.substr(0, 64),
                      next.partition.value(), topic.name, topic.partitions.size()));
    }
    position.next.push_back(next);
  }
  return position;
}

}  // namespace koine::core
