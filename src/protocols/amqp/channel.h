// Channel: one conversation on a connection, with everything that it remembers: its consumers, the deliveries that are not
// settled, the confirms that are due, the message that is arriving. Owned by a Session, one shard.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/queues/subscription.h"
#include "protocols/amqp/confirms.h"
#include "protocols/amqp/consumer.h"
#include "protocols/amqp/direct_replies.h"
#include "protocols/amqp/method_id.h"
#include "protocols/amqp/route_cache.h"
#include "protocols/amqp/statistics.h"
#include "protocols/amqp/transaction.h"
#include "protocols/amqp/unsettled.h"

namespace koine::amqp {

// A message that did not arrive with one read, or has several body frames.
struct IncomingMessage {
  std::string exchange;
  std::string routing_key;
  bool is_mandatory = false;
  bool is_immediate = false;
  bool has_header = false;
  std::uint64_t body_size = 0;
  std::vector<std::byte> properties;
  std::vector<std::byte> body;
  std::size_t accounted = 0;  // in the session's InboundMemory
};

struct Channel {
  enum class State : std::uint8_t {
    open,
    closing,  // we closed it: everything but the client's answer is passed over
  };

  Channel(std::uint16_t channel_number, std::uint32_t channel_instance, Statistics& statistics)
      : number(channel_number), instance(channel_instance), as_open(statistics.channels_open) {}

  bool is_transactional() const { return transaction != nullptr; }

  const std::uint16_t number;
  // Unlike the number never used again on this connection.
  const std::uint32_t instance;
  State state = State::open;
  const OpenCount as_open;
  std::optional<OpenCount> as_publisher;  // since its first message

  // Publishing.
  bool is_confirming = false;
  Confirms confirms;
  RouteCache routes;
  std::unique_ptr<IncomingMessage> incoming;
  std::unique_ptr<Transaction> transaction;  // null: none

  // Consuming.
  std::map<std::string, std::unique_ptr<Consumer>, std::less<>> consumers;
  Unsettled unsettled;
  std::uint64_t next_delivery_tag = 1;
  std::uint16_t prefetch = 0;                         // of consumers from now on; 0: no limit
  std::shared_ptr<core::SharedCredit> shared_credit;  // null: nobody consumes yet
  std::unique_ptr<ReplyConsumer> reply_consumer;      // null: none

  std::string last_queue;  // that was declared here: what an empty name stands for
};

}  // namespace koine::amqp
