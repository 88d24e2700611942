// How the catalog's log and checkpoints keep exchanges and bindings (base/fields.h):
//
//   exchange   vhost | name | u8 type, u8 delayed type | u8 flags: durable, auto-delete, internal, has an alternate exchange |
//              [alternate exchange] | arguments
//   binding    source's vhost | name | u8 kind of target | target | routing key | arguments
#pragma once

#include "base/fields.h"
#include "core/routing/exchange.h"

namespace koine::core {

void write_exchange(FieldWriter& writer, const ExchangeSpec& exchange);
// Errors: corrupt.
Result<ExchangePtr> read_exchange(FieldReader& reader);

void write_binding(FieldWriter& writer, const Binding& binding);
// Errors: corrupt.
Result<Binding> read_binding(FieldReader& reader);

}  // namespace koine::core
