// What a queue's declaration may say.
#pragma once

#include "core/queues/queue_spec.h"

namespace koine::core {

// The arguments of one queue, exchange or binding, encoded: they are kept in memory on every shard.
inline constexpr std::size_t arguments_bytes_max = 32 * 1024;
// Of queues, exchanges, routing keys of bindings: the limit of AMQP's short strings.
inline constexpr std::size_t name_bytes_max = 255;

// Errors: invalid_argument (the sentence names the setting, what was found and what is expected), too_large (arguments).
Result<> check_queue_spec(const QueueSpec& spec);
Result<> check_arguments(const FieldTable& arguments);

}  // namespace koine::core
