// Messages of queues in JSON, as they are shown: by peek, with leases, on WebSockets.
//
//   {"exchange": "shop", "routing_key": "order.new", "published_ms": 1764263000000, "redelivered": false, "failed_deliveries": 0,
//    "content_type": "application/json", "message_id": "17", "headers": {...}, "value": {"total": 12}}
#pragma once

#include "core/queues/queue_client.h"
#include "protocols/http/json_writer.h"
#include "protocols/http/problem.h"
#include "protocols/http/record_json.h"

namespace koine::http {

struct ShownMessage {
  const core::MessageView& message;
  bool is_redelivered = false;
  std::uint32_t failed_deliveries = 0;
};

// The members, without the braces. Problems: the message is damaged.
Outcome<> write_message(JsonWriter& json, const ShownMessage& shown, RecordJson& values);
Outcome<> write_message(JsonWriter& json, const core::GotMessage& message, RecordJson& values);

}  // namespace koine::http
