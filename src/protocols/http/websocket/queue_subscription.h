// QueueSubscription: a queue's messages on a WebSocket, as far as the credit goes, each leased for a time. A consumer in turn with all
// others, of every protocol; its leases are those of core/queues/timed_leases.h, which anybody may settle who knows their names.
//
//   queue -- in turn, has credit --> take() --> SocketAnswers::message    leased; no room in the output: the next ones stay in the queue
//   the socket ends                             what is leased goes back, where it was
//
// Owned by its WebSocket, one shard; the queue may be on another.
#pragma once

#include <cstdint>
#include <memory>

#include "core/queues/subscription.h"
#include "protocols/http/websocket/socket_answers.h"
#include "protocols/http/websocket/socket_output.h"
#include "protocols/http/websocket/socket_subscription.h"
#include "runtime/gate.h"

namespace koine::http {

// That one subscription has at a time, whatever its credit: each costs its queue about 200 bytes.
inline constexpr std::uint32_t socket_leases_max = 10'000;

class QueueSubscription final : public SocketSubscription, private core::DeliverySink {
 public:
  // Engine, output and answers outlive it.
  QueueSubscription(core::Engine& engine, SocketOutput& output, SocketAnswers& answers,
                    std::int64_t id, core::QueuePtr queue, std::int64_t credit);

  // Begins to consume, if the queue lets it; else says why not, and has ended.
  void start(Duration lease) { gate_.spawn(open(lease)); }

  void add_credit(std::int64_t count) override;
  void on_room() override;
  bool is_over() const override { return is_over_; }
  bool is_of_queue(LogId queue) const override;
  Task<void> close(Leaving how) override;

 private:
  bool has_room() const override;
  void take(const core::Delivery& delivery) override;
  void on_end(core::SubscriptionEnd reason) override;

  Task<void> open(Duration lease);

  core::Engine& engine_;
  SocketOutput& output_;
  SocketAnswers& answers_;
  std::int64_t id_;
  core::QueuePtr queue_;
  std::int64_t credit_;  // granted before there was a subscription
  std::unique_ptr<core::Subscription> subscription_;
  runtime::Gate gate_;
  bool is_over_ = false;
};

}  // namespace koine::http
