// DeliveryLink: a subscription's way from the queue's shard to the consumer's, in two ends that only post to each other:
//
//   queue's shard       Queue -> LinkSender::take -> batch -- post --> LinkReceiver -> sink     consumer's shard
//                                   window  <------- post -- bytes that the sink took
//
// What was sent and not taken is at most link_window_bytes (and one message): then the queue finds no room here. Batches
// are copies, sent when they are full or when the queue's turn is over; they arrive in order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "core/queues/queue.h"
#include "core/queues/subscription.h"
#include "io/reactor.h"

namespace koine::core {

struct DeliveryBatch {
  struct Item {
    QueuePosition position;
    std::uint32_t size = 0;  // in `bytes`
    std::uint32_t failed_deliveries = 0;
    std::uint64_t lease_number = 0;
    bool is_redelivered = false;
  };
  std::vector<std::byte> bytes;  // stored messages, one after another
  std::vector<Item> items;

  std::size_t cost() const { return bytes.size() + items.size() * sizeof(Item); }
};

class LinkSender;

// On the consumer's shard.
class LinkReceiver final : public std::enable_shared_from_this<LinkReceiver> {
 public:
  // The sink outlives close(), or the call of its on_end().
  explicit LinkReceiver(DeliverySink& sink) : sink_(&sink) {}

  void connect(std::shared_ptr<LinkSender> sender, io::Reactor& here, io::Reactor& there);
  // The sink has room (again).
  void resume();
  void add_credit(std::uint32_t count);
  // The queue sends nothing any more: the sink gets what has arrived, with or without room, and then nothing.
  void finish();
  void close();

  // From the sender.
  void receive(DeliveryBatch batch);
  void end(SubscriptionEnd reason);

 private:
  bool has_more() const { return !batches_.empty(); }
  void deliver();
  void deliver_one();
  void give_window_back();

  DeliverySink* sink_;  // null: closed
  std::shared_ptr<LinkSender> sender_;
  io::Reactor* there_ = nullptr;              // null: not connected yet
  std::optional<SubscriptionEnd> early_end_;  // before it was connected
  std::deque<DeliveryBatch> batches_;
  std::size_t next_item_ = 0;  // of the first batch
  std::size_t next_byte_ = 0;
  std::size_t taken_bytes_ = 0;  // that the sender was not told of
  bool is_delivering_ = false;
  bool is_started_ = false;
};

// On the queue's shard.
class LinkSender final : public DeliverySink, public std::enable_shared_from_this<LinkSender> {
 public:
  LinkSender(io::Reactor& here, io::Reactor& there, std::shared_ptr<LinkReceiver> receiver)
      : here_(here), there_(there), receiver_(std::move(receiver)) {}

  void attach(std::shared_ptr<Queue> queue, std::shared_ptr<QueueConsumer> consumer);
  void resume() { queue_->resume(*consumer_); }
  void add_credit(std::uint32_t count) { queue_->add_credit(*consumer_, count); }
  // What was taken is on its way when this returns.
  void cancel();
  void cancel_and_return(Settlement::Kind kind);
  void window_back(std::size_t bytes);

  bool has_room() const override;
  void take(const Delivery& delivery) override;
  void on_end(SubscriptionEnd reason) override;

 private:
  void flush();

  io::Reactor& here_;
  io::Reactor& there_;
  std::shared_ptr<LinkReceiver> receiver_;
  std::shared_ptr<Queue> queue_;
  std::shared_ptr<QueueConsumer> consumer_;
  DeliveryBatch batch_;
  std::size_t outstanding_bytes_ = 0;  // sent, and not taken by the sink
  bool is_flush_posted_ = false;
};

}  // namespace koine::core
