// Bindings in JSON, and their ids: a text without a place in which it is kept, from which the binding can be told.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/routing/exchange.h"
#include "core/routing/routing_graph.h"
#include "protocols/http/json_reader.h"
#include "protocols/http/json_writer.h"

namespace koine::http {

extern const std::string_view binding_schema;

// `source`, `target_kind`, `target`, `routing_key`, `arguments`.
Outcome<core::Binding> read_binding(JsonObject& fields, std::string_view vhost);
// The members, without the braces; with `id`.
void write_binding(JsonWriter& json, const core::Binding& binding);

std::string id_of(const core::Binding& binding);
// Nothing: no id of a binding.
std::optional<core::Binding> binding_of_id(std::string_view id, std::string_view vhost);

std::optional<core::TargetKind> target_kind_of(std::string_view name);

// What a list of bindings is sorted by.
void append_sort_key(std::string& to, const core::RoutingEdge& edge);

}  // namespace koine::http
