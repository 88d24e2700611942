// What must be in the queues when a life has ended and the next one begins.
#include <fmt/format.h>

#include <algorithm>

#include "journal/log_id.h"
#include "queue_ledger.h"

namespace koine::simulation {

void QueueLedger::check_queue(const std::string& name, const core::QueueInfo* found) {
  const auto known = declared_.find(name);
  if (known != declared_.end()) {
    const LogId id = known->second;
    const bool is_there = found != nullptr && found->id() == id;
    if (!is_there && !is_deleting(id))
      ledger_.violation(fmt::format("queue {} was declared and is not there", name));
    if (!is_there) deleted(id);
    deleting_.erase(id);
  }
  if (found != nullptr) declared(*found);
}

void QueueLedger::closed_cleanly() {
  for (const CopyId id : live_) {
    MessageCopy& copy = copies_[id];
    if (copy.is_settled && copy.may_leave) copy.is_gone = true;
    copy.failures_durable = copy.failures_sent;
  }
}

void QueueLedger::begin_life() {
  for (const CopyId id : live_) {
    MessageCopy& copy = copies_[id];
    if (copy.lease) lapse(id);
    copy.holder.reset();
    copy.is_settled = false;
    copy.was_returned = false;
  }
}

void QueueLedger::check(const std::vector<FoundQueue>& found, WallTimeMs now_ms) {
  const Present present = find_present(found, now_ms);
  for (Transaction& transaction : transactions_) {
    if (transaction.is_open) check_transaction(transaction, present);
  }
  check_one_place(present);
  check_records(present);
  for (const CopyId id : std::set(live_)) {
    if (!present.contains(id)) check_absent(id);
  }
}

QueueLedger::Present QueueLedger::find_present(const std::vector<FoundQueue>& found,
                                               WallTimeMs now_ms) {
  Present present;
  for (const FoundQueue& queue : found) {
    std::size_t missed = loses_a_message_ ? queue.messages.size() / 2 : queue.messages.size();
    for (const FoundMessage& one : queue.messages) {
      if (missed-- == 0) continue;
      const auto message = core::decode_message(one.stored);
      if (!message) {
        ledger_.violation(fmt::format("queue {}: what is at {} is no message",
                                      queue.queue->spec.name.name, one.position.offset.value()));
        continue;
      }
      const auto id = saw(*queue.queue, one.position, *message, now_ms);
      if (!id) continue;
      if (!present.all.insert(*id).second) violation(*id, "is there twice");
      if (!one.has_left) present.staying.insert(*id);
      check_present(*id, one);
    }
  }
  return present;
}

void QueueLedger::check_present(CopyId id, const FoundMessage& found) {
  MessageCopy& copy = copies_[id];
  if (is_drained_ && !plan_of(copy).is_dead_queue && !partitions_.contains(copy.queue))
    violation(id, "is there after everything was consumed");
  if (found.failures < copy.failures_durable || found.failures > copy.failures_sent) {
    violation(id, fmt::format("has {} failed deliveries, expected {} to {}", found.failures,
                              copy.failures_durable, copy.failures_sent));
  }
  copy.failures_sent = copy.failures_durable = found.failures;
  // What was said of it and is not known now is never known.
  copy.may_leave = false;
}

// Either all of it has happened or nothing.
void QueueLedger::check_transaction(Transaction& transaction, const Present& present) {
  transaction.is_open = false;
  const auto is_deleted = [&](CopyId id) { return deleted_.contains(copies_[id].queue); };
  if (std::ranges::any_of(transaction.acked, is_deleted) ||
      std::ranges::any_of(transaction.published, is_deleted))
    return;
  const auto is_published = [&](CopyId id) {
    return copies_[id].position.has_value() || !copies_[id].letters.empty();
  };
  const auto is_back = [&](CopyId id) { return present.staying.contains(id); };
  const bool is_committed = transaction.published.empty()
                                ? std::ranges::none_of(transaction.acked, is_back)
                                : std::ranges::any_of(transaction.published, is_published);
  if (!is_committed) return;
  for (const CopyId id : transaction.published) {
    if (!is_published(id)) violation(id, "is not there, but others of its transaction are");
  }
  for (const CopyId id : transaction.acked) {
    if (is_back(id)) violation(id, "is there, but was acked with what is published");
    copies_[id].may_leave = true;
  }
}

bool QueueLedger::is_buried(const MessageCopy& copy) const {
  const auto& dead_queues = plan_of(copy).dead_queues;
  if (dead_queues.empty()) return false;
  // Which of several died is said of the first.
  const auto& letters =
      copy.is_loose ? copies_[originals_.at({copy.queue_name, copy.number})].letters : copy.letters;
  return std::ranges::all_of(dead_queues, [&](const std::string& name) {
    return std::ranges::any_of(letters, [&](CopyId id) { return copies_[id].queue_name == name; });
  });
}

void QueueLedger::check_absent(CopyId id) {
  MessageCopy& copy = copies_[id];
  if (copy.was_there() && !copy.is_gone && !copy.may_leave && !copy.is_refused && !is_buried(copy))
    violation(id, copy.is_confirmed ? "was confirmed and is lost" : "was seen and is lost");
  copy.is_gone = true;
  live_.erase(id);
}

void QueueLedger::check_one_place(const Present& present) {
  for (const CopyId id : present.all) {
    const MessageCopy& copy = copies_[id];
    if (!copy.letter_of || !present.staying.contains(*copy.letter_of)) continue;
    const MessageCopy& original = copies_[*copy.letter_of];
    // What a full queue refused it sends on; and a delayed message that is refused comes again when that could not be written.
    const bool may_be_refused =
        plan_of(original).settings.overflow == core::Overflow::reject_publish_dead_letter &&
        delayed_.contains(copy.number);
    if (original.is_loose || may_be_refused) continue;
    if (journal::shard_of(original.queue) == journal::shard_of(copy.queue))
      violation(id, "is a dead letter, and where it died it is, too");
  }
}

}  // namespace koine::simulation
