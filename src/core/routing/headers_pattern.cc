#include "core/routing/headers_pattern.h"

#include <fmt/format.h>

#include <algorithm>
#include <type_traits>

namespace koine::core {
namespace {

constexpr std::string_view match_argument = "x-match";

// Wide enough to hold every 64-bit integer and every double exactly.
using Number = long double;

std::optional<Number> number_in(const FieldValue& field) {
  return std::visit(
      []<typename T>(const T& value) -> std::optional<Number> {
        if constexpr (std::is_same_v<T, Timestamp>) {
          return static_cast<Number>(value.seconds);
        } else if constexpr (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>) {
          return static_cast<Number>(value);
        } else {
          return std::nullopt;
        }
      },
      field.value);
}

std::optional<std::string_view> text_in(const FieldValue& field) {
  if (const std::string* text = field.as_text()) return *text;
  if (const auto* array = std::get_if<ByteArray>(&field.value)) return array->bytes;
  return std::nullopt;
}

}  // namespace

SortedFields sorted_fields(const FieldTable& table) {
  SortedFields fields;
  fields.reserve(table.size());
  for (const Field& field : table) fields.push_back(&field);
  std::ranges::sort(fields, [](const Field* one, const Field* other) {
    const int order = one->name.compare(other->name);
    return order != 0 ? order < 0 : one < other;
  });
  return fields;
}

const FieldValue* find_sorted(const SortedFields& fields, std::string_view name) {
  const auto found = std::ranges::lower_bound(
      fields, name, {}, [](const Field* field) { return std::string_view(field->name); });
  return found != fields.end() && (*found)->name == name ? &(*found)->value : nullptr;
}

bool is_equal_header(const FieldValue& one, const FieldValue& other) {
  if (const auto number = number_in(one)) return number == number_in(other);
  if (const auto text = text_in(one)) return text == text_in(other);
  return one == other;
}

Result<HeadersPattern> HeadersPattern::parse(const FieldTable& arguments) {
  HeadersPattern pattern;
  bool counts_x = false;
  if (const FieldValue* match = find_field(arguments, match_argument)) {
    const std::string* kind = match->as_text();
    if (kind == nullptr) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("x-match of type {}, expected longstr", match->type_name()));
    }
    counts_x = kind->ends_with("-with-x");
    pattern.needs_all_ = kind->starts_with("all");
    if (*kind != "all" && *kind != "any" && *kind != "all-with-x" && *kind != "any-with-x") {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("x-match '{}', expected all, any, all-with-x or any-with-x", *kind));
    }
  }
  std::ranges::copy_if(arguments, std::back_inserter(pattern.asked_), [&](const Field& field) {
    return field.name != match_argument && (counts_x || !field.name.starts_with("x-"));
  });
  return pattern;
}

bool HeadersPattern::matches(const SortedFields& headers) const {
  const auto is_met = [&](const Field& asked) {
    const FieldValue* found = find_sorted(headers, asked.name);
    if (found == nullptr) return false;
    return std::holds_alternative<std::monostate>(asked.value.value) ||
           is_equal_header(asked.value, *found);
  };
  return needs_all_ ? std::ranges::all_of(asked_, is_met) : std::ranges::any_of(asked_, is_met);
}

}  // namespace koine::core
