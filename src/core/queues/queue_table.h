// QueueTable: which queues exist, by name, by log and by owner. Part of the Catalog, one copy on each shard; the QueueInfos
// are shared between the copies.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
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
  // Upwards: those of the virtual host whose names come after this one (empty: all), until `visit(queue)` is false.
  template <typename Visit>
  void visit_after(NameView name, Visit visit) const {
    auto at = name.name.empty() ? sorted_.lower_bound(name) : sorted_.upper_bound(name);
    for (; at != sorted_.end(); ++at) {
      if ((*at)->spec.name.vhost != name.vhost || !visit(*at)) return;
    }
  }
  // Downwards: those whose names come before it (empty: all).
  template <typename Visit>
  void visit_before(NameView name, Visit visit) const {
    auto at =
        name.name.empty() ? sorted_.lower_bound(PastVhost{name.vhost}) : sorted_.lower_bound(name);
    while (at != sorted_.begin()) {
      --at;
      if ((*at)->spec.name.vhost != name.vhost || !visit(*at)) return;
    }
  }
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

  struct PastVhost {
    std::string_view vhost;
  };
  struct ByName {
    using is_transparent = void;
    bool operator()(NameView one, NameView other) const {
      return std::pair(one.vhost, one.name) < std::pair(other.vhost, other.name);
    }
    bool operator()(const QueuePtr& one, const QueuePtr& other) const {
      return (*this)(NameView(one->spec.name), NameView(other->spec.name));
    }
    bool operator()(NameView one, const QueuePtr& other) const {
      return (*this)(one, NameView(other->spec.name));
    }
    bool operator()(const QueuePtr& one, NameView other) const {
      return (*this)(NameView(one->spec.name), other);
    }
    bool operator()(const QueuePtr& one, PastVhost other) const {
      return one->spec.name.vhost <= other.vhost;
    }
  };

  std::unordered_set<QueuePtr, NameHash, SameName> by_name_;
  std::set<QueuePtr, ByName> sorted_;
  std::unordered_map<LogId, QueuePtr> by_log_;
  std::unordered_map<std::uint64_t, std::vector<QueuePtr>> by_owner_;
};

}  // namespace koine::core
