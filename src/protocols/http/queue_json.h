// Queues in JSON: what they are declared to be, read and shown with the same names; and in what two declarations differ.
#pragma once

#include <optional>

#include "core/queues/queue_client.h"
#include "core/queues/queue_spec.h"
#include "protocols/http/json_reader.h"
#include "protocols/http/json_writer.h"

namespace koine::http {

// The JSON Schema of a declaration.
extern const std::string_view queue_schema;

// A declaration. What is not said has its default. Problems: an unknown setting, one that is out of range.
Outcome<core::QueueSpec> read_queue(JsonObject& fields, core::Name name);

// The members of an object, without the braces; counts if they are known.
void write_queue(JsonWriter& json, const core::QueueInfo& queue,
                 const std::optional<core::QueueCounts>& counts);

// Problems: conflict: "queue 'email' is there with message_ttl_ms 10, expected 5", of the first setting that differs.
Outcome<> check_same(const core::QueueSpec& expected, const core::QueueSpec& current);

}  // namespace koine::http
