#include "protocols/amqp/handlers/settle.h"

#include <fmt/format.h>

namespace koine::amqp {

namespace {

using Kind = core::Settlement::Kind;

Outcome<> settle(Scope& scope, std::uint64_t tag, bool is_multiple, Kind kind) {
  Channel& channel = scope.channel;
  bool is_known = false;
  std::uint64_t count = 0;
  if (channel.is_transactional()) {
    is_known = channel.unsettled.take(tag, is_multiple, [&](const UnsettledDelivery& delivery) {
      ++count;
      channel.transaction->settled.push_back({delivery, kind});
    });
  } else {
    Settlements& settlements = scope.deliveries.settlements;
    is_known = channel.unsettled.take(tag, is_multiple, [&](const UnsettledDelivery& delivery) {
      ++count;
      settlements.add(delivery.queue, {.position = delivery.position, .kind = kind});
    });
  }
  if (kind == Kind::ack) scope.resources.statistics.messages_acknowledged += count;
  if (is_known) [[likely]]
    return {};
  return refuse(ReplyCode::precondition_failed, fmt::format("unknown delivery tag {}", tag));
}

}  // namespace

Outcome<> settle(Scope& scope, const BasicAck& ack) {
  return settle(scope, ack.delivery_tag, ack.multiple, Kind::ack);
}

Outcome<> settle(Scope& scope, const BasicNack& nack) {
  return settle(scope, nack.delivery_tag, nack.multiple,
                nack.requeue ? Kind::requeue : Kind::dead_letter);
}

// As a failed delivery: it counts against the queue's delivery limit, where basic.nack does not (RabbitMQ 4.3).
Outcome<> settle(Scope& scope, const BasicReject& reject) {
  return settle(scope, reject.delivery_tag, false,
                reject.requeue ? Kind::requeue_failed : Kind::dead_letter);
}

void return_all(Channel& channel, Settlements& settlements, Kind kind) {
  channel.unsettled.take_all([&](const UnsettledDelivery& delivery) {
    settlements.add(delivery.queue, {.position = delivery.position, .kind = kind});
  });
  if (!channel.is_transactional()) return;
  // What was settled in a transaction that does not come to its end was not.
  for (const Transaction::Settled& settled : channel.transaction->settled) {
    settlements.add(settled.delivery.queue, {.position = settled.delivery.position, .kind = kind});
  }
  channel.transaction->settled.clear();
}

}  // namespace koine::amqp
