// ReplyCode: why a channel or a connection is closed, or a message returned; numbers and names as in AMQP 0-9-1 1.5.2.
#pragma once

#include <cstdint>
#include <string_view>

namespace koine::amqp {

enum class ReplyCode : std::uint16_t {
  success = 200,
  content_too_large = 311,
  no_route = 312,
  no_consumers = 313,
  connection_forced = 320,
  invalid_path = 402,
  access_refused = 403,
  not_found = 404,
  resource_locked = 405,
  precondition_failed = 406,
  frame_error = 501,
  syntax_error = 502,
  command_invalid = 503,
  channel_error = 504,
  unexpected_frame = 505,
  resource_error = 506,
  not_allowed = 530,
  not_implemented = 540,
  internal_error = 541,
};

// "NOT_FOUND": what RabbitMQ begins the text with, and what clients look for.
std::string_view name_of(ReplyCode code);

// Whether the code ends the connection, and not just the channel.
bool is_hard(ReplyCode code);

}  // namespace koine::amqp
