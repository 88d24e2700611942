// Consumes one queue, acks in groups, and demands the messages 0, 1, 2, ... in order, each once.
#pragma once

#include <chrono>
#include <string>

#include "amqp_client.h"
#include "payload.h"

class QueueConsumer {
 public:
  using Clock = std::chrono::steady_clock;

  // ack_every 0: the server acks by itself.
  QueueConsumer(std::string const& address, std::string const& queue, size_t prefetch,
                size_t ack_every, uint64_t first_expected)
      : client_(address), ack_every_(ack_every), expected_(first_expected) {
    client_.consume(queue, prefetch, ack_every == 0);
  }

  // Returns when `count` messages more have come and are acked.
  void take(size_t count) {
    for (size_t i = 0; i < count; ++i) {
      auto const tag = receive();
      if (ack_every_ > 0 && (++unacked_ == ack_every_ || i + 1 == count)) {
        client_.ack(tag);
        unacked_ = 0;
      }
    }
  }

  Clock::time_point last_received() const { return last_received_; }

  // Answered when the server has read the acks.
  void finish(std::string const& queue) const { client_.declare_passively(queue); }

 private:
  uint64_t receive() {
    amqp_maybe_release_buffers(client_.get());
    amqp_envelope_t envelope;
    auto limit = timeval_of(patience);
    auto const reply = amqp_consume_message(client_.get(), &envelope, &limit, 0);
    if (reply.reply_type != AMQP_RESPONSE_NORMAL) {
      check_reply(reply, "waiting for message " + std::to_string(expected_));
    }
    auto const body = text_of(envelope.message.body);
    auto const sequence = stamp_of(body.data(), body.size());
    if (sequence != expected_) {
      fail("expected message " + std::to_string(expected_) + ", got " + std::to_string(sequence));
    }
    ++expected_;
    auto const tag = envelope.delivery_tag;
    amqp_destroy_envelope(&envelope);
    last_received_ = Clock::now();
    return tag;
  }

  static constexpr auto patience = std::chrono::seconds(120);

  AmqpClient client_;
  size_t ack_every_;
  size_t unacked_ = 0;
  uint64_t expected_;
  Clock::time_point last_received_;
};
