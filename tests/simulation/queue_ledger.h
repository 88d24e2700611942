// QueueLedger: what the clients of queues know: every message that was sent to a queue, what was answered, who had it, and what
// was said of it. A message that goes to three queues is three copies; a dead letter is one more, in another queue.
//
//   sent --confirmed--> must be there --ack sent--> may be there --ack durable, or once not there--> must not be there
//                                     --dead------> there, or a letter in every dead letter queue of its queue
//
// A message carries its number, from which its bytes follow, so that each can be recognized where it is found.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "core/queues/message.h"
#include "core/queues/queue_spec.h"
#include "core/queues/settlement.h"
#include "core/routing/exchange.h"
#include "core/topic.h"
#include "ledger.h"
#include "queue_plans.h"

namespace koine::simulation {

using MessageNumber = std::uint64_t;
// An index in the ledger.
using CopyId = std::size_t;
using TransactionId = std::size_t;

// With what it comes to in a topic it fits into an append of the journal once, and not twice.
inline constexpr std::uint64_t body_bytes_max = 200'000;

// The body that the message with this number has.
std::vector<std::byte> body_of(MessageNumber number);
// If the body has one.
std::optional<MessageNumber> message_number_in(ByteView body);
// The routing key of its record.
constexpr std::string_view key_of(MessageNumber number) {
  return number % 2 == 0 ? even_key : odd_key;
}

struct MessageCopy {
  LogId queue;
  std::string queue_name;
  MessageNumber number = 0;
  std::uint8_t level = 0;
  std::size_t publisher = 0;
  WallTimeMs sent_ms = 0;
  std::optional<CopyId> letter_of;  // of what died in another queue
  // Of a record that was sent again, or to a queue that was being bound: there may be others of it there.
  bool is_loose = false;
  bool is_unordered = false;  // among those of its publisher

  bool is_confirmed = false;
  bool is_refused = false;                      // its queue was full
  std::optional<core::QueuePosition> position;  // where it was seen
  bool may_leave = false;                       // an ack is on its way, or a purge
  bool is_gone = false;
  bool may_be_rejected = false;  // to the dead letter exchange
  bool was_received = false;     // by a consumer, ever
  std::uint32_t failures_sent = 0;
  std::uint32_t failures_most = 0;  // ever sent
  std::uint32_t failures_durable = 0;
  std::vector<CopyId> letters;

  // Of this life of the server.
  std::optional<std::size_t> holder;
  struct Lease {
    std::uint64_t number = 0;
    WallTimeMs until_ms = 0;  // its holder has it at least so long
  };
  std::optional<Lease> lease;  // of the holder
  bool is_settled = false;     // for good: it is not delivered again
  bool was_returned = false;
  std::optional<TransactionId> transaction;  // the last that acks it

  // It is known to have been in its queue.
  bool was_there() const { return is_confirmed || position.has_value(); }
};

// A message as it was found.
struct FoundMessage {
  core::QueuePosition position;
  std::uint32_t failures = 0;
  bool has_left = false;  // while the others were read
  std::vector<std::byte> stored;
};
struct FoundQueue {
  core::QueuePtr queue;
  std::vector<FoundMessage> messages;
};

// What a consumer was given.
struct Received {
  core::QueuePosition position;
  core::MessageView message;
  bool is_redelivered = false;
  std::uint32_t failures = 0;
};

class QueueLedger {
 public:
  QueueLedger(Ledger& ledger, QueuePlans plans) : ledger_(ledger), plans_(std::move(plans)) {}

  const QueuePlans& plans() const { return plans_; }
  const MessageCopy& copy(CopyId id) const { return copies_[id]; }

  // Publishing.
  MessageNumber next_number() { return next_number_++; }
  CopyId sending(const core::QueueInfo& queue, MessageNumber number, std::uint8_t priority,
                 std::size_t publisher, WallTimeMs now_ms);
  void confirmed(CopyId id);
  void refused(CopyId id);

