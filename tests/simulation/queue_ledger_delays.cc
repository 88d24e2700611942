// What is known of delayed messages, and of those that are sent again with the same id.
#include <fmt/format.h>

#include <algorithm>

#include "journal/log_id.h"
#include "queue_ledger.h"

namespace koine::simulation {

void QueueLedger::sending_delayed(MessageNumber number, ShardId shard, WallTimeMs due_ms,
                                  std::string queue) {
  DelayedMessage delayed{
      .shard = shard, .due_ms = due_ms, .queue = std::move(queue), .targets = {}, .copies = {}};
  for (const auto& [name, id] : declared_) {
    if (!leads_to(delayed, name)) continue;
    const bool is_bound = !delayed.queue.empty() || bound_[std::string(fan_exchange)].contains(id);
    if (is_bound) delayed.targets.push_back(id);
    const core::QueueSettings& settings = plans_.find(name)->settings;
    if (is_deleting(id) || settings.overflow != core::Overflow::drop_head)
      delayed.is_excused = true;
  }
  delayed_.emplace(number, std::move(delayed));
  waiting_.insert(number);
}

bool QueueLedger::leads_to(const DelayedMessage& delayed, std::string_view queue) const {
  if (!delayed.queue.empty()) return delayed.queue == queue;
  return std::ranges::any_of(plans_.bindings, [&](const core::Binding& bound) {
    return bound.source.name == fan_exchange && bound.target == queue;
  });
}

void QueueLedger::excuse_delayed(LogId queue) {
  for (const MessageNumber number : waiting_) {
    DelayedMessage& delayed = delayed_.at(number);
    if (std::ranges::find(delayed.targets, queue) != delayed.targets.end())
      delayed.is_excused = true;
  }
}

// Where it waits and where it goes are one commit on one shard; otherwise a crash in between leaves both.
std::optional<CopyId> QueueLedger::recognize_delayed(const core::QueueInfo& queue,
                                                     MessageNumber number, WallTimeMs now_ms) {
  const auto found = delayed_.find(number);
  if (found == delayed_.end() || !leads_to(found->second, queue.spec.name.name))
    return std::nullopt;
  DelayedMessage& delayed = found->second;
  std::vector<CopyId>& here = delayed.copies[queue.id()];
  const bool is_elsewhere = journal::shard_of(queue.id()) != delayed.shard;
  if (!here.empty() && !is_elsewhere) return here.front();
  const CopyId id = sending(queue, number, 0, 0, delayed.due_ms);
  copies_[id].is_unordered = true;
  copies_[id].is_loose = is_elsewhere;
  make_original(id);
  here.push_back(id);
  if (now_ms < delayed.due_ms) violation(id, "was delayed, and is there before its time");
  return id;
}

void QueueLedger::check_delayed(const std::set<MessageNumber>& before,
                                const std::set<MessageNumber>& after, WallTimeMs now_ms) {
  for (const MessageNumber number : std::set(waiting_)) {
    DelayedMessage& delayed = delayed_.at(number);
    for (const auto& [queue, copies] : delayed.copies) {
      if (after.contains(number) && journal::shard_of(queue) == delayed.shard)
        violation(copies.front(), "was delayed and is there, and waits still");
    }
    if (before.contains(number)) continue;
    waiting_.erase(number);
    if (!delayed.is_confirmed || delayed.is_excused) continue;
    if (now_ms < delayed.due_ms)
      ledger_.violation(fmt::format("message {} was delayed, and waits no more", number));
    for (const LogId target : delayed.targets) {
      if (!is_deleted(target) && delayed.copies[target].empty())
        ledger_.violation(fmt::format("message {} was delayed, and is lost", number));
    }
  }
}

void QueueLedger::sending_again(CopyId id) {
  MessageCopy& copy = copies_[id];
  copy.is_unordered = true;
  if (copy.was_there() || deleted_.contains(copy.queue)) return;
  // A deletion that is under way may come to nothing.
  copy.may_leave = copy.may_leave || is_deleting(copy.queue);
  copy.is_gone = false;
  copy.is_refused = false;
  live_.insert(id);
}

}  // namespace koine::simulation
