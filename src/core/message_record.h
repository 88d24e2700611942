// The one translation between what queues hold and what topics hold, used by every protocol: what one sets another can read.
//
//   message                               record
//   routing key                           key: no routing key, no key
//   body                                  value
//   properties                            headers of the property's name: `content-type`, `correlation-id`, `timestamp`, ...
//   headers: text                         header of that name
//   headers: numbers, flags, tables ...   header of that name: the value as text; and as it was in `amqp-headers`
//   headers: `cloudEvents:<attribute>`    header `ce_<attribute>`, as the Kafka binding of CloudEvents names it; the same with
//                                         `cloudEvents_<attribute>`
//   header `x-record-key`                 a key that is no routing key: empty, over 255 bytes, or no UTF-8
//   header `x-null-value`                 no value (a tombstone); the body is empty
//
// `amqp-headers` is an AMQP field table with those headers whose type or name the text does not tell; it counts for a
// header whose text is still that of the value. A record's header that does not fit a property (a priority that is no number,
// a type of 300 bytes) stays a header. A message of a record has the record's time as `timestamp` unless a header says another;
// header names over 255 bytes stay behind, and headers over 64 KiB in all, which no frame would take: then `x-headers-omitted`
// is their size.
//
// A record's `user-id` is what its producer says; only AMQP compares it with the user. Objects are reused: they keep their
// memory. No shard.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/batch_builder.h"
#include "core/queues/message.h"
#include "core/queues/properties.h"
#include "core/record_reader.h"

namespace koine::core {

inline constexpr std::string_view record_key_header = "x-record-key";
inline constexpr std::string_view null_value_header = "x-null-value";
inline constexpr std::string_view headers_omitted_header = "x-headers-omitted";
inline constexpr std::string_view typed_headers_name = "amqp-headers";

// Of what it translates, all encoded headers together may have so many bytes.
inline constexpr std::size_t translated_headers_max = 64 * KiB;

class RecordOfMessage {
 public:
  // Views into the message and this, until the next call. Errors: corrupt (properties).
  Result<NewRecord> make(const MessageView& message);

 private:
  void add_properties();
  void add_headers(const FieldTable& headers);
  void add(std::string_view name, std::string value);

  Properties properties_;
  std::deque<std::string> texts_;
  std::vector<RecordHeader> headers_;
  std::string key_;
  bool has_key_ = false;
  bool has_value_ = true;
};

// Only the key that the record would get.
std::optional<std::string> record_key_of(const MessageView& message);

// No record of the message is larger, except for types that are longer as text.
std::size_t estimated_record_size(const MessageView& message);

class MessageOfRecord {
 public:
  // As if it had been published to an exchange of the topic's name; with these headers besides. Views into the record and this,
  // until the next call.
  MessageView make(const Record& record, std::string_view topic, WallTimeMs now_ms,
                   std::span<const Field> more = {});

 private:
  void take_header(const RecordHeader& header, FieldTable& typed);
  void encode(std::span<const Field> more);

  Properties properties_;
  FieldTable headers_;
  std::vector<std::byte> encoded_;
};

}  // namespace koine::core
