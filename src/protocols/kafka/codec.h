// decode and encode: between a message's struct (messages/) and its bytes in one version. Pure: no I/O, no state.
//
// Instantiated in messages/*.cc for every request and response there; including this header costs little.
//
//   Reader reader(frame);
//   TRY(const auto header, decode_request_header(reader));            (header.h)
//   TRY(auto request, decode<FetchRequest>(reader, header.version));
#pragma once

#include "base/result.h"
#include "protocols/kafka/field_spec.h"
#include "protocols/kafka/wire.h"

namespace koine::kafka {

// Reads to the end of the reader. Views in the message point into the reader's bytes. ErrorCode::unsupported for
// a version that the codec does not know, corrupt or too_large for bytes that are no such message; the sentence
// names message, version and field.
template <typename Message>
Result<Message> decode(Reader& reader, Version version);

// Appends. The version must be one that the codec knows (Api::known).
template <typename Message>
void encode(Writer& writer, const Message& message, Version version);

}  // namespace koine::kafka
