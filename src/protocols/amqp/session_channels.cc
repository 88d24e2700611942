// The part of Session in which channels come, fail and go.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "protocols/amqp/handlers/settle.h"
#include "protocols/amqp/session.h"
#include "runtime/turn.h"

namespace koine::amqp {

Channel* Session::channel_at(std::uint16_t number) const {
  return number < channels_.size() ? channels_[number].get() : nullptr;
}

// The instance has the number in its lower half.
Session::ChannelPtr Session::channel_of(std::uint32_t instance) const {
  const std::size_t number = instance & 0xFFFFU;
  if (number >= channels_.size() || channels_[number] == nullptr) return nullptr;
  return channels_[number]->instance == instance ? channels_[number] : nullptr;
}

Outcome<> Session::open_channel(std::uint16_t number) {
  if (number > connection_.channel_max) {
    const auto open =
        std::ranges::count_if(channels_, [](const auto& one) { return one != nullptr; });
    return refuse(ReplyCode::not_allowed,
                  open >= connection_.channel_max
                      ? fmt::format("number of channels opened ({}) has reached the negotiated "
                                    "channel_max ({})",
                                    open, connection_.channel_max)
                      : fmt::format("channel {} is above the negotiated channel_max ({})", number,
                                    connection_.channel_max));
  }
  if (channels_.size() <= number) channels_.resize(number + std::size_t{1});
  const std::uint32_t instance = next_generation_++ << 16U | number;
  channels_[number] = std::make_shared<Channel>(number, instance, resources_.statistics);
  ++resources_.statistics.channels_opened;
  output_.send(number, ChannelOpenOk{});
  return {};
}

Task<Outcome<>> Session::close_channel_for_client(ChannelPtr channel) {
  channel->state = Channel::State::closing;
  co_await clean(channel, core::Settlement::Kind::requeue);
  output_.send(channel->number, ChannelCloseOk{});
  channels_[channel->number].reset();
  co_return Outcome<>{};
}

Task<void> Session::refuse_on(std::uint16_t number, Refusal refusal) {
  const ChannelPtr channel = number < channels_.size() ? channels_[number] : nullptr;
  if (stage_ == Stage::running && refusal.severity == Severity::channel && channel != nullptr) {
    co_return co_await fail_channel(channel, cause_, std::move(refusal));
  }
  close_connection(refusal, cause_);
  // What comes while the others go is not for the client any more.
  for (const ChannelPtr& other : channels_) {
    if (other != nullptr) other->state = Channel::State::closing;
  }
  co_await end_channels();
}

Task<void> Session::fail_channel(ChannelPtr channel, MethodId cause, Refusal refusal) {
  if (channel->state == Channel::State::open) {
    channel->state = Channel::State::closing;
    ++resources_.statistics.channels_closed_by_error;
    const std::string text = refusal.reply_text();
    resources_.log.peer(log_component, "a channel was closed",
                        {{"peer", connection_.peer_address},
                         {"client", connection_.client},
                         {"channel", channel->number},
                         {"reason", text}});
    output_.send(channel->number, ChannelClose{.reply_code = std::to_underlying(refusal.code),
                                               .reply_text = text,
                                               .class_id = class_of(cause),
                                               .method_id = method_of(cause)});
  }
  co_await clean(channel, core::Settlement::Kind::requeue_failed);
}

Task<void> Session::clean(ChannelPtr channel, core::Settlement::Kind kind) {
  drop_incoming(*channel);
  channel->reply_consumer.reset();
  while (!channel->consumers.empty()) {
    const auto consumer = channel->consumers.extract(channel->consumers.begin());
    co_await consumer.mapped()->subscription()->cancel();
  }
  return_all(*channel, settlements_, kind);
  channel->transaction.reset();
  settlements_.tell();
}

void Session::on_consumer_end(Channel& channel, const Consumer& consumer,
                              core::SubscriptionEnd reason) {
  if (ChannelPtr owner = channel_of(channel.instance)) {
    gate_.spawn(end_consumer(std::move(owner), consumer.tag(), reason));
  }
}

Task<void> Session::end_consumer(ChannelPtr channel, std::string tag,
                                 core::SubscriptionEnd reason) {
  // Not inside the queue's call.
  co_await runtime::next_turn(resources_.reactor());
  const auto found = channel->consumers.find(tag);
  // Cancelled meanwhile, or not there yet: the handler then looks itself.
  if (found == channel->consumers.end() || !found->second->end()) co_return;
  const std::unique_ptr<Consumer> consumer = std::move(found->second);
  channel->consumers.erase(found);
  co_await consumer->subscription()->cancel();
  if (channel->state != Channel::State::open || reason == core::SubscriptionEnd::closing) co_return;
  if (connection_.capabilities.consumer_cancel_notify) {
    output_.send(channel->number, BasicCancel{.consumer_tag = std::move(tag), .no_wait = true});
    co_return;
  }
  if (reason != core::SubscriptionEnd::lease_expired) co_return;
  Refusal refusal{
      .code = ReplyCode::precondition_failed,
      .sentence = fmt::format("delivery acknowledgement on channel {} timed out", channel->number),
      .severity = Severity::channel};
  co_await fail_channel(channel, MethodId::none, std::move(refusal));
}

void Session::on_published(const PublishOutcome& outcome) {
  auto rejected = outcome.rejected.begin();
  for (const PublishedRange& range : outcome.ranges) {
    const ChannelPtr channel = channel_of(range.channel);
    const std::uint32_t end = range.first_item + range.count;
    const bool is_confirming = channel != nullptr && range.first_number != 0;
    for (; rejected != outcome.rejected.end() && *rejected < end; ++rejected) {
      if (is_confirming) {
        channel->confirms.refuse(range.first_number + (*rejected - range.first_item));
      }
    }
    if (channel == nullptr) continue;
    if (!is_confirming) {
      // Who does not ask for confirms learns of a loss by the end of the channel.
      if (!outcome.result) {
        gate_.spawn(
            fail_channel(channel, MethodId::basic_publish, refusal_of(outcome.result.error())));
      }
      continue;
    }
    for (std::uint32_t n = 0; !outcome.result && n < range.count; ++n) {
      channel->confirms.refuse(range.first_number + n);
    }
    channel->confirms.complete(range.first_number, range.count);
  }
  for (const PublishedRange& range : outcome.ranges) {
    const ChannelPtr channel = channel_of(range.channel);
    if (channel == nullptr || channel->state != Channel::State::open) continue;
    channel->confirms.send(output_, channel->number, resources_.statistics);
  }
}

}  // namespace koine::amqp
