// Who consumes: coming and going, whose credit came back, and which one is active.

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/queues/queue.h"

namespace koine::core {

Result<std::shared_ptr<QueueConsumer>> Queue::add_consumer(ConsumerOptions options,
                                                           DeliverySink& sink) {
  const std::string& name = info_->spec.name.name;
  if (is_ended_ || is_being_deleted_)
    return fail(ErrorCode::not_found, fmt::format("queue {} was deleted", name));
  const bool is_taken = !consumers_.empty() && consumers_.front()->options.is_exclusive;
  if (is_taken)
    return fail(ErrorCode::denied, fmt::format("queue {} has an exclusive consumer", name));
  if (options.is_exclusive && !consumers_.empty()) {
    return fail(ErrorCode::denied,
                fmt::format("queue {} has consumers; an exclusive one must be alone", name));
  }
  if (options.is_exclusive && info_->spec.settings.is_single_active_consumer) {
    return fail(ErrorCode::denied,
                fmt::format("queue {} has a single active consumer; none is exclusive", name));
  }
  auto consumer = std::make_shared<QueueConsumer>();
  consumer->options = std::move(options);
  consumer->sink = &sink;
  consumers_.push_back(consumer);
  is_unwanted_ = false;
  choose_active();
  return consumer;
}

void Queue::resume(QueueConsumer& consumer) {
  if (is_ended_ || consumer.is_ended) return;
  consumer.is_resumed = true;
  put_in_turn(consumer);
  wake_if_needed();
}

void Queue::cancel(const std::shared_ptr<QueueConsumer>& consumer) {
  if (consumer->is_ended) return;
  consumer->is_ended = true;
  turns_.remove(*consumer);
  std::erase(consumers_, consumer);
  if (consumer->unsettled > 0) ended_consumers_.push_back(consumer);
  if (active_ == consumer.get()) active_ = nullptr;
  choose_active();
  if (consumers_.empty()) {
    touch();
    if (info_->spec.is_auto_delete && !consumer->is_passing) {
      is_unwanted_ = true;
      now_ = host_.reactor().now();
      check_unused();
    }
  }
  wake_if_needed();
}

bool Queue::may_be_served(const QueueConsumer& consumer) const {
  if (consumer.is_ended || !consumer.is_resumed) return false;
  if (!info_->spec.settings.is_single_active_consumer) return true;
  return &consumer == active_ && !is_draining_;
}

void Queue::put_in_turn(QueueConsumer& consumer) {
  if (may_be_served(consumer) && consumer.has_credit()) turns_.add(consumer);
}

void Queue::give_credit_back(QueueConsumer* consumer) {
  if (consumer == nullptr) return;
  --consumer->unsettled;
  if (consumer->options.shared_credit != nullptr) consumer->options.shared_credit->give_back(1);
  if (consumer->is_ended) {
    forget_if_done(*consumer);
    return;
  }
  if (is_draining_ && consumer == active_ && consumer->unsettled == 0) choose_active();
  put_in_turn(*consumer);
}

void Queue::forget_if_done(QueueConsumer& consumer) {
  if (consumer.unsettled > 0) return;
  std::erase_if(ended_consumers_, [&](const auto& ended) { return ended.get() == &consumer; });
}

// The first one of the highest priority; the one that is active stays until it has nothing unsettled.
void Queue::choose_active() {
  if (!info_->spec.settings.is_single_active_consumer || consumers_.empty()) return;
  QueueConsumer* best = std::ranges::max_element(consumers_, {}, [](const auto& consumer) {
                          return consumer->options.priority;
                        })->get();
  const bool is_higher = active_ != nullptr && best->options.priority > active_->options.priority;
  is_draining_ = is_higher && active_->unsettled > 0;
  if (is_draining_) {
    turns_.remove(*active_);
    return;
  }
  if (is_higher) turns_.remove(*active_);
  if (active_ == nullptr || is_higher) active_ = best;
  put_in_turn(*active_);
}

}  // namespace koine::core
