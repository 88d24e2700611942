#include "core/routing/hash_index.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <utility>

#include "base/byte_order.h"
#include "base/check.h"
#include "core/routing/exchange_check.h"
#include "core/routing/routing_node.h"

namespace koine::core {
namespace {

// FNV-1a, 64 bits: where a value goes must not change with the standard library.
constexpr std::uint64_t fnv_offset = 0xCBF2'9CE4'8422'2325;
constexpr std::uint64_t fnv_prime = 0x0000'0100'0000'01B3;

std::uint64_t fnv(ByteView bytes, std::uint64_t hash = fnv_offset) {
  for (const std::byte byte : bytes)
    hash = (hash ^ std::to_integer<std::uint64_t>(byte)) * fnv_prime;
  return hash;
}

// The finalizer of MurmurHash3: every bit of the input changes every bit of the output.
std::uint64_t mixed(std::uint64_t hash) {
  hash = (hash ^ (hash >> 33U)) * 0xFF51'AFD7'ED55'8CCD;
  hash = (hash ^ (hash >> 33U)) * 0xC4CE'B9FE'1A85'EC53;
  return hash ^ (hash >> 33U);
}

// In (0, 1): the upper 53 bits and a half.
double fraction_of(std::uint64_t hash) {
  constexpr double scale = 1.0 / static_cast<double>(1ULL << 53U);
  return (static_cast<double>(hash >> 11U) + 0.5) * scale;
}

std::string text_argument(const ExchangeSpec& exchange, std::string_view name) {
  const FieldValue* value = find_field(exchange.arguments, name);
  return value != nullptr && value->as_text() != nullptr ? *value->as_text() : std::string();
}

std::uint64_t hash_of_field(const FieldValue& value) {
  if (const std::string* text = value.as_text()) return fnv(as_bytes(*text));
  if (const auto number = value.as_integer()) {
    std::array<std::byte, sizeof *number> bytes{};
    store_le(bytes.data(), *number);
    return fnv(bytes);
  }
  std::vector<std::byte> encoded;
  encode_field_table({Field{.name = {}, .value = value}}, encoded);
  return fnv(encoded);
}

}  // namespace

HashIndex::HashIndex(const ExchangeSpec& exchange)
    : header_(text_argument(exchange, hash_header_argument)),
      property_(text_argument(exchange, hash_property_argument)) {}

void HashIndex::add(RoutingEdge& edge) {
  const auto weight = hash_weight_of(edge.routing_key);
  CHECK(weight.has_value());
  const NameView target = edge.target->name();
  std::uint64_t seed = fnv(as_bytes(target.name), fnv_offset);
  const auto kind = static_cast<std::byte>(edge.target->kind());
  seed = fnv(as_bytes(edge.routing_key), fnv({&kind, 1}, seed));
  edge.position_in_index = static_cast<std::uint32_t>(tickets_.size());
  tickets_.push_back({.seed = mixed(seed), .weight = static_cast<double>(*weight), .edge = &edge});
}

void HashIndex::remove(RoutingEdge& edge) {
  const std::uint32_t position = edge.position_in_index;
  tickets_[position] = tickets_.back();
  tickets_[position].edge->position_in_index = position;
  tickets_.pop_back();
}

std::uint64_t HashIndex::hash_of_value(RoutedMessage& message) const {
  if (!header_.empty()) {
    const FieldValue* value = find_sorted(message.headers(), header_);
    return value != nullptr ? hash_of_field(*value) : fnv({});
  }
  if (property_.empty()) return fnv(as_bytes(message.routing_key()));
  const Properties& properties = message.properties();
  if (property_ == "correlation_id") return fnv(as_bytes(properties.correlation_id.value_or("")));
  if (property_ == "message_id") return fnv(as_bytes(properties.message_id.value_or("")));
  std::array<std::byte, sizeof(std::uint64_t)> time{};
  store_le(time.data(), properties.timestamp.value_or(0));
  return fnv(time);
}

void HashIndex::match(RoutedMessage& message, std::vector<const RoutingEdge*>& matches) const {
  if (tickets_.empty()) return;
  const std::uint64_t value = mixed(hash_of_value(message));
  const Ticket* best = nullptr;
  double best_lot = 0;
  for (const Ticket& ticket : tickets_) {
    const double lot = -ticket.weight / std::log(fraction_of(mixed(value ^ ticket.seed)));
    const bool is_better =
        best == nullptr || lot > best_lot || (lot == best_lot && ticket.seed < best->seed);
    if (!is_better) continue;
    best = &ticket;
    best_lot = lot;
  }
  matches.push_back(best->edge);
}

std::string HashIndex::reason(const RoutingEdge& edge) const {
  std::string hashed = "the routing key";
  if (!header_.empty()) hashed = fmt::format("header '{}'", header_);
  if (!property_.empty()) hashed = fmt::format("property '{}'", property_);
  return fmt::format("the hash of {} chose it, with weight {}, among {}", hashed, edge.routing_key,
                     tickets_.size());
}

}  // namespace koine::core
