// basic.publish: a message that has arrived whole is checked, routed and put into the batches of its queues' shards. Waits for
// nothing.
#pragma once

#include <string_view>

#include "base/bytes.h"
#include "protocols/amqp/scope.h"

namespace koine::amqp {

// Views into whatever it arrived in; all of it is copied.
struct ArrivedMessage {
  std::string_view exchange;
  std::string_view routing_key;
  bool is_mandatory = false;
  bool is_immediate = false;
  ByteView properties;
  ByteView body;
};

// Refusals: not_found (exchange), access_refused (internal exchange), precondition_failed (user-id, expiration, reply-to without
// a consumer, a transaction that is too large), not_implemented (immediate).
Outcome<> publish(Scope& scope, const ArrivedMessage& arrived);

// Refusal: precondition_failed: more than the configured maximum.
Outcome<> check_body_size(const Scope& scope, std::uint64_t body_size);

}  // namespace koine::amqp
