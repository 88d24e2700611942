#include "protocols/amqp/arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <span>

#include "core/queues/deduplication_window.h"

namespace koine::amqp {

namespace {

// Why a value is refused; nothing: it was taken.
using Complaint = std::optional<std::string>;

template <typename Target>
struct Argument {
  std::string_view name;
  Complaint (*read)(const core::FieldValue& value, Target& target);
  // Also part of what makes two declarations equal.
  bool is_compared = true;
  // RabbitMQ has other words for one of the wrong type.
  bool names_exchange = false;
};

Complaint expected(std::string_view what, const core::FieldValue& value) {
  return fmt::format("expected {}, got {}", what, value.type_name());
}

template <typename Number>
Complaint read_number(const core::FieldValue& value, std::int64_t min, std::int64_t max,
                      Number& to) {
  const auto number = value.as_integer();
  if (!number) return expected("integer", value);
  if (*number < min || *number > max) {
    return max == std::numeric_limits<std::int64_t>::max()
               ? fmt::format("expected at least {}, got {}", min, *number)
               : fmt::format("expected {} to {}, got {}", min, max, *number);
  }
  if constexpr (requires { to.emplace(0); }) {
    to = *number;
  } else {
    to = static_cast<Number>(*number);
  }
  return std::nullopt;
}
template <typename Number>
Complaint read_number(const core::FieldValue& value, std::int64_t min, Number& to) {
  return read_number(value, min, std::numeric_limits<std::int64_t>::max(), to);
}

Complaint read_text(const core::FieldValue& value, std::optional<std::string>& to) {
  const std::string* const text = value.as_text();
  if (text == nullptr) return expected("longstr", value);
  to = *text;
  return std::nullopt;
}

// One of a few words; what they ask for is so here in any case.
template <std::size_t count>
Complaint check_word(const core::FieldValue& value,
                     const std::array<std::string_view, count>& words) {
  const std::string* const text = value.as_text();
  if (text == nullptr) return expected("longstr", value);
  if (std::ranges::find(words, *text) != words.end()) return std::nullopt;
  return fmt::format("'{}' is not supported", *text);
}

Complaint read_overflow(const core::FieldValue& value, core::QueueSettings& to) {
  const std::string* const text = value.as_text();
  if (text == nullptr) return expected("longstr", value);
  if (*text == "drop-head") {
    to.overflow = core::Overflow::drop_head;
  } else if (*text == "reject-publish") {
    to.overflow = core::Overflow::reject_publish;
  } else if (*text == "reject-publish-dlx") {
    to.overflow = core::Overflow::reject_publish_dead_letter;
  } else {
    return fmt::format("'{}' is none of drop-head, reject-publish, reject-publish-dlx", *text);
  }
  return std::nullopt;
}

Complaint read_single_active_consumer(const core::FieldValue& value, core::QueueSettings& to) {
  const bool* const flag = std::get_if<bool>(&value.value);
  if (flag == nullptr) return expected("bool", value);
  to.is_single_active_consumer = *flag;
  return std::nullopt;
}

constexpr std::string_view deduplication_argument = "x-message-deduplication";
constexpr std::string_view deduplication_time_argument = "x-cache-ttl";

using Settings = core::QueueSettings;
using Value = core::FieldValue;

constexpr std::array queue_arguments = std::to_array<Argument<Settings>>({
    {"x-message-ttl",
     [](const Value& value, Settings& to) { return read_number(value, 0, to.message_ttl_ms); }},
    {"x-expires",
     [](const Value& value, Settings& to) { return read_number(value, 1, to.expires_ms); }},
    {"x-max-length",
     [](const Value& value, Settings& to) { return read_number(value, 0, to.length_max); }},
    {"x-max-length-bytes",
     [](const Value& value, Settings& to) { return read_number(value, 0, to.length_bytes_max); }},
    {"x-overflow", read_overflow},
    {"x-dead-letter-exchange",
     [](const Value& value, Settings& to) { return read_text(value, to.dead_letter_exchange); },
     true, true},
    {"x-dead-letter-routing-key",
     [](const Value& value, Settings& to) { return read_text(value, to.dead_letter_routing_key); }},
    {"x-max-priority",
     [](const Value& value, Settings& to) { return read_number(value, 0, 255, to.priority_max); }},
    {"x-single-active-consumer", read_single_active_consumer},
    {"x-delivery-limit",
     [](const Value& value, Settings& to) { return read_number(value, 0, to.delivery_limit); }},
    {"x-consumer-timeout",
     [](const Value& value, Settings& to) { return read_number(value, 1, to.consumer_timeout_ms); }},
    // As the message deduplication plugin names them: whether, for how many milliseconds, and how many keys.
    {deduplication_argument,
     [](const Value& value, Settings&) {
       return std::holds_alternative<bool>(value.value) ? Complaint() : expected("bool", value);
     }},
    {deduplication_time_argument,
     [](const Value& value, Settings& to) {
       return read_number(value, 1, to.deduplication_window_ms);
     }},
    {"x-cache-size",
     [](const Value& value, Settings& to) {
       return read_number(value, 1, core::deduplication_keys_limit, to.deduplication_keys_max);
     }},

    // There is one type of queue: on disk, and dead-lettered in the commit that settles.
    {"x-queue-type",
     [](const Value& value, Settings&) {
       return check_word(value, std::to_array<std::string_view>({"classic", "quorum"}));
     },
     false},
    {"x-queue-mode",
     [](const Value& value, Settings&) {
       return check_word(value, std::to_array<std::string_view>({"default", "lazy"}));
     },
     false},
    {"x-queue-version",
     [](const Value& value, Settings&) {
       int version = 0;
       return read_number(value, 1, 2, version);
     },
     false},
    {"x-dead-letter-strategy",
     [](const Value& value, Settings&) {
       return check_word(value,
                         std::to_array<std::string_view>({"at-most-once", "at-least-once"}));
     },
     false},
    // There is one place for a queue, and one copy.
    {"x-queue-leader-locator",
     [](const Value& value, Settings&) {
       return check_word(value, std::to_array<std::string_view>({"client-local", "balanced"}));
     },
     false},
    {"x-quorum-initial-group-size",
     [](const Value& value, Settings&) {
       int size = 0;
       return read_number(value, 1, 1, size);
     },
     false},
});

constexpr std::array consumer_arguments = std::to_array<Argument<ConsumerArguments>>({
    {"x-priority",
     [](const Value& value, ConsumerArguments& to) {
       return read_number(value, std::numeric_limits<std::int32_t>::min(),
                          std::numeric_limits<std::int32_t>::max(), to.priority);
     }},
    // A queue has no copies to which it could fail over.
    {"x-cancel-on-ha-failover",
     [](const Value& value, ConsumerArguments&) {
       return std::holds_alternative<bool>(value.value) ? Complaint() : expected("bool", value);
     }},
});

Complaint check_text(const core::FieldValue& value) {
  return value.as_text() != nullptr ? Complaint() : expected("longstr", value);
}

constexpr std::array exchange_arguments = std::to_array<Argument<ExchangeArguments>>({
    {"alternate-exchange",
     [](const Value& value, ExchangeArguments& to) {
       return read_text(value, to.alternate_exchange);
     },
     true, true},
    {"x-delayed-type",
     [](const Value& value, ExchangeArguments& to) { return read_text(value, to.delayed_type); }},
    // Of exchanges that hash; read by core/routing.
    {"hash-header", [](const Value& value, ExchangeArguments&) { return check_text(value); }},
    {"hash-property", [](const Value& value, ExchangeArguments&) { return check_text(value); }},
});

template <typename Target>
Outcome<Target> read(const core::FieldTable& arguments, std::span<const Argument<Target>> table,
                     const std::string& thing) {
  Target target;
  for (const core::Field& field : arguments) {
    const auto found = std::ranges::find(table, field.name, &Argument<Target>::name);
    const Complaint complaint =
        found == table.end() ? Complaint("it is not supported") : found->read(field.value, target);
    if (!complaint) continue;
    if (found != table.end() && found->names_exchange) {
      return refuse(ReplyCode::precondition_failed,
                    fmt::format("invalid type '{}' for arg '{}' in {}", field.value.type_name(),
                                field.name, thing));
    }
    return refuse(ReplyCode::precondition_failed,
                  fmt::format("invalid arg '{}' for {}: {}", field.name, thing, *complaint));
  }
  return target;
}

Outcome<> check_deduplication(const core::FieldTable& arguments,
                              const core::QueueSettings& settings, const std::string& queue) {
  const auto invalid = [&](std::string_view argument, std::string_view complaint) {
    return refuse(ReplyCode::precondition_failed,
                  fmt::format("invalid arg '{}' for {}: {}", argument, queue, complaint));
  };
  const core::FieldValue* const said = core::find_field(arguments, deduplication_argument);
  const bool is_asked = said != nullptr && said->value == core::FieldValue::Variant(true);
  if (is_asked && !settings.deduplication_window_ms) {
    return invalid(deduplication_argument,
                   "there is no x-cache-ttl, for how many milliseconds a message is remembered");
  }
  if (!is_asked && settings.deduplication_window_ms)
    return invalid(deduplication_time_argument, "x-message-deduplication is not true");
  if (!is_asked && settings.deduplication_keys_max)
    return invalid("x-cache-size", "x-message-deduplication is not true");
  return {};
}

}  // namespace

Outcome<core::QueueSettings> read_queue_arguments(const core::FieldTable& arguments,
                                                  const std::string& queue) {
  TRY(const auto settings, read<core::QueueSettings>(arguments, queue_arguments, queue));
  if (settings.dead_letter_routing_key && !settings.dead_letter_exchange) {
    return refuse(ReplyCode::precondition_failed,
                  fmt::format("invalid arg 'x-dead-letter-routing-key' for {}: there is no "
                              "x-dead-letter-exchange",
                              queue));
  }
  TRY(check_deduplication(arguments, settings, queue));
  return settings;
}

bool is_compared(std::string_view queue_argument) {
  const auto found = std::ranges::find(queue_arguments, queue_argument, &Argument<Settings>::name);
  return found == queue_arguments.end() || found->is_compared;
}

Outcome<ConsumerArguments> read_consumer_arguments(const core::FieldTable& arguments,
                                                   const std::string& queue) {
  return read<ConsumerArguments>(arguments, consumer_arguments, queue);
}

Outcome<ExchangeArguments> read_exchange_arguments(const core::FieldTable& arguments,
                                                   const std::string& exchange) {
  return read<ExchangeArguments>(arguments, exchange_arguments, exchange);
}

}  // namespace koine::amqp
