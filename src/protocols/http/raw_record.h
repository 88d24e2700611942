// A record as an HTTP message: its value is the body, as it is stored, and the fields say the rest, in the form in which
// record_draft.h takes them:
//
//   Content-Type, Content-Encoding, traceparent, tracestate, ce-<attribute>       from the headers that say so
//   Koine-Partition, Koine-Offset, Koine-Timestamp, Koine-Key, Koine-Header-<name>
//
// Names and values that no field can hold are percent-encoded. What is stored may say it is a page with a script in it: it
// is never run as one of ours (sandbox).
#pragma once

#include "base/ids.h"
#include "core/record_reader.h"
#include "protocols/http/message.h"

namespace koine::http {

// No value: an empty body, and `Koine-Null-Value: true`. Headers beyond 16 KiB are left out: `Koine-Headers-Omitted` has their number.
Response raw_record(PartitionId partition, const core::Record& record);

}  // namespace koine::http
