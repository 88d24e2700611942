#include "protocols/amqp/consumer.h"

#include <algorithm>
#include <utility>

#include "core/queues/properties.h"
#include "protocols/amqp/channel.h"
#include "protocols/amqp/codec.h"
#include "protocols/amqp/messages/basic.h"

namespace koine::amqp {

namespace {

constexpr std::string_view delivery_count_header = "x-delivery-count";

// Replies can't wait in a queue: for a burst of them there is more room than for deliveries.
constexpr std::size_t reply_bytes_max = 8 * output_bytes_max;

}  // namespace

void write_delivery(DeliveryPlace& place, const DeliveryFrames& frames,
                    const core::MessageView& message) {
  FrameBuffer& buffer = place.output.frames();
  encode_frame(buffer, frames.channel,
               BasicDeliver{.consumer_tag = frames.consumer_tag,
                            .delivery_tag = frames.delivery_tag,
                            .redelivered = frames.is_redelivered,
                            .exchange = message.exchange,
                            .routing_key = message.routing_key});
  encode_content(buffer, frames.channel, {.properties = message.properties, .body = message.body},
                 place.frame_max);
  ++place.statistics.messages_delivered;
  if (frames.is_settled) ++place.statistics.messages_delivered_settled;
  if (frames.is_redelivered) ++place.statistics.messages_redelivered;
}

ByteView properties_for_delivery(ByteView properties, std::uint32_t failed_deliveries,
                                 std::vector<std::byte>& rewritten) {
  if (failed_deliveries == 0) return properties;
  auto decoded = core::decode_properties(properties);
  if (!decoded) return properties;
  core::FieldTable& headers = decoded->headers ? *decoded->headers : decoded->headers.emplace();
  const core::FieldValue count{std::int64_t{failed_deliveries}};
  const auto found = std::ranges::find(headers, delivery_count_header, &core::Field::name);
  if (found != headers.end()) {
    found->value = count;
  } else {
    headers.push_back({std::string(delivery_count_header), count});
  }
  rewritten.clear();
  core::encode_properties(*decoded, rewritten);
  return rewritten;
}

Consumer::Consumer(DeliveryPlace& place, Channel& channel, std::string tag,
                   const core::QueuePtr& queue, bool is_auto_ack)
    : place_(place),
      as_open_(place.statistics.consumers_open),
      channel_(channel),
      tag_(std::move(tag)),
      queue_(place.settlements.use(queue)),
      is_auto_ack_(is_auto_ack) {}

Consumer::~Consumer() { place_.settlements.release(queue_); }

void Consumer::take(const core::Delivery& delivery) {
  const std::uint64_t tag = channel_.next_delivery_tag++;
  if (!is_auto_ack_) {
    Settlements::use_again(queue_);
    channel_.unsettled.add({.tag = tag, .position = delivery.position, .queue = queue_});
  }
  // What comes until the subscription is cancelled is returned with the rest.
  if (channel_.state != Channel::State::open) return;
  const DeliveryFrames frames{.channel = channel_.number,
                              .consumer_tag = tag_,
                              .delivery_tag = tag,
                              .is_redelivered = delivery.is_redelivered,
                              .is_settled = is_auto_ack_};
  if (delivery.failed_deliveries == 0) [[likely]]
    return write_delivery(place_, frames, delivery.message);
  std::vector<std::byte> rewritten;
  core::MessageView message = delivery.message;
  message.properties =
      properties_for_delivery(message.properties, delivery.failed_deliveries, rewritten);
  write_delivery(place_, frames, message);
}

void Consumer::on_end(core::SubscriptionEnd reason) {
  end_ = reason;
  place_.listener.on_consumer_end(channel_, *this, reason);
}

ReplyConsumer::ReplyConsumer(DeliveryPlace& place, DirectReplies& replies, Channel& channel,
                             std::string tag, ReplyAddress address)
    : place_(place),
      as_open_(place.statistics.consumers_open),
      replies_(replies),
      channel_(channel),
      tag_(std::move(tag)),
      address_(address) {
  replies_.add(address_, *this);
}

ReplyConsumer::~ReplyConsumer() { replies_.remove(address_); }

void ReplyConsumer::take_reply(const core::MessageView& message) {
  if (channel_.state != Channel::State::open || place_.output.frames().size() > reply_bytes_max) {
    ++place_.statistics.replies_dropped;
    return;
  }
  write_delivery(place_,
                 {.channel = channel_.number,
                  .consumer_tag = tag_,
                  .delivery_tag = channel_.next_delivery_tag++,
                  .is_settled = true},
                 message);
}

}  // namespace koine::amqp
