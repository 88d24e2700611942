#include "core/queues/queue_arguments.h"

#include <algorithm>

namespace koine::core {

namespace {

void add(FieldTable& arguments, std::string_view name, const std::optional<std::int64_t>& value) {
  if (value) arguments.push_back({std::string(name), FieldValue{*value}});
}

void add(FieldTable& arguments, std::string_view name, const std::optional<std::string>& value) {
  if (value) arguments.push_back({std::string(name), FieldValue{*value}});
}

}  // namespace

std::string_view argument_of(Overflow overflow) {
  switch (overflow) {
    case Overflow::drop_head: return "drop-head";
    case Overflow::reject_publish: return "reject-publish";
    case Overflow::reject_publish_dead_letter: return "reject-publish-dlx";
  }
  return {};
}

FieldTable arguments_of(const QueueSettings& settings) {
  FieldTable arguments;
  add(arguments, "x-message-ttl", settings.message_ttl_ms);
  add(arguments, "x-expires", settings.expires_ms);
  add(arguments, "x-max-length", settings.length_max);
  add(arguments, "x-max-length-bytes", settings.length_bytes_max);
  if (settings.overflow != Overflow::drop_head) {
    arguments.push_back({"x-overflow", FieldValue{std::string(argument_of(settings.overflow))}});
  }
  add(arguments, "x-dead-letter-exchange", settings.dead_letter_exchange);
  add(arguments, "x-dead-letter-routing-key", settings.dead_letter_routing_key);
  if (settings.priority_max > 0) {
    add(arguments, "x-max-priority", std::optional<std::int64_t>(settings.priority_max));
  }
  if (settings.is_single_active_consumer) {
    arguments.push_back({"x-single-active-consumer", FieldValue{true}});
  }
  add(arguments, "x-delivery-limit", settings.delivery_limit);
  add(arguments, "x-consumer-timeout", settings.consumer_timeout_ms);
  if (settings.deduplication_window_ms) {
    arguments.push_back({"x-message-deduplication", FieldValue{true}});
  }
  add(arguments, "x-cache-ttl", settings.deduplication_window_ms);
  add(arguments, "x-cache-size", settings.deduplication_keys_max);
  return arguments;
}

FieldTable arguments_of(const ExchangeSpec& exchange) {
  FieldTable arguments = exchange.arguments;
  std::erase_if(arguments, [](const Field& field) {
    return field.name == "alternate-exchange" || field.name == "x-delayed-type";
  });
  add(arguments, "alternate-exchange", exchange.alternate_exchange);
  if (exchange.type == ExchangeType::delayed_message) {
    arguments.push_back(
        {"x-delayed-type", FieldValue{std::string(name_of(exchange.delayed_type))}});
  }
  return arguments;
}

}  // namespace koine::core
