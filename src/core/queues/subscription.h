// Subscription: one consumer of a queue, on the consumer's own shard; the queue may be on another.
//
//   queue's shard:    Queue -- next in turn, has credit --> its end of the link --\   messages, in order
//   consumer's shard:                                        Subscription <-------/--> DeliverySink::take
//
// Credit is asked for twice: `prefetch` (unsettled messages of this consumer; counted by the queue) and the sink's room
// (what its socket can take). A sink without room holds its own buffer only; the queue goes on with other consumers.
//
// A consumer that leases (ConsumerOptions::lease) says besides how many messages it takes (add_credit), and has each for a time, by number
// (timed_leases.h): it is settled with settle_leases(), and goes back when it is late.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/task.h"
#include "base/units.h"
#include "core/queues/message.h"
#include "core/queues/queue_spec.h"
#include "core/queues/settlement.h"
#include "core/queues/shared_credit.h"

namespace koine::core {

class Engine;

struct ConsumerOptions {
  std::string tag;                              // for people: listings and logs
  std::string connection;                       // the same
  bool is_auto_ack = false;                     // settled by being delivered
  bool is_exclusive = false;                    // the only one, or refused
  std::uint32_t prefetch = 0;                   // 0: no limit
  std::int32_t priority = 0;                    // higher first, while it has credit
  std::shared_ptr<SharedCredit> shared_credit;  // null: none
  std::optional<Duration> lease;                // it leases, each message for so long
};

struct Delivery {
  QueuePosition position;
  bool is_redelivered = false;
  std::uint32_t failed_deliveries = 0;  // times it came back by requeue_failed
  std::uint64_t lease_number = 0;       // to a consumer that leases; see LeaseId
  MessageView message;                  // ends with the call
};

enum class SubscriptionEnd : std::uint8_t {
  queue_deleted,
  // A message was not settled within the queue's consumer timeout. All that the subscription was given is back in the queue:
  // settlements of it would speak for whoever has it next, so its owner forgets them.
  lease_expired,
  closing,  // the server stops
};

// Implemented by a protocol's session; called on its shard. Must not call the subscription from inside a call.
class DeliverySink {
 public:
  DeliverySink() = default;
  DeliverySink(const DeliverySink&) = delete;
  DeliverySink& operator=(const DeliverySink&) = delete;
  virtual ~DeliverySink() = default;

  // Asked before each delivery. When it turns true again, the owner calls Subscription::resume().
  virtual bool has_room() const = 0;
  virtual void take(const Delivery& delivery) = 0;
  // No take() follows. The subscription may be destroyed later, not in the call.
  virtual void on_end(SubscriptionEnd reason) = 0;
};

class Subscription {
 public:
  // `here` is the engine of the sink's shard; both outlive the subscription. Nothing is delivered before the first
  // resume(). Errors: not_found (no such queue), denied (exclusive, or the other one is), closed.
  static Task<Result<std::unique_ptr<Subscription>>> open(Engine& here, QueuePtr queue,
                                                          ConsumerOptions options,
                                                          DeliverySink& sink);
  Subscription() = default;
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;
  // After cancel().
  virtual ~Subscription() = default;

  // The sink has room (again).
  virtual void resume() = 0;
  // Of a consumer that leases: so many messages more may come. It begins with none.
  virtual void add_credit(std::uint32_t count) = 0;
  // No take() after it returned; what was on its way between shards is taken before, whether the sink has room or not
  // (at most link_window_bytes). What was delivered stays leased until it is settled (QueueClient::settle).
  virtual Task<void> cancel() = 0;
  // The same, and what it still has leased goes back, in that way: what is on its way between shards, too, and is not taken.
  virtual Task<void> cancel_and_return(Settlement::Kind kind) = 0;
  virtual const QueuePtr& queue() const = 0;
};

}  // namespace koine::core
