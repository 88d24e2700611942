// What declarations of exchanges and bindings may say.
#pragma once

#include "core/routing/exchange.h"

namespace koine::core {

// The most that one binding of a consistent hash exchange weighs.
inline constexpr std::uint32_t hash_weight_max = 1'000'000;

// The argument of a consistent hash exchange that names what is hashed instead of the routing key.
inline constexpr std::string_view hash_header_argument = "hash-header";
inline constexpr std::string_view hash_property_argument = "hash-property";

// Errors: invalid_argument (name, arguments, types), too_large (arguments).
Result<> check_exchange_spec(const ExchangeSpec& spec);
// Whether an exchange of this type can have the binding; `type` of a topic is ExchangeType::topic.
// Errors: invalid_argument (routing key, arguments), too_large (arguments).
Result<> check_binding(ExchangeType type, const Binding& binding);

// The weight that a binding's routing key says: digits, 1 to hash_weight_max.
std::optional<std::uint32_t> hash_weight_of(std::string_view routing_key);

}  // namespace koine::core
