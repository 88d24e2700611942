#include "core/queues/dead_letter.h"

#include <algorithm>
#include <utility>

namespace koine::core {
namespace {

constexpr std::string_view rejected = "rejected";

FieldValue text(std::string_view value) { return FieldValue{std::string(value)}; }

void put(FieldTable& table, std::string_view name, FieldValue value) {
  const auto found = std::ranges::find(table, name, &Field::name);
  if (found != table.end()) {
    found->value = std::move(value);
  } else {
    table.push_back({std::string(name), std::move(value)});
  }
}

std::string text_of(const FieldTable& table, std::string_view name) {
  const FieldValue* value = find_field(table, name);
  const std::string* found = value != nullptr ? value->as_text() : nullptr;
  return found != nullptr ? *found : std::string();
}

std::vector<std::string> carbon_copies(const FieldTable& headers) {
  std::vector<std::string> keys;
  const FieldValue* value = find_field(headers, "CC");
  const auto* array = value != nullptr ? std::get_if<FieldArray>(&value->value) : nullptr;
  if (array == nullptr) return keys;
  for (const FieldValue& key : *array) {
    if (const std::string* found = key.as_text()) keys.push_back(*found);
  }
  return keys;
}

// The x-death of a message, or an empty one if it has none that we understand.
FieldArray earlier_deaths(FieldTable& headers) {
  const auto found = std::ranges::find(headers, "x-death", &Field::name);
  if (found == headers.end()) return {};
  auto* array = std::get_if<FieldArray>(&found->value.value);
  FieldArray deaths = array != nullptr ? std::move(*array) : FieldArray{};
  std::erase_if(deaths, [](const FieldValue& death) {
    return !std::holds_alternative<FieldTable>(death.value);
  });
  return deaths;
}

FieldTable new_death(const QueueSpec& spec, const MessageView& message,
                     const Properties& properties, DeathReason reason, WallTimeMs now_ms) {
  FieldArray keys = {text(message.routing_key)};
  for (const std::string& key : carbon_copies(*properties.headers)) keys.push_back(text(key));
  FieldTable death = {
      {"count", FieldValue{std::int64_t{1}}},
      {"reason", text(name_of(reason))},
      {"queue", text(spec.name.name)},
      {"time", FieldValue{Timestamp{static_cast<std::uint64_t>(now_ms / 1000)}}},
      {"exchange", text(message.exchange)},
      {"routing-keys", FieldValue{std::move(keys)}},
  };
  if (properties.expiration) put(death, "original-expiration", text(*properties.expiration));
  return death;
}

// The same queue and reason again: counted, and the most recent one now.
void add_death(FieldArray& deaths, FieldTable death) {
  const auto same = std::ranges::find_if(deaths, [&](const FieldValue& earlier) {
    const auto& table = std::get<FieldTable>(earlier.value);
    return text_of(table, "queue") == text_of(death, "queue") &&
           text_of(table, "reason") == text_of(death, "reason");
  });
  if (same == deaths.end()) {
    deaths.insert(deaths.begin(), FieldValue{std::move(death)});
    return;
  }
  auto& table = std::get<FieldTable>(same->value);
  const FieldValue* count = find_field(table, "count");
  const auto before = count != nullptr ? count->as_integer() : std::nullopt;
  put(table, "count", FieldValue{before.value_or(0) + 1});
  std::rotate(deaths.begin(), same, same + 1);
}

void put_death_headers(FieldTable& headers, const QueueSpec& spec, const MessageView& message,
                       DeathReason reason) {
  if (find_field(headers, "x-first-death-queue") == nullptr) {
    put(headers, "x-first-death-exchange", text(message.exchange));
    put(headers, "x-first-death-queue", text(spec.name.name));
    put(headers, "x-first-death-reason", text(name_of(reason)));
  }
  put(headers, "x-last-death-exchange", text(message.exchange));
  put(headers, "x-last-death-queue", text(spec.name.name));
  put(headers, "x-last-death-reason", text(name_of(reason)));
}

}  // namespace

std::string_view name_of(DeathReason reason) {
  switch (reason) {
    case DeathReason::rejected: return rejected;
    case DeathReason::expired: return "expired";
    case DeathReason::maxlen: return "maxlen";
    case DeathReason::delivery_limit: return "delivery_limit";
  }
  return {};
}

bool DeadLetter::is_cycle_to(std::string_view queue) const {
  if (reason == DeathReason::rejected) return false;
  for (const Death& death : deaths) {
    if (death.reason == rejected) return false;
    if (death.queue == queue) return true;
  }
  return false;
}

MessageView DeadLetter::message(WallTimeMs now_ms) const {
  return {.exchange = exchange,
          .routing_key = routing_keys.front(),
          .properties = properties,
          .body = body.view(),
          .published_ms = now_ms,
          .expires_ms = no_expiry,
          .priority = priority,
          .is_persistent = is_persistent};
}

Result<DeadLetter> make_dead_letter(const QueueSpec& spec, const MessageView& message,
                                    DeathReason reason, WallTimeMs now_ms) {
  TRY(Properties properties, decode_properties(message.properties));
  if (!properties.headers) properties.headers.emplace();
  FieldTable& headers = *properties.headers;

  DeadLetter letter;
  letter.reason = reason;
  letter.body_size = message.body.size();
  letter.exchange = *spec.settings.dead_letter_exchange;
  FieldTable death = new_death(spec, message, properties, reason, now_ms);
  if (spec.settings.dead_letter_routing_key) {
    letter.routing_keys.push_back(*spec.settings.dead_letter_routing_key);
    std::erase_if(headers, [](const Field& field) { return field.name == "CC"; });
  } else {
    letter.routing_keys = carbon_copies(headers);
    letter.routing_keys.insert(letter.routing_keys.begin(), std::string(message.routing_key));
  }
  FieldArray deaths = earlier_deaths(headers);
  add_death(deaths, std::move(death));
  for (const FieldValue& each : deaths) {
    const auto& table = std::get<FieldTable>(each.value);
    letter.deaths.push_back({text_of(table, "queue"), text_of(table, "reason")});
  }
  put(headers, "x-death", FieldValue{std::move(deaths)});
  put_death_headers(headers, spec, message, reason);
  properties.expiration.reset();
  encode_properties(properties, letter.properties);
  letter.body = Bytes::copy_of(message.body);
  letter.priority = message.priority;
  letter.is_persistent = message.is_persistent;
  return letter;
}

}  // namespace koine::core