  // Records of topics with bound queues (queue_ledger_records.cc): a record is a copy in its partition, which is as a queue from
  // which nothing leaves, and one in each bound queue.
  core::QueuePtr partition_of(const core::Topic& topic, std::size_t partition);
  void bound(const core::Binding& binding, core::QueuePtr queue);
  // The copies that come of it; those in queues that are being bound or deleted are known when they are seen.
  const std::vector<CopyId>& sending_record(const core::QueueInfo& partition, MessageNumber number,
                                            std::size_t publisher, WallTimeMs now_ms);
  // The same with the queues where it is published to.
  const std::vector<CopyId>& sending_record(const core::QueueInfo& partition,
                                            std::span<const core::QueuePtr> queues,
                                            MessageNumber number, std::uint8_t priority,
                                            std::size_t publisher, WallTimeMs now_ms);
  // It is an idempotent producer's, which did not get an answer.
  void sending_record_again(MessageNumber number);
  // Wherever it was to go.
  void confirmed_record(MessageNumber number);
  // Nobody has it.
  void refused_record(MessageNumber number);
  bool is_record(MessageNumber number) const { return records_.contains(number); }

  // Consuming. `holder` is the consumer's number. Nothing: it should not have been delivered.
  std::optional<CopyId> received(const core::QueueInfo& queue, const Received& what,
                                 std::size_t holder, WallTimeMs now_ms);
  // It came to a consumer after what lies behind it: somebody must have given it back.
  void check_returned(const core::QueueInfo& queue, core::QueuePosition position);
  // Somebody looked at it.
  std::optional<CopyId> saw(const core::QueueInfo& queue, core::QueuePosition position,
                            const core::MessageView& message, WallTimeMs now_ms);
  // Delayed messages (queue_ledger_delays.cc): to a queue, or to the fan, if its name is empty.
  void sending_delayed(MessageNumber number, ShardId shard, WallTimeMs due_ms, std::string queue);
  void confirmed_delayed(MessageNumber number) { delayed_.at(number).is_confirmed = true; }
  // Between lives, after check(). Those that waited before the queues were read, and of them those that did afterwards.
  void check_delayed(const std::set<MessageNumber>& before, const std::set<MessageNumber>& after,
                     WallTimeMs now_ms);

  // A message with an id that its queue may have seen.
  void sending_again(CopyId id);

  // Leases over time (queue_ledger_leases.cc). Who was given a message by received() has it so long.
  void leased(CopyId id, std::uint64_t number, WallTimeMs until_ms);
  bool has_lease(CopyId id, std::uint64_t number) const;
  // From the request on: no longer than before, or only so long; once it is answered, so long.
  void extending(CopyId id, WallTimeMs until_ms);
  void extended(CopyId id, WallTimeMs until_ms) { copies_[id].lease->until_ms = until_ms; }
  // It is over, or may be, and nobody said anything: the message goes back as one whose consumer died.
  void lapse(CopyId id);
  // The server says so; the time of the ledger may be later.
  void lost_lease(CopyId id, std::uint64_t number, WallTimeMs now_ms);

  void may_leave(CopyId id) { copies_[id].may_leave = true; }
  void settling(CopyId id, core::Settlement::Kind kind);
  // `failures` is what settling() made of them.
  void settled_durably(CopyId id, core::Settlement::Kind kind, std::uint32_t failures);

  // Those are acked and these published, in one commit.
  TransactionId begin_transaction(std::vector<CopyId> acked, std::vector<CopyId> published);
  void committed(TransactionId id);
  // Nothing of it has happened.
  void refused_transaction(TransactionId id);

  // Queues. By name: what exists; by id: what does not any more.
  void declared(const core::QueueInfo& queue);
  void purging(LogId queue);
  void deleting(LogId queue);
  void deleted(LogId queue);
  bool is_deleting(LogId queue) const { return deleting_.contains(queue); }
  bool is_deleted(LogId queue) const { return is_deleting(queue) || deleted_.contains(queue); }
  bool is_declared(const std::string& name) const { return declared_.contains(name); }
  void check_queue(const std::string& name, const core::QueueInfo* found);

  // Between lives.
  // Everything that was said before was written, without trouble.
  void closed_cleanly();
  void begin_life();
  // All queues, dead letter queues last, when nobody publishes or consumes.
  void check(const std::vector<FoundQueue>& found, WallTimeMs now_ms);
  // Everything was consumed and acked, durably: there must be nothing more where messages are published.
  void drained() { is_drained_ = true; }

  // Canary: from now on the readers' view misses one message.
  void plant_a_lost_message() { loses_a_message_ = true; }
  // Canary: who acks asks for the message again instead.
  void plant_lost_acks() { loses_acks_ = true; }
  bool loses_acks() const { return loses_acks_; }
  // Canary: who binds queues to topics forgets to.
  void plant_lost_bindings() { loses_bindings_ = true; }
  bool loses_bindings() const { return loses_bindings_; }
  // Canary: who delays says less than it believes to have said.
  void plant_short_delays() { shortens_delays_ = true; }
  bool shortens_delays() const { return shortens_delays_; }
  // Canary: messages have no id.
  void plant_lost_ids() { loses_ids_ = true; }
  bool loses_ids() const { return loses_ids_; }
  // Canary: who leases asks for less time than it believes to have.
  void plant_short_leases() { shortens_leases_ = true; }
  bool shortens_leases() const { return shortens_leases_; }

