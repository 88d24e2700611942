#include "core/routing/exchange_fields.h"

#include <fmt/format.h>

#include "core/queues/queue_fields.h"

namespace koine::core {
namespace {

enum Flag : std::uint8_t { durable = 1, auto_delete = 2, internal = 4, alternate = 8 };
constexpr std::uint8_t all_flags = durable | auto_delete | internal | alternate;

Result<ExchangeType> read_type(FieldReader& reader) {
  TRY(const auto type, reader.number<std::uint8_t>());
  if (type >= static_cast<std::uint8_t>(ExchangeType::direct) &&
      type <= static_cast<std::uint8_t>(ExchangeType::delayed_message)) {
    return static_cast<ExchangeType>(type);
  }
  return fail(ErrorCode::corrupt, fmt::format("an exchange of unknown type {}", type));
}

}  // namespace

void write_exchange(FieldWriter& writer, const ExchangeSpec& exchange) {
  write_name(writer, exchange.name);
  writer.number(static_cast<std::uint8_t>(exchange.type));
  writer.number(static_cast<std::uint8_t>(exchange.delayed_type));
  writer.number(static_cast<std::uint8_t>(
      (exchange.is_durable ? durable : 0U) | (exchange.is_auto_delete ? auto_delete : 0U) |
      (exchange.is_internal ? internal : 0U) | (exchange.alternate_exchange ? alternate : 0U)));
  if (exchange.alternate_exchange) writer.text(*exchange.alternate_exchange);
  write_field_table(writer, exchange.arguments);
}

Result<ExchangePtr> read_exchange(FieldReader& reader) {
  auto exchange = std::make_shared<ExchangeSpec>();
  TRY(exchange->name, read_name(reader));
  TRY(exchange->type, read_type(reader));
  TRY(exchange->delayed_type, read_type(reader));
  TRY(const auto flags, reader.number<std::uint8_t>());
  if ((flags & ~all_flags) != 0) return fail(ErrorCode::corrupt, "an exchange with unknown flags");
  exchange->is_durable = (flags & durable) != 0;
  exchange->is_auto_delete = (flags & auto_delete) != 0;
  exchange->is_internal = (flags & internal) != 0;
  if ((flags & alternate) != 0) {
    TRY(exchange->alternate_exchange, reader.text());
  }
  TRY(exchange->arguments, read_field_table(reader));
  return exchange;
}

void write_binding(FieldWriter& writer, const Binding& binding) {
  write_name(writer, binding.source);
  writer.number(static_cast<std::uint8_t>(binding.target_kind));
  writer.text(binding.target);
  writer.text(binding.routing_key);
  write_field_table(writer, binding.arguments);
}

Result<Binding> read_binding(FieldReader& reader) {
  Binding binding;
  TRY(binding.source, read_name(reader));
  TRY(const auto kind, reader.number<std::uint8_t>());
  if (kind < static_cast<std::uint8_t>(TargetKind::queue) ||
      kind > static_cast<std::uint8_t>(TargetKind::topic)) {
    return fail(ErrorCode::corrupt, fmt::format("a binding to a target of unknown kind {}", kind));
  }
  binding.target_kind = static_cast<TargetKind>(kind);
  TRY(binding.target, reader.text());
  TRY(binding.routing_key, reader.text());
  TRY(binding.arguments, read_field_table(reader));
  return binding;
}

}  // namespace koine::core
