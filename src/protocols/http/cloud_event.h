// CloudEvents 1.0 in records and messages, as the Kafka and AMQP bindings keep them: binary mode, the attributes in headers `ce_<attribute>`; structured mode,
// the whole event as the value, of the type application/cloudevents+json. Here: any of both as one JSON event.
//
//   ce_id: 17, ce_type: order.placed, content-type: application/json       {"id": "17", "type": "order.placed", ...,
//   {"total": 12}                                                           "datacontenttype": "application/json", "data": {"total": 12}}
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "core/queues/message.h"
#include "core/record_reader.h"
#include "protocols/http/json_reader.h"
#include "protocols/http/record_json.h"

namespace koine::http {

inline constexpr std::string_view event_type = "application/cloudevents+json";
inline constexpr std::string_view event_batch_type = "application/cloudevents-batch+json";
// Of a record header that is an attribute.
inline constexpr std::string_view event_header_prefix = "ce_";

// False: the record is no event; then what was appended is to be taken back.
bool append_cloud_event(std::string& out, const core::Record& record, RecordJson& json);
// The same of a message; binary mode: the attributes in headers `cloudEvents:<attribute>` or `cloudEvents_<attribute>`. With a lease:
// its name as the attribute `koinelease`.
bool append_cloud_event(std::string& out, const core::MessageView& message, RecordJson& json,
                        std::string_view lease = {});

// Of CloudEvents 1.0, "Required attributes".
inline constexpr std::array<std::string_view, 4> required_attributes = {"specversion", "id",
                                                                        "source", "type"};

// An event of structured mode, whole, as JSON. Problems: bad_request: an attribute that is required is missing.
Outcome<std::string> read_cloud_event(const JsonValue& event);

}  // namespace koine::http
