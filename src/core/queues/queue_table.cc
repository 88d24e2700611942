#include "core/queues/queue_table.h"

namespace koine::core {

QueuePtr QueueTable::find(NameView name) const {
  const auto found = by_name_.find(name);
  return found != by_name_.end() ? *found : nullptr;
}

QueuePtr QueueTable::find(LogId log) const {
  const auto found = by_log_.find(log);
  return found != by_log_.end() ? found->second : nullptr;
}

std::vector<QueuePtr> QueueTable::in(std::string_view vhost) const {
  std::vector<QueuePtr> queues;
  visit_after({vhost, ""}, [&](const QueuePtr& queue) {
    queues.push_back(queue);
    return true;
  });
  return queues;
}

std::vector<QueuePtr> QueueTable::owned_by(std::uint64_t owner) const {
  const auto found = by_owner_.find(owner);
  return found != by_owner_.end() ? found->second : std::vector<QueuePtr>{};
}

void QueueTable::add(const QueuePtr& queue) {
  by_name_.insert(queue);
  sorted_.insert(queue);
  for (const LogId log : queue->logs) by_log_.emplace(log, queue);
  if (queue->spec.exclusive_owner != 0) by_owner_[queue->spec.exclusive_owner].push_back(queue);
}

void QueueTable::remove(const QueuePtr& queue) {
  const auto owned = by_owner_.find(queue->spec.exclusive_owner);
  if (owned != by_owner_.end()) {
    std::erase(owned->second, queue);
    if (owned->second.empty()) by_owner_.erase(owned);
  }
  for (const LogId log : queue->logs) by_log_.erase(log);
  sorted_.erase(queue);
  by_name_.erase(queue);
}

}  // namespace koine::core
