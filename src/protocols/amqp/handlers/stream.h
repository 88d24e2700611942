// Topics as RabbitMQ's streams: consumed by name, where there is no queue of that name, and declared with x-queue-type=stream.
//
//   orders      all partitions of the topic; each delivery says which one (x-stream-partition)
//   orders-2    its partition 2, as the partitions of super streams are named; with a number as x-stream-offset
//
// What streams can't do is refused as RabbitMQ refuses it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/task.h"
#include "core/topic.h"
#include "protocols/amqp/errors.h"
#include "protocols/amqp/messages/basic.h"
#include "protocols/amqp/messages/queue.h"
#include "protocols/amqp/scope.h"

namespace koine::amqp {

struct Stream {
  core::TopicPtr topic;
  std::optional<PartitionId> partition;  // none: all
};

// None: there is a queue of that name, or nothing.
std::optional<Stream> find_stream(const Scope& scope, const std::string& name);

// The consumer's tag is free. Refusals: precondition_failed (no prefetch, arguments), not_implemented (automatic acknowledgement,
// global qos, exclusive).
Task<Outcome<>> consume_stream(Scope& scope, Stream stream, BasicConsume consume, std::string tag);

// With x-queue-type=stream.
bool declares_stream(const QueueDeclare& declare);
Task<Outcome<>> declare_stream(Scope& scope, QueueDeclare declare);
Task<Outcome<>> answer_stream(Scope& scope, std::string name, Stream stream, bool no_wait);
Task<Outcome<>> delete_stream(Scope& scope, std::string name, Stream stream, QueueDelete method);

// "basic.get", "queue.purge".
std::unexpected<Refusal> not_for_streams(const Scope& scope, std::string_view method,
                                         const std::string& name);

}  // namespace koine::amqp
