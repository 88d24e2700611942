#include "core/queues/properties.h"

#include <limits>
#include <utility>

#include "base/byte_order.h"
#include "base/check.h"
#include "core/queues/field_cursor.h"

namespace koine::core {
namespace {

// In the flags: the first property is the highest bit.
enum class Property : std::uint8_t {
  content_type = 15,
  content_encoding = 14,
  headers = 13,
  delivery_mode = 12,
  priority = 11,
  correlation_id = 10,
  reply_to = 9,
  expiration = 8,
  message_id = 7,
  timestamp = 6,
  type = 5,
  user_id = 4,
  app_id = 3,
  cluster_id = 2,
};
// Bit 1 is no property; bit 0 would announce more flags, which the basic class has none of.
constexpr std::uint16_t unknown_flags = 0x3;
constexpr const char* left_over = "bytes are left over after the last property";

constexpr std::uint16_t flag_of(Property property) {
  return static_cast<std::uint16_t>(1U << static_cast<unsigned>(property));
}

// In the order of the wire.
template <typename AnyProperties, typename Visitor>
void each_property(AnyProperties& properties, Visitor visit) {
  visit(Property::content_type, properties.content_type);
  visit(Property::content_encoding, properties.content_encoding);
  visit(Property::headers, properties.headers);
  visit(Property::delivery_mode, properties.delivery_mode);
  visit(Property::priority, properties.priority);
  visit(Property::correlation_id, properties.correlation_id);
  visit(Property::reply_to, properties.reply_to);
  visit(Property::expiration, properties.expiration);
  visit(Property::message_id, properties.message_id);
  visit(Property::timestamp, properties.timestamp);
  visit(Property::type, properties.type);
  visit(Property::user_id, properties.user_id);
  visit(Property::app_id, properties.app_id);
  visit(Property::cluster_id, properties.cluster_id);
}

std::uint16_t take_flags(FieldCursor& cursor) {
  const auto flags = cursor.number<std::uint16_t>();
  if ((flags & unknown_flags) != 0) cursor.refuse("unknown property flags");
  return cursor.failed() ? std::uint16_t{0} : flags;
}

struct PropertyReader {
  FieldCursor& cursor;

  void read(std::optional<std::string>& text) const { text.emplace(cursor.short_text()); }
  void read(std::optional<std::uint8_t>& octet) const { octet = cursor.number<std::uint8_t>(); }
  void read(std::optional<std::uint64_t>& time) const { time = cursor.number<std::uint64_t>(); }
  void read(std::optional<FieldTable>& table) const {
    FieldCursor whole = cursor;
    skip_field_table(cursor);
    if (cursor.failed()) return;
    auto decoded = decode_field_table(whole.take(whole.rest().size() - cursor.rest().size()));
    CHECK(decoded);
    table = std::move(*decoded);
  }
};

template <std::integral T>
void put(std::vector<std::byte>& to, T value) {
  const std::size_t at = to.size();
  to.resize(at + sizeof value);
  store_be(to.data() + at, value);
}

struct PropertyWriter {
  std::vector<std::byte>& to;

  void write(std::integral auto number) const { put(to, number); }
  void write(const FieldTable& table) const { encode_field_table(table, to); }
  void write(const std::string& text) const {
    CHECK(text.size() <= std::numeric_limits<std::uint8_t>::max());
    put(to, static_cast<std::uint8_t>(text.size()));
    const ByteView bytes = as_bytes(text);
    to.insert(to.end(), bytes.begin(), bytes.end());
  }
};

}  // namespace

Result<Properties> decode_properties(ByteView bytes) {
  Properties properties;
  FieldCursor cursor(bytes);
  const std::uint16_t flags = take_flags(cursor);
  const PropertyReader reader{cursor};
  each_property(properties, [&](Property property, auto& value) {
    if ((flags & flag_of(property)) != 0) reader.read(value);
  });
  if (!cursor.empty()) cursor.refuse(left_over);
  TRY(cursor.outcome());
  return properties;
}

void encode_properties(const Properties& properties, std::vector<std::byte>& to) {
  const std::size_t at = to.size();
  put(to, std::uint16_t{0});
  std::uint16_t flags = 0;
  const PropertyWriter writer{to};
  each_property(properties, [&](Property property, const auto& value) {
    if (!value) return;
    flags |= flag_of(property);
    writer.write(*value);
  });
  store_be(to.data() + at, flags);
}

Result<PropertiesSummary> summarize_properties(ByteView bytes) {
  PropertiesSummary summary;
  FieldCursor cursor(bytes);
  const std::uint16_t flags = take_flags(cursor);
  const auto has = [flags](Property property) { return (flags & flag_of(property)) != 0; };
  if (has(Property::content_type)) (void)cursor.short_text();
  if (has(Property::content_encoding)) (void)cursor.short_text();
  if (has(Property::headers)) {
    const ByteView from_here = cursor.rest();
    skip_field_table(cursor);
    summary.headers = from_here.first(from_here.size() - cursor.rest().size());
  }
  if (has(Property::delivery_mode)) summary.delivery_mode = cursor.number<std::uint8_t>();
  if (has(Property::priority)) summary.priority = cursor.number<std::uint8_t>();
  if (has(Property::correlation_id)) (void)cursor.short_text();
  if (has(Property::reply_to)) summary.reply_to = cursor.short_text();
  if (has(Property::expiration)) summary.expiration = cursor.short_text();
  if (has(Property::message_id)) summary.message_id = cursor.short_text();
  if (has(Property::timestamp)) (void)cursor.number<std::uint64_t>();
  if (has(Property::type)) (void)cursor.short_text();
  if (has(Property::user_id)) summary.user_id = cursor.short_text();
  if (has(Property::app_id)) (void)cursor.short_text();
  if (has(Property::cluster_id)) (void)cursor.short_text();
  if (!cursor.empty()) cursor.refuse(left_over);
  TRY(cursor.outcome());
  return summary;
}

}  // namespace koine::core
