// The arguments of queues, exchanges and consumers (x-message-ttl, ...): each is known here and enforced, or refused by name.
// arguments.cc has the tables.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/queues/properties.h"
#include "core/queues/queue_spec.h"
#include "protocols/amqp/errors.h"

namespace koine::amqp {

// `queue` as named(): "queue 'email' in vhost '/'". Refusals: precondition_failed: "invalid arg 'x-expires' for queue ...: ...".
Outcome<core::QueueSettings> read_queue_arguments(const core::FieldTable& arguments,
                                                  const std::string& queue);

// Whether two declarations that differ in the argument only are different queues: not for those that say how RabbitMQ would
// store the queue or place it in a cluster.
bool is_compared(std::string_view queue_argument);

struct ConsumerArguments {
  std::int32_t priority = 0;
};
Outcome<ConsumerArguments> read_consumer_arguments(const core::FieldTable& arguments,
                                                   const std::string& queue);

struct ExchangeArguments {
  std::optional<std::string> alternate_exchange;
  std::optional<std::string> delayed_type;  // of an exchange that delays: how it routes then
};
Outcome<ExchangeArguments> read_exchange_arguments(const core::FieldTable& arguments,
                                                   const std::string& exchange);

}  // namespace koine::amqp
