// Consumer: one basic.consume: takes what the queue gives and writes it as frames into the connection's output. And
// ReplyConsumer: the same for direct replies, which come from publishers instead of a queue.
//
// Owned by its Channel, one shard.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/queues/subscription.h"
#include "protocols/amqp/direct_replies.h"
#include "protocols/amqp/output.h"
#include "protocols/amqp/settlements.h"
#include "protocols/amqp/statistics.h"

namespace koine::amqp {

struct Channel;
class Consumer;

// What consumers share: their session's. Outlives them.
struct DeliveryPlace {
  class Listener {
   public:
    Listener() = default;
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;
    virtual ~Listener() = default;
    // The queue has ended the consumer; called inside a call of the queue.
    virtual void on_consumer_end(Channel& channel, const Consumer& consumer,
                                 core::SubscriptionEnd reason) = 0;
  };

  Output& output;
  Statistics& statistics;
  Settlements& settlements;
  Listener& listener;
  const std::uint32_t& frame_max;
};

// Appends basic.deliver with its content.
struct DeliveryFrames {
  std::uint16_t channel = 0;
  std::string_view consumer_tag;
  std::uint64_t delivery_tag = 0;
  bool is_redelivered = false;
  bool is_settled = false;  // no ack is expected
};
void write_delivery(DeliveryPlace& place, const DeliveryFrames& frames,
                    const core::MessageView& message);

// The message's properties as its receiver gets them: after failed deliveries with the header x-delivery-count, for which
// `rewritten` is the memory.
ByteView properties_for_delivery(ByteView properties, std::uint32_t failed_deliveries,
                                 std::vector<std::byte>& rewritten);

class Consumer final : public core::DeliverySink {
 public:
  Consumer(DeliveryPlace& place, Channel& channel, std::string tag, const core::QueuePtr& queue,
           bool is_auto_ack);
  ~Consumer() override;

  bool has_room() const override { return place_.output.has_room(); }
  void take(const core::Delivery& delivery) override;
  void on_end(core::SubscriptionEnd reason) override;

  // Once, when core has one.
  void attach(std::unique_ptr<core::Subscription> subscription) {
    subscription_ = std::move(subscription);
  }
  // Null: not subscribed yet.
  core::Subscription* subscription() const { return subscription_.get(); }

  const std::string& tag() const { return tag_; }
  const core::QueuePtr& queue() const { return queue_->queue; }
  bool is_auto_ack() const { return is_auto_ack_; }
  // It reads a topic.
  void set_stream() { is_stream_ = true; }
  bool is_stream() const { return is_stream_; }
  const std::optional<core::SubscriptionEnd>& end() const { return end_; }

 private:
  DeliveryPlace& place_;
  const OpenCount as_open_;
  Channel& channel_;
  std::string tag_;
  Settlements::Queue* queue_;
  bool is_auto_ack_;
  bool is_stream_ = false;
  std::optional<core::SubscriptionEnd> end_;
  std::unique_ptr<core::Subscription> subscription_;
};

class ReplyConsumer final : public ReplyReceiver {
 public:
  ReplyConsumer(DeliveryPlace& place, DirectReplies& replies, Channel& channel, std::string tag,
                ReplyAddress address);
  ~ReplyConsumer() override;

  void take_reply(const core::MessageView& message) override;

  const std::string& tag() const { return tag_; }
  const ReplyAddress& address() const { return address_; }

 private:
  DeliveryPlace& place_;
  const OpenCount as_open_;
  DirectReplies& replies_;
  Channel& channel_;
  std::string tag_;
  ReplyAddress address_;
};

}  // namespace koine::amqp
