// What a queue is declared to be, and what the catalog keeps of it. Plain data; every shard has a copy of all of them in its
// Catalog. Names of settings in the words of the field: dead letter, overflow, single active consumer.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "core/queues/properties.h"

namespace koine::core {

// What is done with a message that does not fit into the queue's limits.
enum class Overflow : std::uint8_t {
  drop_head,                   // the oldest ready messages make room; they are dead-lettered
  reject_publish,              // it is refused: its publisher gets a nack
  reject_publish_dead_letter,  // the same, and it is dead-lettered
};

struct QueueSettings {
  std::optional<std::int64_t> message_ttl_ms;  // at least 0
  std::optional<std::int64_t> expires_ms;  // unused for so long: the queue is deleted; at least 1
  std::optional<std::int64_t> length_max;  // ready messages; at least 0
  std::optional<std::int64_t> length_bytes_max;  // bodies of ready messages; at least 0
  Overflow overflow = Overflow::drop_head;
  std::optional<std::string> dead_letter_exchange;
  std::optional<std::string> dead_letter_routing_key;
  std::uint8_t priority_max = 0;  // 0: none
  bool is_single_active_consumer = false;
  std::optional<std::int64_t>
      delivery_limit;  // returns after which it is dead-lettered; at least 0
  std::optional<std::int64_t> consumer_timeout_ms;  // a lease's; none: for ever
  // A message whose key it got within that time is confirmed and dropped (deduplication_key.h); at least 1.
  std::optional<std::int64_t> deduplication_window_ms;
  // With a window: how many keys it remembers; 1 to deduplication_keys_limit.
  std::optional<std::int64_t> deduplication_keys_max;
  bool operator==(const QueueSettings&) const = default;
};

// Two spaces of names, queues and exchanges (with topics), in each virtual host. Topics are in the virtual host "/".
struct Name {
  std::string vhost;
  std::string name;
  auto operator<=>(const Name&) const = default;
};

struct QueueSpec {
  Name name;
  bool is_durable = true;       // false: gone after a restart
  bool is_auto_delete = false;  // gone with its last consumer
  // Of one connection and gone with it; an id that the protocol chose (core/queues/owner.h). 0: not exclusive.
  std::uint64_t exclusive_owner = 0;
  QueueSettings settings;
  FieldTable arguments;  // as they were declared, for comparing and listing
};

// Whether it is gone after a restart.
inline bool is_transient(const QueueSpec& spec) {
  return !spec.is_durable || spec.exclusive_owner != 0;
}

struct QueueInfo {
  QueueSpec spec;
  // By priority, 0 to priority_max: the logs of its messages, all on one shard. The first one names the queue.
  std::vector<LogId> logs;
  std::int64_t created_ms = 0;

  LogId id() const { return logs.front(); }
};

// Immutable: a change replaces it.
using QueuePtr = std::shared_ptr<const QueueInfo>;

}  // namespace koine::core
