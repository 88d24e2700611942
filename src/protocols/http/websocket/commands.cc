// What a client says on a WebSocket: read, compared with what there is, and done. Publishes and leases have files of their own.
#include <fmt/format.h>

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "protocols/http/queue_names.h"
#include "protocols/http/websocket/binary_commands.h"
#include "protocols/http/websocket/json_commands.h"
#include "protocols/http/websocket/queue_subscription.h"
#include "protocols/http/websocket/topic_subscription.h"
#include "protocols/http/websocket/websocket.h"

namespace koine::http {

namespace {

Outcome<std::vector<PartitionId>> partitions_of(const SubscribeTopic& command,
                                                const core::Topic& topic) {
  std::vector<PartitionId> partitions;
  for (const std::int64_t number : command.partitions) {
    if (number < 0 || number >= static_cast<std::int64_t>(topic.partitions.size())) {
      return refuse(Status::bad_request, fmt::format("partitions: found {}, topic {} has {}",
                                                     number, topic.name, topic.partitions.size()));
    }
    partitions.emplace_back(static_cast<std::int32_t>(number));
  }
  return partitions;
}

Outcome<core::ReadStart> start_of(const SubscribeTopic& command, const core::Topic& topic) {
  core::ReadStart start{.at = command.at, .time_ms = command.time_ms, .position = {}};
  if (command.at == core::ReadStart::At::position) {
    TRY(start.position, core::parse_position(topic, command.after));
  }
  return start;
}

Outcome<> check_range(std::string_view name, std::int64_t number, std::int64_t min,
                      std::int64_t max) {
  if (number >= min && number <= max) return {};
  return refuse(Status::bad_request,
                fmt::format("{}: found {}, expected {} to {}", name, number, min, max));
}

}  // namespace

void WebSocket::take_json(ByteView text) {
  const auto document = JsonDocument::parse(text, "message");
  if (!document) return answers_->error({}, document.error());
  auto fields = document->root().as_object();
  if (!fields) return answers_->error({}, fields.error());
  const CommandSubject subject = subject_of(*fields);
  auto command = read_json_command(*fields);
  Outcome<> outcome = command ? execute(*command) : fail(std::move(command).error());
  if (!outcome) answer_error(subject, std::move(outcome).error());
}

void WebSocket::take_binary(ByteView message) {
  auto command = read_binary_command(message);
  Outcome<> outcome = command ? execute(*command) : fail(std::move(command).error());
  if (!outcome) answer_error(subject_of(message), std::move(outcome).error());
}

// Publishes are answered in their order, also those that are refused at once.
void WebSocket::answer_error(CommandSubject subject, Problem problem) {
  if (subject.kind != CommandSubject::Kind::seq) return answers_->error(subject, problem);
  answer_in_turn(next_place_++, [this, subject, problem = std::move(problem)] {
    answers_->error(subject, problem);
  });
}

Outcome<> WebSocket::execute(SocketCommand& command) {
  return std::visit([this](auto& which) { return take(which); }, command);
}

Outcome<> WebSocket::check_new(std::int64_t id) {
  std::erase_if(subscriptions_, [](const auto& each) { return each.second->is_over(); });
  if (subscriptions_.contains(id)) {
    return refuse(Status::conflict, fmt::format("there is a subscription {} already", id));
  }
  if (subscriptions_.size() < subscriptions_max) return {};
  return refuse(Status::too_many_requests,
                fmt::format("a socket has at most {} subscriptions", subscriptions_max));
}

Outcome<> WebSocket::take(SubscribeTopic& command) {
  TRY(check_new(command.id));
  core::TopicPtr topic = resources_.engine.catalog().find(command.topic);
  if (topic == nullptr) {
    return refuse(Status::not_found, fmt::format("there is no topic '{}'", command.topic));
  }
  TRY(std::vector<PartitionId> partitions, partitions_of(command, *topic));
  TRY(core::ReadStart start, start_of(command, *topic));
  TRY(check_range("credit", command.credit, 0, credit_max));
  auto cursor = std::make_unique<TopicCursor>(resources_.tails, std::move(topic),
                                              std::move(partitions), std::move(command.filter));
  auto subscription =
      std::make_unique<TopicSubscription>(resources_.engine.shard().reactor(), *output_, *answers_,
                                          command.id, std::move(cursor), command.credit);
  subscription->start(std::move(start));
  subscriptions_[command.id] = std::move(subscription);
  return {};
}

Outcome<> WebSocket::take(SubscribeQueue& command) {
  TRY(check_new(command.id));
  TRY(check_range("credit", command.credit, 0, credit_max));
  TRY(check_range("lease_ms", command.lease_ms, 1, lease_ms_max));
  TRY(core::QueuePtr queue, find_queue(resources_.engine, command.vhost, command.queue));
  TRY(check_is_shared(*queue));
  auto subscription = std::make_unique<QueueSubscription>(
      resources_.engine, *output_, *answers_, command.id, std::move(queue), command.credit);
  subscription->start(std::chrono::milliseconds(command.lease_ms));
  subscriptions_[command.id] = std::move(subscription);
  return {};
}

Outcome<SocketSubscription*> WebSocket::find(std::int64_t id) {
  const auto found = subscriptions_.find(id);
  if (found != subscriptions_.end() && !found->second->is_over()) return found->second.get();
  return refuse(Status::not_found, fmt::format("there is no subscription {}", id));
}

Outcome<> WebSocket::take(AddCredit& command) {
  TRY(SocketSubscription* const subscription, find(command.id));
  TRY(check_range("credit", command.credit, 0, credit_max));
  subscription->add_credit(command.credit);
  return {};
}

Outcome<> WebSocket::take(Unsubscribe& command) {
  TRY(find(command.id));
  auto subscription = subscriptions_.extract(command.id);
  gate_.spawn(close_subscription(std::move(subscription.mapped()), command.id));
  return {};
}

Task<void> WebSocket::close_subscription(std::unique_ptr<SocketSubscription> subscription,
                                         std::int64_t id) {
  co_await subscription->close(Leaving::unsubscribed);
  if (!subscription->is_over()) answers_->ended(id, "unsubscribed");
}

Outcome<> WebSocket::take(PingCommand& command) {
  answers_->pong(command.seq);
  return {};
}

}  // namespace koine::http
