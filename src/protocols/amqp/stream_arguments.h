// The arguments of streams: x-stream-offset of consumers, and of declarations those that a topic can do. Others are refused by
// name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/units.h"
#include "core/queues/properties.h"
#include "core/topic_reader.h"
#include "protocols/amqp/errors.h"

namespace koine::amqp {

// Where a consumer of a stream begins.
struct StreamOffset {
  enum class At : std::uint8_t { first, last, next, time, number };
  At at = At::next;  // RabbitMQ's default
  WallTimeMs time_ms = 0;
  std::int64_t number = 0;
};
// first, last, next; an offset; a timestamp; or an interval before now: a number and one of Y M D h m s.
// `stream` as named(). Refusals: precondition_failed.
Outcome<StreamOffset> read_stream_offset(const core::FieldTable& arguments,
                                         const std::string& stream, WallTimeMs now_ms);

struct StreamArguments {
  std::optional<std::int64_t> retention_ms;     // x-max-age
  std::optional<std::int64_t> retention_bytes;  // x-max-length-bytes
};
Outcome<StreamArguments> read_stream_arguments(const core::FieldTable& arguments,
                                               const std::string& stream);

}  // namespace koine::amqp
