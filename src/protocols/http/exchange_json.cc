#include "protocols/http/exchange_json.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "core/queues/queue_arguments.h"
#include "core/routing/exchange_check.h"
#include "protocols/http/field_json.h"

namespace koine::http {

const std::string_view exchange_schema =
    R"({"type":"object","additionalProperties":false,"properties":{)"
    R"("type":{"enum":["direct","topic","fanout","headers","x-consistent-hash","x-delayed-message"],)"
    R"("default":"direct"},"delayed_type":{"type":"string"},)"
    R"("durable":{"type":"boolean","default":true},"auto_delete":{"type":"boolean"},)"
    R"("internal":{"type":"boolean"},"alternate_exchange":{"type":"string"},)"
    R"("arguments":{"type":"object"}}})";

namespace {

// What the server knows; another one would be kept and do nothing.
Outcome<> check_arguments(const JsonObject& fields, const core::ExchangeSpec& spec) {
  for (const core::Field& field : spec.arguments) {
    const bool is_known =
        core::routing_type_of(spec) == core::ExchangeType::consistent_hash &&
        (field.name == core::hash_header_argument || field.name == core::hash_property_argument);
    if (is_known) continue;
    return refuse(Status::bad_request,
                  fmt::format("{}.arguments.{}: is not supported by exchanges of type {}",
                              fields.place(), field.name, core::name_of(spec.type)));
  }
  return {};
}

Outcome<core::ExchangeType> read_type(const JsonObject& fields, std::string_view member,
                                      std::string_view name) {
  const auto known = core::exchange_type_of(name);
  if (known) return *known;
  return refuse(Status::bad_request,
                fmt::format("{}.{}: found '{}', expected direct, topic, fanout, headers, "
                            "x-consistent-hash or x-delayed-message",
                            fields.place(), member, name));
}

std::string text_of(const std::optional<std::string>& name) {
  return name ? fmt::format("'{}'", *name) : std::string("none");
}

}  // namespace

Outcome<core::ExchangeSpec> read_exchange(JsonObject& fields, core::Name name) {
  core::ExchangeSpec spec{.name = std::move(name)};
  TRY(const auto type, fields.optional<std::string_view>("type"));
  TRY(const auto is_durable, fields.optional<bool>("durable"));
  TRY(const auto is_auto_delete, fields.optional<bool>("auto_delete"));
  TRY(const auto is_internal, fields.optional<bool>("internal"));
  TRY(const auto alternate, fields.optional<std::string_view>("alternate_exchange"));
  TRY(const auto delayed_type, fields.optional<std::string_view>("delayed_type"));
  TRY(spec.arguments, read_fields(fields, argument_names));
  TRY(fields.end());
  TRY(spec.type, read_type(fields, "type", type.value_or("direct")));
  const bool is_delaying = spec.type == core::ExchangeType::delayed_message;
  if (is_delaying != delayed_type.has_value()) {
    return refuse(Status::bad_request,
                  fields.place() +
                      ".delayed_type: how an exchange of type x-delayed-message routes "
                      "when the delay is over; others have none");
  }
  if (delayed_type) {
    TRY(spec.delayed_type, read_type(fields, "delayed_type", *delayed_type));
  }
  spec.is_durable = is_durable.value_or(true);
  spec.is_auto_delete = is_auto_delete.value_or(false);
  spec.is_internal = is_internal.value_or(false);
  if (alternate) spec.alternate_exchange = std::string(*alternate);
  TRY(check_arguments(fields, spec));
  spec.arguments = core::arguments_of(spec);
  return spec;
}

void write_exchange(JsonWriter& json, const core::RoutingGraph& routing,
                    const core::ExchangeSpec& exchange) {
  json.member("name", exchange.name.name).member("vhost", exchange.name.vhost);
  json.member("type", core::name_of(exchange.type)).member("durable", exchange.is_durable);
  json.member("auto_delete", exchange.is_auto_delete).member("internal", exchange.is_internal);
  json.member("predeclared", core::is_predeclared_exchange(exchange.name.name));
  if (exchange.type == core::ExchangeType::delayed_message) {
    json.member("delayed_type", core::name_of(exchange.delayed_type));
  }
  if (exchange.alternate_exchange) json.member("alternate_exchange", *exchange.alternate_exchange);
  core::FieldTable others;
  for (const core::Field& field : exchange.arguments) {
    const bool is_shown = field.name == "alternate-exchange" || field.name == "x-delayed-type";
    if (!is_shown) others.push_back(field);
  }
  write_fields(json, argument_names, others);
  const core::RoutingNode* const node = routing.find_source(exchange.name);
  json.member("binding_count", node != nullptr ? node->outgoing.size() : 0);
}

Outcome<> check_same(const core::ExchangeSpec& expected, const core::ExchangeSpec& current) {
  const auto flag = [](bool value) { return std::string(value ? "true" : "false"); };
  struct Compared {
    std::string_view name;
    std::string expected;
    std::string current;
  };
  const auto all = std::to_array<Compared>({
      {"type", std::string(core::name_of(expected.type)), std::string(core::name_of(current.type))},
      {"delayed_type", std::string(core::name_of(expected.delayed_type)),
       std::string(core::name_of(current.delayed_type))},
      {"durable", flag(expected.is_durable), flag(current.is_durable)},
      {"auto_delete", flag(expected.is_auto_delete), flag(current.is_auto_delete)},
      {"internal", flag(expected.is_internal), flag(current.is_internal)},
      {"alternate_exchange", text_of(expected.alternate_exchange),
       text_of(current.alternate_exchange)},
  });
  for (const Compared& each : all) {
    if (each.expected == each.current) continue;
    return refuse(Status::conflict,
                  fmt::format("exchange '{}' is there with {} {}, expected {}", current.name.name,
                              each.name, each.current, each.expected))
        .with("setting", each.name)
        .with("found", each.current)
        .with("expected", each.expected);
  }
  return {};
}

}  // namespace koine::http
