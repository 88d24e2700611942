// answer<Request>: from a request's bytes to a response's, around its handler. For table.cc and tests.
#pragma once

#include <utility>

#include "protocols/kafka/codec.h"
#include "protocols/kafka/handlers/table.h"

namespace koine::kafka {

template <typename Message>
Response encoded(const RequestHeader& header, const Message& message,
                 std::vector<RecordSource> records = {}) {
  Writer writer;
  encode_response_frame(writer, message, header.version, header.correlation_id);
  return {.bytes = writer.take(), .holes = writer.holes(), .records = std::move(records)};
}

template <typename Message>
// The scope outlives the call.
Task<Result<Response>> answer(Scope& scope, Request request) {
  Reader reader(request.body);
  reader.pass_over_rest();
  CO_TRY(auto message, decode<Message>(reader, request.header.version));
  const auto handling = handle(scope, std::move(message), request.header.version);
  const auto response = co_await handling;
  co_return encoded(request.header, response, std::move(scope.records));
}

}  // namespace koine::kafka
