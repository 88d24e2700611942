// MessageDraft: a message for queues on its way in: from a raw request (body and header fields) or from JSON. What it says of itself is
// in the same properties as AMQP's, so that consumers of every protocol see the same.
//
//   Content-Type, Content-Encoding             the properties of these names
//   Koine-Message-Id, Koine-Correlation-Id, Koine-Reply-To, Koine-Type, Koine-App-Id, Koine-Priority, Koine-Expiration-Ms
//   Koine-Delay-Ms                             held for so long before it is routed
//   Koine-Header-<name>: percent-encoded       a header; traceparent, tracestate under their own names
//   ce-<attribute>                             CloudEvents' binary mode: the header `cloudEvents:<attribute>`, as its AMQP binding says
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/units.h"
#include "core/queues/message.h"
#include "core/queues/properties.h"
#include "protocols/http/json_reader.h"
#include "protocols/http/message.h"
#include "protocols/http/problem.h"

namespace koine::http {

inline constexpr std::string_view messages_type = "application/vnd.koine.messages+json";

class MessageDraft {
 public:
  // The body is a view into the request's. Problems: 400 that names the field.
  static Outcome<MessageDraft> from_request(const Request& request);
  // An event of CloudEvents' structured mode. Problems: bad_request: no CloudEvent.
  static Outcome<MessageDraft> from_event(const JsonValue& event);
  // `value` or `value_base64`, `headers`, and the properties: `content_type`, `message_id`, ... Asks for its own fields only.
  static Outcome<MessageDraft> from_json(JsonObject& fields);

  // Properties as AMQP encodes them (core/queues/properties.h; empty: none). Problems: bad_request: not that, or of a kind that is not
  // taken here: not persistent, of another user.
  static Outcome<MessageDraft> from_encoded(ByteView properties, ByteView body,
                                            std::int64_t delay_ms);

  // Views into this.
  core::MessageView message(std::string_view exchange, std::string_view routing_key,
                            WallTimeMs now_ms) const;
  ByteView encoded_properties() const { return encoded_; }
  // Of properties and body.
  std::size_t size() const {
    return encoded_.size() + (owns_body_ ? owned_body_.size() : body_.size());
  }
  const core::FieldTable& headers() const { return *properties_.headers; }
  std::int64_t delay_ms() const { return delay_ms_; }
  // Of the headers CC and BCC: routing keys besides the message's own.
  const std::vector<std::string>& more_keys() const { return more_keys_; }

 private:
  Outcome<> take_field(const Header& field);
  Outcome<> take_header(std::string_view name, std::string_view encoded);
  Outcome<> set_number(std::string_view place, std::string_view name, std::int64_t number);
  Outcome<> take_expiration();
  Outcome<> check_event() const;
  Outcome<> take_copies();
  Outcome<> finish();

  core::Properties properties_;
  std::vector<std::byte> encoded_;
  std::vector<std::string> more_keys_;
  std::int64_t delay_ms_ = 0;
  std::string owned_body_;
  ByteView body_;
  bool owns_body_ = false;
  bool is_event_ = false;  // in binary mode
};

}  // namespace koine::http
