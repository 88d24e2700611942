#include "core/routing/exchange_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "core/queues/queue_spec_check.h"
#include "core/routing/headers_pattern.h"

namespace koine::core {
namespace {

constexpr auto hashable_properties =
    std::to_array<std::string_view>({"correlation_id", "message_id", "timestamp"});

Result<> check_hash_arguments(const ExchangeSpec& spec) {
  const FieldValue* header = find_field(spec.arguments, hash_header_argument);
  const FieldValue* property = find_field(spec.arguments, hash_property_argument);
  if (routing_type_of(spec) != ExchangeType::consistent_hash) {
    if (header == nullptr && property == nullptr) return {};
    return fail(ErrorCode::invalid_argument,
                fmt::format("{} is for exchanges of type {}",
                            header != nullptr ? hash_header_argument : hash_property_argument,
                            name_of(ExchangeType::consistent_hash)));
  }
  if (header != nullptr && property != nullptr) {
    return fail(ErrorCode::invalid_argument,
                "hash-header and hash-property are mutually exclusive");
  }
  if (header != nullptr && header->as_text() == nullptr) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("hash-header of type {}, expected longstr", header->type_name()));
  }
  if (property == nullptr) return {};
  const std::string* name = property->as_text();
  const bool is_known =
      name != nullptr && std::ranges::find(hashable_properties, *name) != hashable_properties.end();
  if (is_known) return {};
  return fail(ErrorCode::invalid_argument,
              fmt::format("hash-property {}, expected correlation_id, message_id or timestamp",
                          name != nullptr ? *name : property->type_name()));
}

}  // namespace

Result<> check_exchange_spec(const ExchangeSpec& spec) {
  const std::string& name = spec.name.name;
  if (name.empty() || name.size() > name_bytes_max) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("an exchange's name of {} bytes, expected 1 to {}", name.size(),
                            name_bytes_max));
  }
  if (spec.delayed_type == ExchangeType::delayed_message) {
    return fail(ErrorCode::invalid_argument, "an exchange that delays can't route to be delayed");
  }
  if (spec.alternate_exchange && spec.alternate_exchange->size() > name_bytes_max) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("an alternate exchange's name of {} bytes, expected at most {}",
                            spec.alternate_exchange->size(), name_bytes_max));
  }
  TRY(check_hash_arguments(spec));
  return check_arguments(spec.arguments);
}

std::optional<std::uint32_t> hash_weight_of(std::string_view routing_key) {
  std::uint32_t weight = 0;
  const char* const end = routing_key.data() + routing_key.size();
  const auto parsed = std::from_chars(routing_key.data(), end, weight);
  if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
  if (weight == 0 || weight > hash_weight_max) return std::nullopt;
  return weight;
}

Result<> check_binding(ExchangeType type, const Binding& binding) {
  if (binding.routing_key.size() > name_bytes_max) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("a routing key of {} bytes, expected at most {}",
                            binding.routing_key.size(), name_bytes_max));
  }
  if (type == ExchangeType::headers) TRY(HeadersPattern::parse(binding.arguments));
  if (type == ExchangeType::consistent_hash && !hash_weight_of(binding.routing_key)) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("the binding key must be a weight from 1 to {}, not '{}'",
                            hash_weight_max, binding.routing_key));
  }
  return check_arguments(binding.arguments);
}

}  // namespace koine::core