 private:
  struct Transaction {
    std::vector<CopyId> acked;
    std::vector<CopyId> published;
    bool is_open = true;
  };

  struct SentRecord {
    LogId partition;
    std::string topic;
    std::vector<CopyId> copies;   // the first is the partition's
    std::size_t known_count = 0;  // of those that it was sent to; the others were found
    std::uint32_t attempts = 1;
  };

  struct DelayedMessage {
    ShardId shard;
    WallTimeMs due_ms = 0;
    std::string queue;
    std::vector<LogId> targets;
    bool is_confirmed = false;
    bool is_excused = false;  // a queue may have refused or lost it unseen
    std::map<LogId, std::vector<CopyId>> copies;
  };

  // What an audit found.
  struct Present {
    std::set<CopyId> all;
    std::set<CopyId> staying;  // and were still there when everything was read
    bool contains(CopyId id) const { return all.contains(id); }
  };

  void violation(CopyId id, std::string_view what);
  CopyId add(MessageCopy copy);
  const QueuePlan& plan_of(const MessageCopy& copy) const { return *plans_.find(copy.queue_name); }
  void place(CopyId id, core::QueuePosition position);
  std::optional<CopyId> recognize(const core::QueueInfo& queue, core::QueuePosition position,
                                  const core::MessageView& message, WallTimeMs now_ms);
  std::optional<CopyId> recognize_letter(const core::QueueInfo& queue, MessageNumber number,
                                         const core::MessageView& message, WallTimeMs now_ms);
  void lapse_if_late(CopyId id, WallTimeMs now_ms);
  std::optional<CopyId> recognize_record(const core::QueueInfo& queue, MessageNumber number);
  CopyId add_found(const core::QueueInfo& queue, MessageNumber number, SentRecord& record);
  bool leads_to(const DelayedMessage& delayed, std::string_view queue) const;
  std::optional<CopyId> recognize_delayed(const core::QueueInfo& queue, MessageNumber number,
                                          WallTimeMs now_ms);
  void excuse_delayed(LogId queue);
  bool may_have_died_unseen(MessageNumber number, std::string_view queue);
  void make_original(CopyId id);
  void check_records(const Present& present);
  void check_reason(const MessageCopy& original, std::string_view reason, WallTimeMs now_ms);

  Present find_present(const std::vector<FoundQueue>& found, WallTimeMs now_ms);
  void check_present(CopyId id, const FoundMessage& found);
  void check_absent(CopyId id);
  void check_transaction(Transaction& transaction, const Present& present);
  bool is_buried(const MessageCopy& copy) const;
  void check_one_place(const Present& present);

  Ledger& ledger_;
  QueuePlans plans_;
  MessageNumber next_number_ = 1;
  std::vector<MessageCopy> copies_;
  std::set<CopyId> live_;  // may be somewhere
  std::map<std::pair<std::string, MessageNumber>, CopyId> originals_;
  std::map<std::pair<LogId, core::QueuePosition>, CopyId> at_;
  // By queue, publisher and level.
  std::map<std::tuple<LogId, std::size_t, std::uint8_t>, std::map<CopyId, Offset>> by_publisher_;
  std::vector<Transaction> transactions_;
  std::set<std::pair<LogId, std::uint64_t>> lease_numbers_;
  std::map<MessageNumber, SentRecord> records_;
  std::map<MessageNumber, DelayedMessage> delayed_;
  std::set<MessageNumber> waiting_;  // of them those that may wait still
  std::map<LogId, core::QueuePtr> partitions_;
  struct Bound {
    core::QueuePtr queue;
    std::string key;
  };
  std::map<std::string, std::map<LogId, Bound>> bound_;  // by source
  std::map<std::string, LogId> declared_;
  std::set<LogId> deleting_;
  std::set<LogId> deleted_;
  bool is_drained_ = false;
  bool loses_a_message_ = false;
  bool loses_acks_ = false;
  bool loses_bindings_ = false;
  bool shortens_leases_ = false;
  bool shortens_delays_ = false;
  bool loses_ids_ = false;
};

}  // namespace koine::simulation
