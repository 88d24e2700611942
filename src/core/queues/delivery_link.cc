#include "core/queues/delivery_link.h"

#include "base/check.h"
#include "core/queues/queue_limits.h"

namespace koine::core {

void LinkReceiver::connect(std::shared_ptr<LinkSender> sender, io::Reactor& here,
                           io::Reactor& there) {
  sender_ = std::move(sender);
  there_ = &there;
  // Not before the one who opens the subscription knows that it is open.
  if (early_end_) {
    here.post([self = shared_from_this()] { self->end(*self->early_end_); });
  }
}

void LinkReceiver::resume() {
  if (sink_ == nullptr) return;
  if (!is_started_) {
    is_started_ = true;
    there_->post([sender = sender_] { sender->resume(); });
  }
  deliver();
}

void LinkReceiver::add_credit(std::uint32_t count) {
  if (sink_ == nullptr) return;
  there_->post([sender = sender_, count] { sender->add_credit(count); });
}

void LinkReceiver::receive(DeliveryBatch batch) {
  if (sink_ == nullptr) return;
  batches_.push_back(std::move(batch));
  deliver();
}

void LinkReceiver::finish() {
  while (sink_ != nullptr && has_more()) deliver_one();
  close();
}

void LinkReceiver::close() {
  sink_ = nullptr;
  batches_.clear();
  sender_.reset();
}

void LinkReceiver::end(SubscriptionEnd reason) {
  if (there_ == nullptr) {
    early_end_ = reason;
    return;
  }
  // With lease_expired everything that was given is back in the queue.
  while (sink_ != nullptr && has_more() && reason != SubscriptionEnd::lease_expired) deliver_one();
  DeliverySink* sink = sink_;
  close();
  if (sink != nullptr) sink->on_end(reason);
}

void LinkReceiver::deliver() {
  if (is_delivering_) return;
  is_delivering_ = true;
  while (sink_ != nullptr && has_more() && sink_->has_room()) deliver_one();
  is_delivering_ = false;
  const bool is_much = taken_bytes_ >= link_batch_bytes;
  if (sink_ != nullptr && taken_bytes_ > 0 && (is_much || !has_more())) give_window_back();
}

void LinkReceiver::deliver_one() {
  const DeliveryBatch& batch = batches_.front();
  const DeliveryBatch::Item item = batch.items[next_item_];
  const auto message = decode_message(ByteView(batch.bytes).subspan(next_byte_, item.size));
  CHECK(message);
  sink_->take({.position = item.position,
               .is_redelivered = item.is_redelivered,
               .failed_deliveries = item.failed_deliveries,
               .lease_number = item.lease_number,
               .message = *message});
  if (batches_.empty()) return;  // closed meanwhile
  taken_bytes_ += item.size + sizeof item;
  next_byte_ += item.size;
  if (++next_item_ < batches_.front().items.size()) return;
  batches_.pop_front();
  next_item_ = 0;
  next_byte_ = 0;
}

void LinkReceiver::give_window_back() {
  there_->post(
      [sender = sender_, bytes = std::exchange(taken_bytes_, 0)] { sender->window_back(bytes); });
}

void LinkSender::attach(std::shared_ptr<Queue> queue, std::shared_ptr<QueueConsumer> consumer) {
  queue_ = std::move(queue);
  consumer_ = std::move(consumer);
}

void LinkSender::cancel() {
  queue_->cancel(consumer_);
  flush();
}

// Nobody takes it any more.
void LinkSender::cancel_and_return(Settlement::Kind kind) {
  batch_ = {};
  queue_->cancel(consumer_);
  queue_->return_leases(*consumer_, kind);
}

void LinkSender::window_back(std::size_t bytes) {
  outstanding_bytes_ -= bytes;
  if (has_room()) queue_->resume(*consumer_);
}

bool LinkSender::has_room() const { return outstanding_bytes_ + batch_.cost() < link_window_bytes; }

void LinkSender::take(const Delivery& delivery) {
  const std::size_t before = batch_.bytes.size();
  encode_message(delivery.message, batch_.bytes);
  batch_.items.push_back({.position = delivery.position,
                          .size = static_cast<std::uint32_t>(batch_.bytes.size() - before),
                          .failed_deliveries = delivery.failed_deliveries,
                          .lease_number = delivery.lease_number,
                          .is_redelivered = delivery.is_redelivered});
  if (batch_.cost() >= link_batch_bytes) {
    flush();
  } else if (!is_flush_posted_) {
    is_flush_posted_ = true;
    here_.post([self = shared_from_this()] {
      self->is_flush_posted_ = false;
      self->flush();
    });
  }
}

void LinkSender::flush() {
  if (batch_.items.empty()) return;
  outstanding_bytes_ += batch_.cost();
  there_.post([receiver = receiver_, batch = std::exchange(batch_, {})]() mutable {
    receiver->receive(std::move(batch));
  });
}

void LinkSender::on_end(SubscriptionEnd reason) {
  flush();
  there_.post([receiver = receiver_, reason] { receiver->end(reason); });
}

}  // namespace koine::core
