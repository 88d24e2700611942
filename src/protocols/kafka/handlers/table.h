// The table of operations: for each API how its requests are answered. ApiVersions is generated from it.
//
// Two kinds: most requests are answered in one go. Produce has two stages: the first ends when the records have their
// place in the journal (the next request may then be read), the second when they are durable.
#pragma once

#include <span>

#include "base/result.h"
#include "base/task.h"
#include "protocols/kafka/header.h"
#include "protocols/kafka/response.h"
#include "protocols/kafka/scope.h"

namespace koine::kafka {

// A request whose message has not been decoded yet; `body` points into the scope's frame.
struct Request {
  RequestHeader header;
  ByteView body;
};

struct Operation {
  ApiKey key = {};
  // One of the two is null. Errors (of both): corrupt, too_large: the message can't be decoded.
  Task<Result<Response>> (*answer)(Scope& scope, Request request) = nullptr;
  Task<Result<Task<Response>>> (*begin)(Scope& scope, Request request) = nullptr;
  // Also before the client has logged in.
  bool is_open_to_strangers = false;
  // Of SaslAuthenticate: a token that came as a frame of its own (the scope's frame), after SaslHandshake 0. The answer
  // is to be sent likewise; a failure is said in the connection's login.
  Task<Bytes> (*take_token)(Scope& scope) = nullptr;
};

// In order of their keys.
std::span<const Operation> operations();

// Null: no such operation.
const Operation* find_operation(ApiKey key);

}  // namespace koine::kafka
