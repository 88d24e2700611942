#include "queue_ledger.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/byte_order.h"
#include "core/queues/dead_letter.h"
#include "core/queues/properties.h"
#include "io/random_numbers.h"
#include "journal/log_id.h"

namespace koine::simulation {
namespace {

using Kind = core::Settlement::Kind;

std::string text_in(const core::FieldTable& table, std::string_view name) {
  const core::FieldValue* value = core::find_field(table, name);
  const std::string* text = value != nullptr ? value->as_text() : nullptr;
  return text != nullptr ? *text : std::string();
}

core::FieldTable headers_of(const core::MessageView& message) {
  const auto summary = core::summarize_properties(message.properties);
  if (!summary || summary->headers.empty()) return {};
  return core::decode_field_table(summary->headers).value_or(core::FieldTable());
}

}  // namespace

std::vector<std::byte> body_of(MessageNumber number) {
  io::RandomNumbers numbers(number);
  const std::uint64_t kind = numbers.below(1'000);
  const std::uint64_t size_max = kind < 4 ? body_bytes_max : kind < 20 ? 40'000 : 400;
  const std::uint64_t size = numbers.below(size_max);
  std::vector<std::byte> body(sizeof(MessageNumber) + size,
                              static_cast<std::byte>(numbers.below(256)));
  store_le(body.data(), number);
  return body;
}

std::optional<MessageNumber> message_number_in(ByteView body) {
  if (body.size() < sizeof(MessageNumber)) return std::nullopt;
  const auto number = load_le<MessageNumber>(body.data());
  return std::ranges::equal(body, body_of(number)) ? std::optional(number) : std::nullopt;
}

void QueueLedger::violation(CopyId id, std::string_view what) {
  const MessageCopy& copy = copies_[id];
  std::string place = fmt::format("queue {}, message {}", copy.queue_name, copy.number);
  if (copy.position) {
    place += fmt::format(" at {} of level {}", copy.position->offset.value(), copy.position->level);
  }
  if (copy.letter_of) place += fmt::format(" from {}", copies_[*copy.letter_of].queue_name);
  ledger_.violation(fmt::format("{}: {}", place, what));
}

CopyId QueueLedger::add(MessageCopy copy) {
  copies_.push_back(std::move(copy));
  live_.insert(copies_.size() - 1);
  return copies_.size() - 1;
}

CopyId QueueLedger::sending(const core::QueueInfo& queue, MessageNumber number,
                            std::uint8_t priority, std::size_t publisher, WallTimeMs now_ms) {
  const CopyId id =
      add({.queue = queue.id(),
           .queue_name = queue.spec.name.name,
           .number = number,
           .level = std::min(priority, static_cast<std::uint8_t>(queue.logs.size() - 1)),
           .publisher = publisher,
           .sent_ms = now_ms,
           .may_leave = is_deleting(queue.id())});
  originals_.emplace(std::pair(queue.spec.name.name, number), id);
  return id;
}

void QueueLedger::confirmed(CopyId id) {
  MessageCopy& copy = copies_[id];
  if (is_deleting(copy.queue) || deleted_.contains(copy.queue)) return;
  copy.is_confirmed = true;
}

void QueueLedger::refused(CopyId id) {
  MessageCopy& copy = copies_[id];
  copy.is_refused = true;
  if (copy.position) violation(id, "was refused, and is there");
  if (plan_of(copy).is_patient()) violation(id, "was refused by a queue without limits");
}

// The place of a message never changes, and nobody else is there; a publisher's messages are in its order.
void QueueLedger::place(CopyId id, core::QueuePosition position) {
  MessageCopy& copy = copies_[id];
  if (copy.position && *copy.position != position) {
    violation(id,
              fmt::format("is also at {} of level {}", position.offset.value(), position.level));
    return;
  }
  copy.position = position;
  if (copy.is_refused) violation(id, "was refused, and is there");
  if (!at_.emplace(std::pair(copy.queue, position), id).second)
    violation(id, "is where another message was");
  if (copy.letter_of || copy.is_loose || copy.is_unordered) return;
  if (copy.level != position.level) violation(id, "has the wrong priority");
  auto& others = by_publisher_[{copy.queue, copy.publisher, position.level}];
  const auto here = others.emplace(id, position.offset).first;
  const bool is_after = here == others.begin() || std::prev(here)->second < position.offset;
  const bool is_before =
      std::next(here) == others.end() || position.offset < std::next(here)->second;
  if (!is_after || !is_before) violation(id, "is not in its publisher's order");
}

void QueueLedger::check_reason(const MessageCopy& original, std::string_view reason,
                               WallTimeMs now_ms) {
  const core::QueueSettings& settings = plan_of(original).settings;
  bool is_right = false;
  if (reason == name_of(core::DeathReason::rejected)) {
    is_right = original.may_be_rejected;
  } else if (reason == name_of(core::DeathReason::expired)) {
    is_right = settings.message_ttl_ms && original.sent_ms + *settings.message_ttl_ms <= now_ms;
  } else if (reason == name_of(core::DeathReason::maxlen)) {
    is_right = settings.length_max || settings.length_bytes_max;
  } else if (reason == name_of(core::DeathReason::delivery_limit)) {
    is_right = settings.delivery_limit && original.failures_most > *settings.delivery_limit;
  }
  if (!is_right) {
    ledger_.violation(fmt::format("queue {}: message {} died, {}, without a reason",
                                  original.queue_name, original.number, reason));
  }
}

std::optional<CopyId> QueueLedger::recognize_letter(const core::QueueInfo& queue,
                                                    MessageNumber number,
                                                    const core::MessageView& message,
                                                    WallTimeMs now_ms) {
  const core::FieldTable headers = headers_of(message);
  const std::string origin = text_in(headers, "x-first-death-queue");
  const auto original = originals_.find(std::pair(origin, number));
  const std::string& name = queue.spec.name.name;
  if (original == originals_.end()) {
    if (may_have_died_unseen(number, origin))
      return add({.queue = queue.id(), .queue_name = name, .number = number, .is_loose = true});
    ledger_.violation(fmt::format("queue {}: message {} was never sent to {}", name, number,
                                  origin.empty() ? name : origin));
    return std::nullopt;
  }
  MessageCopy& died = copies_[original->second];
  if (std::ranges::find(plan_of(died).dead_queues, name) == plan_of(died).dead_queues.end())
    violation(original->second, fmt::format("died and went to {}", name));
  lapse_if_late(original->second, now_ms);
  if (!died.is_loose) check_reason(died, text_in(headers, "x-first-death-reason"), now_ms);
  const bool is_same_shard = journal::shard_of(died.queue) == journal::shard_of(queue.id());
  for (const CopyId letter : died.letters) {
    if (is_same_shard && copies_[letter].queue == queue.id() && !died.is_loose)
      violation(letter, "is there twice as a dead letter");
  }
  const CopyId id = add(
      {.queue = queue.id(), .queue_name = name, .number = number, .letter_of = original->second});
  copies_[original->second].letters.push_back(id);
  return id;
}

std::optional<CopyId> QueueLedger::recognize(const core::QueueInfo& queue,
                                             core::QueuePosition position,
                                             const core::MessageView& message, WallTimeMs now_ms) {
  const auto number = message_number_in(message.body);
  if (!number) {
    ledger_.violation(fmt::format("queue {}: nobody sent what is at {}", queue.spec.name.name,
                                  position.offset.value()));
    return std::nullopt;
  }
  if (const auto known = at_.find(std::pair(queue.id(), position)); known != at_.end()) {
    if (copies_[known->second].number != *number)
      violation(known->second, fmt::format("is message {} now", *number));
    return known->second;
  }
  if (const auto record = recognize_record(queue, *number)) return record;
  if (const auto delayed = recognize_delayed(queue, *number, now_ms)) return delayed;
  const auto original = originals_.find(std::pair(queue.spec.name.name, *number));
  if (original != originals_.end() && copies_[original->second].queue == queue.id())
    return original->second;
  return recognize_letter(queue, *number, message, now_ms);
}

std::optional<CopyId> QueueLedger::saw(const core::QueueInfo& queue, core::QueuePosition position,
                                       const core::MessageView& message, WallTimeMs now_ms) {
  const auto id = recognize(queue, position, message, now_ms);
  if (!id) return id;
  if (!copies_[*id].position || *copies_[*id].position != position) {
    place(*id, position);
    if (partitions_.contains(queue.id())) confirmed_record(copies_[*id].number);
  }
  if (copies_[*id].is_gone && !is_deleting(queue.id()))
    violation(*id, "is there, though it was gone for good");
  return id;
}

std::optional<CopyId> QueueLedger::received(const core::QueueInfo& queue, const Received& what,
                                            std::size_t holder, WallTimeMs now_ms) {
  const auto id = saw(queue, what.position, what.message, now_ms);
  if (!id) return id;
  MessageCopy& copy = copies_[*id];
  // It came back before its consumer was told that the commit was refused.
  if (copy.transaction && transactions_[*copy.transaction].is_open)
    refused_transaction(*copy.transaction);
  lapse_if_late(*id, now_ms);
  if (copy.is_settled) violation(*id, "was delivered after it was settled");
  if (copy.holder) {
    violation(*id,
              fmt::format("was delivered to consumer {} while {} has it", holder, *copy.holder));
  }
  if (copy.was_received && !what.is_redelivered)
    violation(*id, "was delivered again, and is not marked redelivered");
  if (copy.failures_sent != what.failures) {
    violation(*id, fmt::format("has {} failed deliveries, expected {}", what.failures,
                               copy.failures_sent));
  }
  copy.was_received = true;
  copy.holder = holder;
  return id;
}

void QueueLedger::check_returned(const core::QueueInfo& queue, core::QueuePosition position) {
  const auto known = at_.find(std::pair(queue.id(), position));
  if (known != at_.end() && !copies_[known->second].was_returned)
    violation(known->second, "was delivered after what lies behind it");
}

void QueueLedger::settling(CopyId id, Kind kind) {
  MessageCopy& copy = copies_[id];
  const QueuePlan& plan = plan_of(copy);
  copy.holder.reset();
  copy.lease.reset();
  copy.was_returned = true;
  if (kind == Kind::requeue) return;
  if (kind == Kind::requeue_failed) {
    copy.failures_most = std::max(copy.failures_most, ++copy.failures_sent);
    const auto& limit = plan.settings.delivery_limit;
    if (!limit || copy.failures_sent <= *limit) return;
  }
  copy.is_settled = true;
  if (kind == Kind::dead_letter) copy.may_be_rejected = true;
  if (kind == Kind::ack || plan.dead_queues.empty()) copy.may_leave = true;
}

void QueueLedger::settled_durably(CopyId id, Kind kind, std::uint32_t failures) {
  MessageCopy& copy = copies_[id];
  if (kind == Kind::requeue_failed)
    copy.failures_durable = std::max(copy.failures_durable, failures);
  if (kind == Kind::ack || (kind == Kind::dead_letter && plan_of(copy).dead_queues.empty()))
    copy.is_gone = true;
}

TransactionId QueueLedger::begin_transaction(std::vector<CopyId> acked,
                                             std::vector<CopyId> published) {
  for (const CopyId id : acked) {
    copies_[id].holder.reset();
    copies_[id].is_settled = true;
    copies_[id].transaction = transactions_.size();
  }
  transactions_.push_back({.acked = std::move(acked), .published = std::move(published)});
  return transactions_.size() - 1;
}

void QueueLedger::committed(TransactionId number) {
  Transaction& transaction = transactions_[number];
  if (!transaction.is_open)
    ledger_.violation("a transaction was committed after what it acks had come back");
  transaction.is_open = false;
  for (const CopyId id : transaction.acked) copies_[id].is_gone = true;
  for (const CopyId id : transaction.published) confirmed(id);
}

void QueueLedger::refused_transaction(TransactionId number) {
  Transaction& transaction = transactions_[number];
  if (!std::exchange(transaction.is_open, false)) return;
  for (const CopyId id : transaction.acked) {
    copies_[id].is_settled = false;
    copies_[id].was_returned = true;
  }
}

void QueueLedger::declared(const core::QueueInfo& queue) {
  const std::string& name = queue.spec.name.name;
  const auto [known, is_new] = declared_.try_emplace(name, queue.id());
  if (!is_new && known->second != queue.id() && !is_deleting(known->second) &&
      !deleted_.contains(known->second))
    ledger_.violation(fmt::format("queue {} is another one now", name));
  known->second = queue.id();
  if (deleted_.contains(queue.id()))
    ledger_.violation(fmt::format("queue {} is back after it was deleted", name));
}

void QueueLedger::purging(LogId queue) {
  for (const CopyId id : live_) {
    if (copies_[id].queue == queue) copies_[id].may_leave = true;
  }
  excuse_delayed(queue);
}

void QueueLedger::deleting(LogId queue) {
  deleting_.insert(queue);
  purging(queue);
}

void QueueLedger::deleted(LogId queue) {
  deleted_.insert(queue);
  std::erase_if(live_, [&](CopyId id) { return copies_[id].queue == queue; });
  std::erase_if(declared_, [&](const auto& known) { return known.second == queue; });
  for (auto& [source, queues] : bound_) queues.erase(queue);
}

}  // namespace koine::simulation
