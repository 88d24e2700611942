// RoutedMessage: what the exchanges on a message's way look at. Headers and properties are decoded when the first exchange
// asks for them: most never do.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "core/queues/properties.h"
#include "core/routing/headers_pattern.h"

namespace koine::core {

class RoutedMessage {
 public:
  // Views that outlive it.
  RoutedMessage(std::string_view routing_key, ByteView headers, ByteView properties)
      : routing_key_(routing_key), encoded_headers_(headers), encoded_properties_(properties) {}
  RoutedMessage(const RoutedMessage&) = delete;
  RoutedMessage& operator=(const RoutedMessage&) = delete;

  std::string_view routing_key() const { return routing_key_; }
  // Empty also if they can't be decoded; then outcome() is that.
  const SortedFields& headers();
  const Properties& properties();
  // For how long an exchange that delays holds it (delay_header.h); 0 or less: not at all.
  std::int64_t delay_ms();
  const Result<>& outcome() const { return outcome_; }

 private:
  std::string_view routing_key_;
  ByteView encoded_headers_;
  ByteView encoded_properties_;
  std::optional<FieldTable> headers_;
  SortedFields sorted_headers_;
  std::optional<Properties> properties_;
  Result<> outcome_;
};

}  // namespace koine::core
