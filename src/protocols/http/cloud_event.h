// CloudEvents 1.0 in records, as the Kafka binding keeps them: binary mode, the attributes in headers `ce_<attribute>`; structured mode,
// the whole event as the value, of the type application/cloudevents+json. Here: any of both as one JSON event.
//
//   ce_id: 17, ce_type: order.placed, content-type: application/json       {"id": "17", "type": "order.placed", ...,
//   {"total": 12}                                                           "datacontenttype": "application/json", "data": {"total": 12}}
#pragma once

#include <string>
#include <string_view>

#include "core/record_reader.h"
#include "protocols/http/record_json.h"

namespace koine::http {

inline constexpr std::string_view event_type = "application/cloudevents+json";
inline constexpr std::string_view event_batch_type = "application/cloudevents-batch+json";
// Of a record header that is an attribute.
inline constexpr std::string_view event_header_prefix = "ce_";

// False: the record is no event; then what was appended is to be taken back.
bool append_cloud_event(std::string& out, const core::Record& record, RecordJson& json);

}  // namespace koine::http
