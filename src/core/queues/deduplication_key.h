// What makes two messages of a queue with a deduplication window the same: a header, `x-deduplication-header` (the plugin's of
// RabbitMQ), or else the property message-id. A digest of it is what is kept: all are of one size, and no two are alike by
// chance.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>

#include "base/bytes.h"
#include "core/queues/message.h"

namespace koine::core {

// The first half of a SHA-256.
struct DeduplicationKey {
  std::array<std::byte, 16> digest{};
  auto operator<=>(const DeduplicationKey&) const = default;
};
struct DeduplicationKeyHash {
  std::size_t operator()(const DeduplicationKey& key) const {
    std::size_t hash = 0;
    std::memcpy(&hash, key.digest.data(), sizeof hash);
    return hash;
  }
};

// Nothing: the message has neither, or was in a queue before: what is sent round by dead letter exchanges is no repetition.
std::optional<DeduplicationKey> deduplication_key_of(const MessageView& message);

}  // namespace koine::core
