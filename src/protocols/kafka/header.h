// What precedes a message in its frame: request headers 0 to 2 and response headers 0 and 1, and the whole frame that
// is made of length, header and message.
//
//   request   int32 length | int16 api, int16 version, int32 correlation | string client id | tagged fields | message
//   response  int32 length | int32 correlation | tagged fields | message
//
// The client id is a plain string in every version; tagged fields are there in an API's flexible versions, except in
// ApiVersions' response, which must be readable by a client that asked in a version we do not know (KIP-511).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "protocols/kafka/api.h"
#include "protocols/kafka/codec.h"
#include "protocols/kafka/wire.h"

namespace koine::kafka {

struct RequestHeader {
  std::int16_t api_key = 0;  // may be one that we do not speak
  Version version = 0;
  std::int32_t correlation_id = 0;
  std::optional<std::string> client_id;
  // The table's entry when the codec knows the API and the version (whether the version is accepted is another
  // question: Api::accepted). Null otherwise; then the client id and what follows was left unread, in unknown form.
  const Api* api = nullptr;
};

// Leaves the reader at the message.
Result<RequestHeader> decode_request_header(Reader& reader);

// Leaves the reader at the message; returns the correlation id.
Result<std::int32_t> decode_response_header(Reader& reader, ApiKey key, Version version);

// Writes a length of 0 and the header; returns where the frame starts, for end_frame.
std::size_t begin_request(Writer& writer, ApiKey key, Version version, std::int32_t correlation_id,
                          const std::optional<std::string>& client_id);
std::size_t begin_response(Writer& writer, ApiKey key, Version version,
                           std::int32_t correlation_id);

// Sets the length of the frame that starts at `begin` and ends here, holes included. Frames in one writer follow
// each other.
void end_frame(Writer& writer, std::size_t begin);

template <typename Message>
void encode_request_frame(Writer& writer, const Message& message, Version version,
                          std::int32_t correlation_id,
                          const std::optional<std::string>& client_id) {
  const std::size_t begin = begin_request(writer, Message::api, version, correlation_id, client_id);
  encode(writer, message, version);
  end_frame(writer, begin);
}

template <typename Message>
void encode_response_frame(Writer& writer, const Message& message, Version version,
                           std::int32_t correlation_id) {
  const std::size_t begin = begin_response(writer, Message::api, version, correlation_id);
  encode(writer, message, version);
  end_frame(writer, begin);
}

}  // namespace koine::kafka
