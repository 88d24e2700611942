// DeadLetter: a message that leaves its queue without having been consumed, as it goes on to the dead letter exchange. With
// it go RabbitMQ's headers, so that whoever finds it knows where it died, why, and how often:
//
//   x-death: [ { count l, reason S, queue S, time T, exchange S, routing-keys A of S, original-expiration S } ... ]
//            one entry for each queue and reason, the most recent first
//   x-first-death-queue, -reason, -exchange; x-last-death-queue, -reason, -exchange: S
//
// Its own expiration is taken off, or it would die again at once; it stays in original-expiration.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "core/queues/message.h"
#include "core/queues/queue_spec.h"
#include "core/queues/settlement.h"

namespace koine::core {

enum class DeathReason : std::uint8_t { rejected, expired, maxlen, delivery_limit };
// As in x-death.
std::string_view name_of(DeathReason reason);

struct DeadLetter {
  struct Death {
    std::string queue;
    std::string reason;
  };

  // Where it is until it has its new place. Not with is_refused: it never came into the queue.
  QueuePosition position;
  std::size_t body_size = 0;
  bool is_refused = false;

  DeathReason reason = DeathReason::rejected;
  std::string exchange;  // the dead letter exchange
  std::vector<std::string>
      routing_keys;  // at least one; the first is the message's, the others are from CC
  std::vector<std::byte> properties;
  Bytes body;
  std::uint8_t priority = 0;
  bool is_persistent = true;
  std::vector<Death> deaths;  // the most recent first

  // It died there before, and since then nobody rejected it: it would go round for ever.
  bool is_cycle_to(std::string_view queue) const;
  // Views into this.
  MessageView message(WallTimeMs now_ms) const;
};

// `spec` has a dead letter exchange. Copies the message. Errors: corrupt (its properties).
Result<DeadLetter> make_dead_letter(const QueueSpec& spec, const MessageView& message,
                                    DeathReason reason, WallTimeMs now_ms);

}  // namespace koine::core
