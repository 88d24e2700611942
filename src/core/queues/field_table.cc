#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <utility>

#include "base/check.h"
#include "core/queues/field_cursor.h"
#include "core/queues/properties.h"

namespace koine::core {
namespace {

struct FieldType {
  char letter;
  std::string_view name;
};
// By the position of the type in FieldValue::Variant.
constexpr std::array<FieldType, std::variant_size_v<FieldValue::Variant>> types{{
    {'V', "void"},
    {'t', "bool"},
    {'b', "byte"},
    {'B', "unsignedbyte"},
    {'s', "short"},
    {'u', "unsignedshort"},
    {'I', "signedint"},
    {'i', "unsignedint"},
    {'l', "long"},
    {'f', "float"},
    {'d', "double"},
    {'D', "decimal"},
    {'S', "longstr"},
    {'x', "binary"},
    {'A', "array"},
    {'T', "timestamp"},
    {'F', "table"},
}};

constexpr const char* too_deep = "a field table is nested more than 32 deep";
constexpr const char* unknown_type = "a field of an unknown type";

// Of a value without a size of its own; none: it has one, or is unknown.
constexpr std::optional<std::size_t> fixed_size(char letter) {
  switch (letter) {
    case 'V': return 0;
    case 't':
    case 'b':
    case 'B': return 1;
    case 's':
    case 'u': return 2;
    case 'I':
    case 'i':
    case 'f': return 4;
    case 'D': return 5;
    case 'l':
    case 'L':
    case 'd':
    case 'T': return 8;
    default: return std::nullopt;
  }
}

void skip_fields(FieldCursor& cursor, bool are_named, int depth) {
  FieldCursor part(cursor.long_bytes());
  if (depth > field_nesting_max) part.refuse(too_deep);
  while (!part.empty()) {
    if (are_named) (void)part.short_text();
    const auto letter = static_cast<char>(part.number<std::uint8_t>());
    if (part.failed()) break;
    if (const auto size = fixed_size(letter)) {
      (void)part.take(*size);
    } else if (letter == 'S' || letter == 'x') {
      (void)part.long_bytes();
    } else if (letter == 'F' || letter == 'A') {
      skip_fields(part, letter == 'F', depth + 1);
    } else {
      part.refuse(unknown_type);
    }
  }
  cursor.join(part);
}

FieldTable take_table(FieldCursor& cursor, int depth);
FieldArray take_array(FieldCursor& cursor, int depth);

FieldValue::Variant take_value(FieldCursor& cursor, int depth) {
  switch (static_cast<char>(cursor.number<std::uint8_t>())) {
    case 'V': return std::monostate{};
    case 't': return cursor.number<std::uint8_t>() != 0;
    case 'b': return cursor.number<std::int8_t>();
    case 'B': return cursor.number<std::uint8_t>();
    case 's': return cursor.number<std::int16_t>();
    case 'u': return cursor.number<std::uint16_t>();
    case 'I': return cursor.number<std::int32_t>();
    case 'i': return cursor.number<std::uint32_t>();
    case 'l':
    case 'L': return cursor.number<std::int64_t>();
    case 'f': return std::bit_cast<float>(cursor.number<std::uint32_t>());
    case 'd': return std::bit_cast<double>(cursor.number<std::uint64_t>());
    case 'D': {
      const auto scale = cursor.number<std::uint8_t>();
      return Decimal{.scale = scale, .value = cursor.number<std::int32_t>()};
    }
    case 'S': return std::string(as_text(cursor.long_bytes()));
    case 'x': return ByteArray{std::string(as_text(cursor.long_bytes()))};
    case 'T': return Timestamp{cursor.number<std::uint64_t>()};
    case 'A': return take_array(cursor, depth + 1);
    case 'F': return take_table(cursor, depth + 1);
    default: cursor.refuse(unknown_type); return std::monostate{};
  }
}

FieldTable take_table(FieldCursor& cursor, int depth) {
  FieldTable table;
  FieldCursor part(cursor.long_bytes());
  if (depth > field_nesting_max) part.refuse(too_deep);
  while (!part.empty()) {
    std::string name(part.short_text());
    table.push_back({std::move(name), FieldValue{take_value(part, depth)}});
  }
  cursor.join(part);
  return table;
}

FieldArray take_array(FieldCursor& cursor, int depth) {
  FieldArray array;
  FieldCursor part(cursor.long_bytes());
  if (depth > field_nesting_max) part.refuse(too_deep);
  while (!part.empty()) array.push_back(FieldValue{take_value(part, depth)});
  cursor.join(part);
  return array;
}

template <std::integral T>
void put(std::vector<std::byte>& to, T value) {
  const std::size_t at = to.size();
  to.resize(at + sizeof value);
  store_be(to.data() + at, value);
}

void put_raw(std::vector<std::byte>& to, std::string_view text) {
  const ByteView bytes = as_bytes(text);
  to.insert(to.end(), bytes.begin(), bytes.end());
}

void put_long(std::vector<std::byte>& to, std::string_view text) {
  put(to, static_cast<std::uint32_t>(text.size()));
  put_raw(to, text);
}

// A u32 size of all that `write` appends, before it.
template <typename Write>
void put_sized(std::vector<std::byte>& to, Write write) {
  const std::size_t at = to.size();
  put(to, std::uint32_t{0});
  write();
  store_be(to.data() + at, static_cast<std::uint32_t>(to.size() - at - sizeof(std::uint32_t)));
}

struct ValueEncoder {
  std::vector<std::byte>& to;

