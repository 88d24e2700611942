// Exchanges in JSON: what they are declared to be, read and shown with the same names; and in what two declarations differ.
#pragma once

#include "core/routing/exchange.h"
#include "core/routing/routing_graph.h"
#include "protocols/http/json_reader.h"
#include "protocols/http/json_writer.h"

namespace koine::http {

extern const std::string_view exchange_schema;

// How the exchange without a name is called in a path.
inline constexpr std::string_view default_exchange = "amq.default";

Outcome<core::ExchangeSpec> read_exchange(JsonObject& fields, core::Name name);
// The members, without the braces.
void write_exchange(JsonWriter& json, const core::RoutingGraph& routing,
                    const core::ExchangeSpec& exchange);
// Problems: conflict: "exchange 'shop' is there with type direct, expected topic".
Outcome<> check_same(const core::ExchangeSpec& expected, const core::ExchangeSpec& current);

}  // namespace koine::http
