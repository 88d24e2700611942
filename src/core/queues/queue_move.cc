#include "core/queues/queue_move.h"

#include <fmt/format.h>

#include <algorithm>

namespace koine::core {

namespace {

std::string text_of(const FieldTable& table, std::string_view name) {
  const FieldValue* const value = find_field(table, name);
  const std::string* const text = value != nullptr ? value->as_text() : nullptr;
  return text != nullptr ? *text : std::string();
}

// As somebody would type it.
std::string shown(const FieldValue& value) {
  if (const std::string* const text = value.as_text()) return *text;
  if (const auto number = value.as_integer()) return fmt::format("{}", *number);
  if (const bool* const flag = std::get_if<bool>(&value.value)) return *flag ? "true" : "false";
  return {};
}

}  // namespace

std::optional<LastDeath> last_death_of(const FieldTable& headers) {
  const FieldValue* const deaths = find_field(headers, "x-death");
  const auto* const array = deaths != nullptr ? std::get_if<FieldArray>(&deaths->value) : nullptr;
  if (array == nullptr || array->empty()) return std::nullopt;
  const auto* const death = std::get_if<FieldTable>(&array->front().value);
  if (death == nullptr) return std::nullopt;
  LastDeath last{.queue = text_of(*death, "queue"),
                 .reason = text_of(*death, "reason"),
                 .exchange = text_of(*death, "exchange"),
                 .routing_key = {}};
  const FieldValue* const keys = find_field(*death, "routing-keys");
  const auto* const list = keys != nullptr ? std::get_if<FieldArray>(&keys->value) : nullptr;
  if (list != nullptr && !list->empty()) last.routing_key = shown(list->front());
  return last;
}

bool MoveFilter::matches(std::string_view key, const FieldTable& message_headers,
                         const std::optional<LastDeath>& death) const {
  if (routing_key && *routing_key != key) return false;
  if (reason && (!death || death->reason != *reason)) return false;
  return std::ranges::all_of(headers, [&](const auto& wanted) {
    const FieldValue* const value = find_field(message_headers, wanted.first);
    return value != nullptr && shown(*value) == wanted.second;
  });
}

}  // namespace koine::core