  void value(const FieldValue& field) const {
    put(to, static_cast<std::uint8_t>(types[field.value.index()].letter));
    std::visit(*this, field.value);
  }
  void operator()(std::monostate) const {}
  void operator()(bool flag) const { put(to, static_cast<std::uint8_t>(flag ? 1 : 0)); }
  void operator()(std::integral auto number) const { put(to, number); }
  void operator()(float number) const { put(to, std::bit_cast<std::uint32_t>(number)); }
  void operator()(double number) const { put(to, std::bit_cast<std::uint64_t>(number)); }
  void operator()(const Decimal& number) const {
    put(to, number.scale);
    put(to, number.value);
  }
  void operator()(const std::string& text) const { put_long(to, text); }
  void operator()(const ByteArray& array) const { put_long(to, array.bytes); }
  void operator()(const Timestamp& time) const { put(to, time.seconds); }
  void operator()(const FieldArray& array) const {
    put_sized(to, [&] {
      for (const FieldValue& element : array) value(element);
    });
  }
  void operator()(const FieldTable& table) const { encode_field_table(table, to); }
};

}  // namespace

bool FieldValue::operator==(const FieldValue& other) const { return value == other.value; }

std::optional<std::int64_t> FieldValue::as_integer() const {
  return std::visit(
      [](const auto& held) -> std::optional<std::int64_t> {
        using Held = std::remove_cvref_t<decltype(held)>;
        if constexpr (std::integral<Held> && !std::same_as<Held, bool>) {
          return std::int64_t{held};
        } else {
          return std::nullopt;
        }
      },
      value);
}

std::string_view FieldValue::type_name() const { return types[value.index()].name; }

const FieldValue* find_field(const FieldTable& table, std::string_view name) {
  const auto found = std::ranges::find(table, name, &Field::name);
  return found == table.end() ? nullptr : &found->value;
}

void skip_field_table(FieldCursor& cursor) { skip_fields(cursor, true, 1); }

Result<FieldTable> decode_field_table(ByteView bytes) {
  FieldCursor cursor(bytes);
  FieldTable table = take_table(cursor, 1);
  if (!cursor.empty()) cursor.refuse("bytes are left over after a field table");
  TRY(cursor.outcome());
  return table;
}

void encode_field_table(const FieldTable& table, std::vector<std::byte>& to) {
  put_sized(to, [&] {
    for (const Field& field : table) {
      CHECK(field.name.size() <= std::numeric_limits<std::uint8_t>::max());
      put(to, static_cast<std::uint8_t>(field.name.size()));
      put_raw(to, field.name);
      ValueEncoder{to}.value(field.value);
    }
  });
}

}  // namespace koine::core
