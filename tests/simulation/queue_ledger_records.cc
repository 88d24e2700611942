// What is known of records of topics with bound queues: what a topic has, its queues have got.
#include <fmt/format.h>

#include <algorithm>

#include "journal/log_id.h"
#include "queue_ledger.h"

namespace koine::simulation {

core::QueuePtr QueueLedger::partition_of(const core::Topic& topic, std::size_t partition) {
  core::QueuePtr& known = partitions_[topic.partitions[partition]];
  if (known == nullptr) {
    core::QueueInfo info;
    info.spec.name = {"/", fmt::format("{}/{}", topic.name, partition)};
    info.logs = {topic.partitions[partition]};
    known = std::make_shared<const core::QueueInfo>(std::move(info));
  }
  return known;
}

void QueueLedger::bound(const core::Binding& binding, core::QueuePtr queue) {
  const LogId id = queue->id();
  bound_[binding.source.name][id] = {.queue = std::move(queue), .key = binding.routing_key};
}

const std::vector<CopyId>& QueueLedger::sending_record(const core::QueueInfo& partition,
                                                       MessageNumber number, std::size_t publisher,
                                                       WallTimeMs now_ms) {
  const std::string& name = partition.spec.name.name;
  std::vector<core::QueuePtr> queues;
  for (const auto& [queue, bound] : bound_[name.substr(0, name.find('/'))]) {
    if (is_deleting(queue) || (bound.key == even_key && number % 2 != 0)) continue;
    queues.push_back(bound.queue);
  }
  return sending_record(partition, queues, number, 0, publisher, now_ms);
}

const std::vector<CopyId>& QueueLedger::sending_record(const core::QueueInfo& partition,
                                                       std::span<const core::QueuePtr> queues,
                                                       MessageNumber number, std::uint8_t priority,
                                                       std::size_t publisher, WallTimeMs now_ms) {
  const std::string& name = partition.spec.name.name;
  SentRecord record{.partition = partition.id(),
                    .topic = name.substr(0, name.find('/')),
                    .copies = {sending(partition, number, 0, publisher, now_ms)}};
  for (const core::QueuePtr& queue : queues)
    record.copies.push_back(sending(*queue, number, priority, publisher, now_ms));
  record.known_count = record.copies.size();
  return records_.emplace(number, std::move(record)).first->second.copies;
}

// What another shard has written of an attempt stays there, whatever became of the rest.
void QueueLedger::sending_record_again(MessageNumber number) {
  SentRecord& record = records_.at(number);
  ++record.attempts;
  for (const CopyId id : record.copies) {
    MessageCopy& copy = copies_[id];
    if (journal::shard_of(copy.queue) != journal::shard_of(record.partition)) copy.is_loose = true;
    if (copy.was_there() || deleted_.contains(copy.queue)) continue;
    copy.is_gone = false;
    copy.is_refused = false;
    live_.insert(id);
  }
}

void QueueLedger::confirmed_record(MessageNumber number) {
  const SentRecord& record = records_.at(number);
  for (std::size_t n = 0; n < record.known_count; ++n) confirmed(record.copies[n]);
}

void QueueLedger::refused_record(MessageNumber number) {
  const SentRecord& record = records_.at(number);
  if (record.attempts > 1) return;
  for (const CopyId id : record.copies) {
    if (copies_[id].position) violation(id, "was refused with all of its batch, and is there");
    copies_[id].is_refused = true;
  }
}

CopyId QueueLedger::add_found(const core::QueueInfo& queue, MessageNumber number,
                              SentRecord& record) {
  const MessageCopy& known = copies_[record.copies.front()];
  const CopyId id = sending(queue, number, 0, known.publisher, known.sent_ms);
  copies_[id].is_loose = true;
  make_original(id);
  record.copies.push_back(id);
  return id;
}

// That of a queue that was deleted leaves its place.
void QueueLedger::make_original(CopyId id) {
  CopyId& original = originals_[{copies_[id].queue_name, copies_[id].number}];
  if (copies_[original].queue != copies_[id].queue) original = id;
}

// In a queue that was being bound, or before anybody got what had been delayed.
bool QueueLedger::may_have_died_unseen(MessageNumber number, std::string_view queue) {
  const auto record = records_.find(number);
  if (record != records_.end() && plans_.leads_to(record->second.topic, queue)) return true;
  const auto delayed = delayed_.find(number);
  if (delayed == delayed_.end() || !leads_to(delayed->second, queue)) return false;
  delayed->second.is_excused = true;
  return true;
}

// Nothing: it is no record, or the queue is not bound to its topic: a dead letter.
std::optional<CopyId> QueueLedger::recognize_record(const core::QueueInfo& queue,
                                                    MessageNumber number) {
  const auto found = records_.find(number);
  if (found == records_.end()) return std::nullopt;
  SentRecord& record = found->second;
  if (queue.id() == record.partition) return record.copies.front();
  if (!plans_.leads_to(record.topic, queue.spec.name.name)) return std::nullopt;
  std::vector<CopyId> here;
  std::ranges::copy_if(record.copies, std::back_inserter(here),
                       [&](CopyId id) { return copies_[id].queue == queue.id(); });
  const auto unseen =
      std::ranges::find_if(here, [&](CopyId id) { return !copies_[id].position.has_value(); });
  if (unseen != here.end()) return *unseen;
  const bool may_be_another =
      here.empty() || (journal::shard_of(queue.id()) != journal::shard_of(record.partition) &&
                       here.size() < record.attempts);
  return may_be_another ? add_found(queue, number, record) : here.front();
}

// A record and its messages on the same shard are one append.
void QueueLedger::check_records(const Present& present) {
  for (const auto& [number, record] : records_) {
    if (present.contains(record.copies.front())) continue;
    for (const CopyId id : record.copies) {
      if (copies_[id].position &&
          journal::shard_of(copies_[id].queue) == journal::shard_of(record.partition))
        violation(id, fmt::format("was there, and topic {} does not have it", record.topic));
    }
  }
}

}  // namespace koine::simulation
