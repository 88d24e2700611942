#include "delay_clients.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/queues/properties.h"

namespace koine::simulation {
namespace {

constexpr std::array<std::byte, 2> no_properties{};
constexpr std::uint64_t messages_max = 8;
constexpr std::size_t remembered_max = 200;
constexpr std::uint64_t pause_max_us = 20'000;

}  // namespace

// Due in this life, in one of the next ones, or so late that it waits in a slot of far times before.
std::int64_t DelayingPublisher::choose_delay_ms() {
  const std::uint64_t choice = numbers_.below(10);
  if (choice < 6) return static_cast<std::int64_t>(numbers_.between(1, 150));
  return static_cast<std::int64_t>(choice < 9 ? numbers_.between(150, 5'000)
                                              : numbers_.between(5'000, 100'000));
}

void DelayingPublisher::add_message(core::Engine& home, core::PublishBatch& batch,
                                    std::vector<MessageNumber>& numbers) {
  const auto& plans = queues_.plans();
  const bool has_topic = std::ranges::any_of(plans.topics, &TopicPlan::is_in_fan);
  const bool is_to_all = !has_topic && numbers_.chance(0.3);
  const std::string queue =
      is_to_all ? std::string() : plans.queues[numbers_.below(plans.queues.size())].name;
  const MessageNumber number = queues_.next_number();
  const std::vector<std::byte> body = body_of(number);
  const WallTimeMs now_ms = home.shard().wall_clock_ms();
  const std::int64_t delay_ms = choose_delay_ms();
  const ShardId here = home.shard().id();
  queues_.sending_delayed(number, here, now_ms + delay_ms, queue);
  batch.add_delayed(
      {.routing_key = queue, .properties = no_properties, .body = body, .published_ms = now_ms},
      {.due_ms = now_ms + delay_ms / (queues_.shortens_delays() ? 2 : 1),
       .vhost = "/",
       .exchange = is_to_all ? std::string(fan_exchange) : std::string(),
       .more_keys = {}},
      here, now_ms);
  numbers.push_back(number);
}

Task<void> DelayingPublisher::act(Process& process, core::Engine& home) {
  core::PublishBatch batch;
  std::vector<MessageNumber> numbers;
  for (std::uint64_t n = numbers_.between(1, messages_max); n > 0; --n)
    add_message(home, batch, numbers);
  core::QueueClient& client = home.queue_client();
  auto published = co_await client.publish(std::move(batch));
  Result<> outcome;
  if (published)
    outcome = co_await client.durable(home.shard().id(), published->commit);
  else
    outcome = fail(std::move(published).error());
  if (outcome) {
    for (const MessageNumber number : numbers) queues_.confirmed_delayed(number);
  } else {
    check_refusal(process, "delaying", outcome.error());
  }
  co_await home.shard().sleep_for(std::chrono::microseconds(numbers_.below(pause_max_us)));
}

CopyId RepeatingPublisher::choose_message(core::Engine& home, const core::QueueInfo& queue) {
  if (!sent_.empty() && numbers_.coin()) {
    const CopyId id = sent_[numbers_.below(sent_.size())];
    if (queues_.copy(id).queue == queue.id()) {
      queues_.sending_again(id);
      return id;
    }
  }
  if (sent_.size() >= remembered_max) sent_.erase(sent_.begin());
  sent_.push_back(
      queues_.sending(queue, queues_.next_number(), 0, number_, home.shard().wall_clock_ms()));
  return sent_.back();
}

Task<void> RepeatingPublisher::act(Process& process, core::Engine& home) {
  const core::QueuePtr queue = choose_queue(home);
  if (queue == nullptr || !queue->spec.settings.deduplication_window_ms) co_return;
  core::PublishBatch batch;
  std::vector<CopyId> copies;
  for (std::uint64_t n = numbers_.between(1, messages_max); n > 0; --n) {
    const CopyId id = choose_message(home, *queue);
    const MessageNumber number = queues_.copy(id).number;
    const std::vector<std::byte> body = body_of(number);
    std::vector<std::byte> properties(no_properties.begin(), no_properties.end());
    if (!queues_.loses_ids()) {
      properties.clear();
      core::encode_properties({.message_id = fmt::format("id-{}", number)}, properties);
    }
    batch.add({.routing_key = queue->spec.name.name,
               .properties = properties,
               .body = body,
               .published_ms = home.shard().wall_clock_ms()},
              {&queue, 1});
    copies.push_back(id);
  }
  core::QueueClient& client = home.queue_client();
  auto published = co_await client.publish(std::move(batch));
  Result<> outcome;
  if (published)
    outcome = co_await client.durable(home.owner_of(queue->id()).shard().id(), published->commit);
  else
    outcome = fail(std::move(published).error());
  if (!outcome) {
    check_refusal(process, "publishing again", outcome.error());
    co_return;
  }
  for (const CopyId id : copies) queues_.confirmed(id);
}

}  // namespace koine::simulation
