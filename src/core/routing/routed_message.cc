#include "core/routing/routed_message.h"

#include <utility>

#include "core/routing/delay_header.h"

namespace koine::core {

const SortedFields& RoutedMessage::headers() {
  if (headers_) return sorted_headers_;
  headers_.emplace();
  if (encoded_headers_.empty()) return sorted_headers_;
  auto decoded = decode_field_table(encoded_headers_);
  if (!decoded) {
    outcome_ = fail(std::move(decoded).error());
    return sorted_headers_;
  }
  headers_ = std::move(*decoded);
  sorted_headers_ = sorted_fields(*headers_);
  return sorted_headers_;
}

std::int64_t RoutedMessage::delay_ms() {
  const FieldValue* header = find_sorted(headers(), delay_header);
  return header != nullptr ? read_delay(*header).value_or(0) : 0;
}

const Properties& RoutedMessage::properties() {
  if (properties_) return *properties_;
  properties_.emplace();
  if (encoded_properties_.empty()) return *properties_;
  auto decoded = decode_properties(encoded_properties_);
  if (decoded) {
    properties_ = std::move(*decoded);
  } else {
    outcome_ = fail(std::move(decoded).error());
  }
  return *properties_;
}

}  // namespace koine::core
