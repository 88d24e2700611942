// Exchanges and bindings: where a published message goes. Plain data; every shard has a copy of all of them in its Catalog.
//
//   publish(exchange, key, headers) -> exchange -binding-> queue
//                                               -binding-> exchange -> ...
//                                               -binding-> topic
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/queues/properties.h"
#include "core/queues/queue_spec.h"

namespace koine::core {

enum class ExchangeType : std::uint8_t {
  direct = 1,
  topic,
  fanout,
  headers,
  consistent_hash,
  delayed_message
};

struct ExchangeSpec {
  Name name;
  ExchangeType type = ExchangeType::direct;
  // Of a delayed_message exchange: how it routes when the delay is over.
  ExchangeType delayed_type = ExchangeType::direct;
  bool is_durable = true;
  bool is_auto_delete = false;  // gone with its last binding to something
  bool is_internal = false;     // nobody may publish to it, only bindings lead there
  std::optional<std::string> alternate_exchange;  // where unroutable messages go
  FieldTable arguments;                           // as they were declared
};
using ExchangePtr = std::shared_ptr<const ExchangeSpec>;
// The type that decides which bindings match.
inline ExchangeType routing_type_of(const ExchangeSpec& exchange) {
  return exchange.type == ExchangeType::delayed_message ? exchange.delayed_type : exchange.type;
}

enum class TargetKind : std::uint8_t { queue = 1, exchange, topic };

// From an exchange, or a topic, of the same virtual host. Equal bindings are one.
struct Binding {
  Name source;
  TargetKind target_kind = TargetKind::queue;
  std::string target;
  std::string routing_key;
  FieldTable arguments;
  bool operator==(const Binding&) const = default;
};

// The names that exist in every virtual host and can't be deleted: "", amq.direct, amq.fanout, amq.topic, amq.headers, amq.match.
bool is_predeclared_exchange(std::string_view name);
struct PredeclaredExchange {
  std::string_view name;
  ExchangeType type;
};
std::span<const PredeclaredExchange> predeclared_exchanges();
// "direct", "topic", ..., "x-consistent-hash", "x-delayed-message".
std::string_view name_of(ExchangeType type);
std::optional<ExchangeType> exchange_type_of(std::string_view name);

}  // namespace koine::core
