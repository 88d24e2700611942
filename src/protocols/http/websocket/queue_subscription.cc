#include "protocols/http/websocket/queue_subscription.h"

#include <algorithm>
#include <utility>

#include "core/engine.h"

namespace koine::http {

namespace {

std::string_view reason_of(core::SubscriptionEnd end) {
  switch (end) {
    case core::SubscriptionEnd::queue_deleted: return "queue_deleted";
    case core::SubscriptionEnd::lease_expired: return "lease_expired";
    case core::SubscriptionEnd::closing: break;
  }
  return "server_stopping";
}

}  // namespace

QueueSubscription::QueueSubscription(core::Engine& engine, SocketOutput& output,
                                     SocketAnswers& answers, std::int64_t id, core::QueuePtr queue,
                                     std::int64_t credit)
    : engine_(engine),
      output_(output),
      answers_(answers),
      id_(id),
      queue_(std::move(queue)),
      credit_(credit) {}

Task<void> QueueSubscription::open(Duration lease) {
  core::ConsumerOptions options{.tag = "websocket", .connection = {}};
  options.prefetch = socket_leases_max;
  options.lease = lease;
  auto opened = co_await core::Subscription::open(engine_, queue_, std::move(options), *this);
  if (!opened) {
    is_over_ = true;
    answers_.ended(id_, Problem(opened.error()));
    co_return;
  }
  subscription_ = std::move(*opened);
  answers_.subscribed(id_, {});
  subscription_->add_credit(static_cast<std::uint32_t>(std::exchange(credit_, 0)));
  subscription_->resume();
}

void QueueSubscription::add_credit(std::int64_t count) {
  if (subscription_ == nullptr) {
    credit_ = std::min(credit_ + count, credit_max);
  } else {
    subscription_->add_credit(static_cast<std::uint32_t>(count));
  }
}

void QueueSubscription::on_room() {
  if (subscription_ != nullptr) subscription_->resume();
}

bool QueueSubscription::is_of_queue(LogId queue) const { return queue_->id() == queue; }

// What a closing socket does not send any more would only go back, marked redelivered.
bool QueueSubscription::has_room() const { return output_.is_open() && output_.has_room(); }

void QueueSubscription::take(const core::Delivery& delivery) {
  answers_.message(id_, {queue_->id(), delivery.position, delivery.lease_number}, delivery);
}

void QueueSubscription::on_end(core::SubscriptionEnd reason) {
  is_over_ = true;
  answers_.ended(id_, reason_of(reason));
}

Task<void> QueueSubscription::close(Leaving how) {
  co_await gate_.close();
  if (subscription_ == nullptr) co_return;
  switch (how) {
    case Leaving::unsubscribed: co_await subscription_->cancel(); break;
    case Leaving::goodbye:
      co_await subscription_->cancel_and_return(core::Settlement::Kind::requeue);
      break;
    case Leaving::lost:
      co_await subscription_->cancel_and_return(core::Settlement::Kind::requeue_failed);
      break;
  }
}

}  // namespace koine::http
