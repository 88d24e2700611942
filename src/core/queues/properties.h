// Properties: what a message says of itself, beside its body. Encoded as AMQP 0-9-1 encodes the properties of its basic
// class (4.2.6.1: flags, then the fields that are there), because that is the richest of what the protocols have and
// what most messages come and go as; protocols that have other words translate here.
//
//   u16 flags | content-type | content-encoding | headers | delivery-mode | priority | correlation-id | reply-to |
//   expiration | message-id | timestamp | type | user-id | app-id | cluster-id          big-endian, shortstr = u8 + text
//
// Headers are a field table (4.2.5.5) in the dialect of RabbitMQ: types t b B s u I i l L(=l) f d D S x A T F V.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace koine::core {

struct Field;
struct FieldValue;
// In the order of the wire; names may repeat (the first one counts).
using FieldTable = std::vector<Field>;
using FieldArray = std::vector<FieldValue>;

struct Decimal {
  std::uint8_t scale = 0;
  std::int32_t value = 0;
  bool operator==(const Decimal&) const = default;
};
struct Timestamp {
  std::uint64_t seconds = 0;  // POSIX
  bool operator==(const Timestamp&) const = default;
};
struct ByteArray {
  std::string bytes;
  bool operator==(const ByteArray&) const = default;
};

struct FieldValue {
  // Void; t; b; B; s; u; I; i; l; f; d; D; S (text, need not be UTF-8); x; A; T; F.
  using Variant =
      std::variant<std::monostate, bool, std::int8_t, std::uint8_t, std::int16_t, std::uint16_t,
                   std::int32_t, std::uint32_t, std::int64_t, float, double, Decimal, std::string,
                   ByteArray, FieldArray, Timestamp, FieldTable>;
  Variant value;

  bool operator==(const FieldValue& other) const;
  // Any of the integer types, as a number.
  std::optional<std::int64_t> as_integer() const;
  const std::string* as_text() const { return std::get_if<std::string>(&value); }
  // The wire's letter and the field's usual name of the type, for error messages: "longstr", "signedint", ...
  std::string_view type_name() const;
};

struct Field {
  std::string name;
  FieldValue value;
  bool operator==(const Field&) const = default;
};

// The first value of that name, or null.
const FieldValue* find_field(const FieldTable& table, std::string_view name);

// Nesting deeper than this is refused.
inline constexpr int field_nesting_max = 32;

// A whole table with its u32 size. Errors: corrupt (short, unknown type, nesting).
Result<FieldTable> decode_field_table(ByteView bytes);
void encode_field_table(const FieldTable& table, std::vector<std::byte>& to);

struct Properties {
  std::optional<std::string> content_type;
  std::optional<std::string> content_encoding;
  std::optional<FieldTable> headers;
  std::optional<std::uint8_t> delivery_mode;  // 2: persistent
  std::optional<std::uint8_t> priority;
  std::optional<std::string> correlation_id;
  std::optional<std::string> reply_to;
  std::optional<std::string> expiration;  // milliseconds, in digits
  std::optional<std::string> message_id;
  std::optional<std::uint64_t> timestamp;  // POSIX seconds
  std::optional<std::string> type;
  std::optional<std::string> user_id;
  std::optional<std::string> app_id;
  std::optional<std::string> cluster_id;
  bool operator==(const Properties&) const = default;
};

Result<Properties> decode_properties(ByteView bytes);
void encode_properties(const Properties& properties, std::vector<std::byte>& to);

// What publishing and routing need, found without decoding the rest; checks that all of it is well formed. Views into
// `bytes`. Errors: corrupt.
struct PropertiesSummary {
  ByteView headers;  // the whole table with its size; empty: none
  std::string_view reply_to;
  std::optional<std::string_view> expiration;
  std::optional<std::string_view> user_id;
  std::string_view message_id;
  std::optional<std::uint8_t> delivery_mode;
  std::optional<std::uint8_t> priority;
};
Result<PropertiesSummary> summarize_properties(ByteView bytes);

}  // namespace koine::core
