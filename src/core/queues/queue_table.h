// QueueTable: which queues exist, by name, by log and by owner. Part of the Catalog, one copy on each shard; the QueueInfos
// are shared between the copies.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/ids.h"
#include "core/queues/name_view.h"
#include "core/queues/queue_spec.h"

namespace koine::core {

class QueueTable {
 public:
  // Null if there is none.
  QueuePtr find(NameView name) const;
  // The queue that one of its logs belongs to.
  QueuePtr find(LogId log) const;
  std::size_t size() const { return by_name_.size(); }

  // In no particular order.
  std::vector<QueuePtr> all() const { return {by_name_.begin(), by_name_.end()}; }
  // Sorted by name.
  std::vector<QueuePtr> in(std::string_view vhost) const;
  // The exclusive queues of a connection.
  std::vector<QueuePtr> owned_by(std::uint64_t owner) const;

  // Neither its name nor its logs are there yet.
  void add(const QueuePtr& queue);
  void remove(const QueuePtr& queue);

 private:
  struct NameHash {
    using is_transparent = void;
    std::size_t operator()(NameView name) const { return hash_of(name); }
    std::size_t operator()(const QueuePtr& queue) const { return hash_of(queue->spec.name); }
  };
  struct SameName {
    using is_transparent = void;
    static NameView name_of(NameView name) { return name; }
    static NameView name_of(const QueuePtr& queue) { return queue->spec.name; }
    bool operator()(const auto& one, const auto& other) const {
      return name_of(one) == name_of(other);
    }
  };

  std::unordered_set<QueuePtr, NameHash, SameName> by_name_;
  std::unordered_map<LogId, QueuePtr> by_log_;
  std::unordered_map<std::uint64_t, std::vector<QueuePtr>> by_owner_;
};

}  // namespace koine::core
