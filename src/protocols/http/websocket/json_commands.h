// What a client says in koine.json.v1: one JSON object a message, whose `op` says what it is (docs/streams.md). Strict: what is unknown,
// missing or of the wrong kind is refused by name.
#pragma once

#include "protocols/http/json_reader.h"
#include "protocols/http/websocket/socket_command.h"

namespace koine::http {

// Problems: bad_request, content_too_large.
Outcome<SocketCommand> read_json_command(JsonObject& fields);
// `seq` or else `id`, if they can be read.
CommandSubject subject_of(JsonObject fields);

}  // namespace koine::http
