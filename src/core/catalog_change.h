// CatalogChange: one change of what exists, and its form on disk. What it asks for is checked again when it is applied, in the
// order of the catalog's log: then it is done or refused, by every shard and by every replay alike.
//
//   an entry of shard 0's catalog log:   version 2 | count | changes: kind, fields of that kind (base/fields.h)
#pragma once

#include <cstddef>
#include <span>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/fields.h"
#include "base/result.h"
#include "core/queues/queue_spec.h"
#include "core/routing/exchange.h"
#include "core/topic.h"

namespace koine::core {

// Made, or replaced.
struct PutTopic {
  TopicPtr topic;
};
struct RemoveTopic {
  std::string name;
};

struct AddQueue {
  QueuePtr queue;
};
struct RemoveQueue {
  LogId id;
};

struct AddExchange {
  ExchangePtr exchange;
};
struct RemoveExchange {
  Name name;
  bool if_unused = false;
};

struct AddBinding {
  Binding binding;
};
struct RemoveBinding {
  Binding binding;
};

// The change before it, if it is done, was a piece of a request with a key: its record (core/idempotency.h).
struct RememberKey {
  std::vector<std::byte> record;
};

// The process started again: queues and exchanges that are not durable are gone, exclusive queues, too.
struct ForgetTransient {};

using CatalogChange =
    std::variant<PutTopic, RemoveTopic, AddQueue, RemoveQueue, AddExchange, RemoveExchange,
                 AddBinding, RemoveBinding, ForgetTransient, RememberKey>;

void write_change(FieldWriter& writer, const CatalogChange& change);
// Errors: corrupt.
Result<CatalogChange> read_change(FieldReader& reader);
inline constexpr std::size_t change_size_min = 1;

std::vector<std::byte> encode_changes(std::span<const CatalogChange> changes);
// Errors: corrupt, unsupported (another version).
Result<std::vector<CatalogChange>> decode_changes(ByteView entry);

}  // namespace koine::core
