#include "core/routing/exchange.h"

#include <algorithm>
#include <array>

namespace koine::core {
namespace {

struct TypeName {
  ExchangeType type;
  std::string_view name;
};

constexpr auto type_names = std::to_array<TypeName>({
    {ExchangeType::direct, "direct"},
    {ExchangeType::topic, "topic"},
    {ExchangeType::fanout, "fanout"},
    {ExchangeType::headers, "headers"},
    {ExchangeType::consistent_hash, "x-consistent-hash"},
    {ExchangeType::delayed_message, "x-delayed-message"},
});

constexpr auto predeclared = std::to_array<PredeclaredExchange>({
    {"", ExchangeType::direct},
    {"amq.direct", ExchangeType::direct},
    {"amq.fanout", ExchangeType::fanout},
    {"amq.topic", ExchangeType::topic},
    {"amq.headers", ExchangeType::headers},
    {"amq.match", ExchangeType::headers},
});

}  // namespace

std::span<const PredeclaredExchange> predeclared_exchanges() { return predeclared; }

bool is_predeclared_exchange(std::string_view name) {
  return std::ranges::find(predeclared, name, &PredeclaredExchange::name) != predeclared.end();
}

std::string_view name_of(ExchangeType type) {
  const auto found = std::ranges::find(type_names, type, &TypeName::type);
  return found != type_names.end() ? found->name : "unknown";
}

std::optional<ExchangeType> exchange_type_of(std::string_view name) {
  const auto found = std::ranges::find(type_names, name, &TypeName::name);
  if (found == type_names.end()) return std::nullopt;
  return found->type;
}

}  // namespace koine::core
