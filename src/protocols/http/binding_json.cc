#include "protocols/http/binding_json.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/routing/routing_graph.h"
#include "core/scram.h"
#include "protocols/http/field_json.h"

namespace koine::http {

const std::string_view binding_schema =
    R"({"type":"object","additionalProperties":false,"required":["source","target"],"properties":{)"
    R"("source":{"type":"string"},"target_kind":{"enum":["queue","exchange","topic"],"default":"queue"},)"
    R"("target":{"type":"string"},"routing_key":{"type":"string"},"arguments":{"type":"object"}}})";

namespace {

// Names may hold anything but their sizes tell where they end.
void append_sized(std::string& to, std::string_view text) {
  to += fmt::format("{}:", text.size());
  to += text;
}

std::optional<std::string_view> take_sized(std::string_view& from) {
  const std::size_t colon = from.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon > 8) return std::nullopt;
  std::size_t size = 0;
  for (const char digit : from.substr(0, colon)) {
    if (digit < '0' || digit > '9') return std::nullopt;
    size = size * 10 + static_cast<std::size_t>(digit - '0');
  }
  from.remove_prefix(colon + 1);
  if (size > from.size()) return std::nullopt;
  const std::string_view text = from.substr(0, size);
  from.remove_prefix(size);
  return text;
}

std::string encoded(const core::FieldTable& arguments) {
  if (arguments.empty()) return {};
  std::vector<std::byte> bytes;
  core::encode_field_table(arguments, bytes);
  return std::string(as_text(bytes));
}

}  // namespace

std::optional<core::TargetKind> target_kind_of(std::string_view name) {
  for (const auto kind :
       {core::TargetKind::queue, core::TargetKind::exchange, core::TargetKind::topic}) {
    if (name == core::name_of(kind)) return kind;
  }
  return std::nullopt;
}

Outcome<core::Binding> read_binding(JsonObject& fields, std::string_view vhost) {
  core::Binding binding;
  TRY(const auto source, fields.required<std::string_view>("source"));
  TRY(const auto target, fields.required<std::string_view>("target"));
  TRY(const auto kind, fields.optional<std::string_view>("target_kind"));
  TRY(const auto routing_key, fields.optional<std::string_view>("routing_key"));
  TRY(binding.arguments, read_fields(fields, argument_names));
  TRY(fields.end());
  const auto target_kind = target_kind_of(kind.value_or("queue"));
  if (!target_kind) {
    return refuse(Status::bad_request,
                  fmt::format("{}.target_kind: found '{}', expected queue, exchange or topic",
                              fields.place(), *kind));
  }
  binding.source = {.vhost = std::string(vhost), .name = std::string(source)};
  binding.target_kind = *target_kind;
  binding.target = target;
  binding.routing_key = routing_key.value_or("");
  return binding;
}

void write_binding(JsonWriter& json, const core::Binding& binding) {
  json.member("id", id_of(binding)).member("source", binding.source.name);
  json.member("target_kind", core::name_of(binding.target_kind));
  json.member("target", binding.target).member("routing_key", binding.routing_key);
  write_fields(json, argument_names, binding.arguments);
}

std::string id_of(const core::Binding& binding) {
  std::string plain = fmt::format("{}", std::to_underlying(binding.target_kind));
  append_sized(plain, binding.source.name);
  append_sized(plain, binding.target);
  append_sized(plain, binding.routing_key);
  plain += encoded(binding.arguments);
  // The alphabet of URLs (RFC 4648 5).
  std::string id = core::to_base64(as_bytes(plain));
  std::erase(id, '=');
  std::ranges::replace(id, '+', '-');
  std::ranges::replace(id, '/', '_');
  return id;
}

std::optional<core::Binding> binding_of_id(std::string_view id, std::string_view vhost) {
  std::string text(id);
  std::ranges::replace(text, '-', '+');
  std::ranges::replace(text, '_', '/');
  while (text.size() % 4 != 0) text += '=';
  const auto decoded = core::from_base64(text);
  if (!decoded || decoded->empty()) return std::nullopt;
  std::string_view rest = as_text(*decoded);
  core::Binding binding;
  const int kind = rest.front() - '0';
  if (kind < 1 || kind > 3) return std::nullopt;
  binding.target_kind = static_cast<core::TargetKind>(kind);
  rest.remove_prefix(1);
  binding.source.vhost = vhost;
  for (std::string* part : {&binding.source.name, &binding.target, &binding.routing_key}) {
    const auto taken = take_sized(rest);
    if (!taken) return std::nullopt;
    *part = *taken;
  }
  if (rest.empty()) return binding;
  auto arguments = core::decode_field_table(as_bytes(rest));
  if (!arguments) return std::nullopt;
  binding.arguments = std::move(*arguments);
  return binding;
}

void append_sort_key(std::string& to, const core::RoutingEdge& edge) {
  to.append(edge.source->name().name).append(" > ");
  to.append(core::name_of(edge.target->kind())).append(" ");
  to.append(edge.target->name().name).append(" ").append(edge.routing_key).append(" ");
  if (!edge.arguments.empty()) to += id_of(core::binding_of(edge));
}

}  // namespace koine::http
