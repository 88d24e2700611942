// How the catalog's log and checkpoints keep queues (base/fields.h):
//
//   vhost | name | u8 flags: durable, auto-delete, single active consumer | u64 owner | u8 overflow, u8 priority_max |
//   u16 which optional settings are there, then these | arguments | i64 created | count, log ids
//
// and how notes of requests with a key (core/idempotency.h) keep places in them: u8 level | i64 offset.
#pragma once

#include "base/fields.h"
#include "core/queues/queue_spec.h"
#include "core/queues/settlement.h"

namespace koine::core {

void write_name(FieldWriter& writer, const Name& name);
Result<Name> read_name(FieldReader& reader);
void write_field_table(FieldWriter& writer, const FieldTable& table);
Result<FieldTable> read_field_table(FieldReader& reader);

void write_queue(FieldWriter& writer, const QueueInfo& queue);
// Errors: corrupt; also without logs, or with logs of several shards.
Result<QueuePtr> read_queue(FieldReader& reader);

// What write_queue writes at least.
inline constexpr std::size_t queue_size_min = 4 + 4 + 1 + 8 + 1 + 1 + 2 + 4 + 8 + 4 + 8;

void write_queue_position(FieldWriter& writer, QueuePosition position);
Result<QueuePosition> read_queue_position(FieldReader& reader);
inline constexpr std::size_t queue_position_size = 1 + 8;

}  // namespace koine::core
