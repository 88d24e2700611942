// What a client says in koine.binary.v1 (binary_form.h), one message a command. Strict: every byte is a field's.
#pragma once

#include "base/bytes.h"
#include "protocols/http/websocket/socket_command.h"

namespace koine::http {

// Problems: bad_request, content_too_large.
Outcome<SocketCommand> read_binary_command(ByteView message);
// Whom it is about, if so much can be read.
CommandSubject subject_of(ByteView message);

}  // namespace koine::http
