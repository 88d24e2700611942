#include "protocols/http/publication.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <utility>

#include "base/crc32c.h"
#include "core/message_record.h"
#include "core/partitioner.h"
#include "core/routing/delay_header.h"
#include "journal/log_id.h"
#include "protocols/http/kept_answer.h"

namespace koine::http {

Outcome<core::Route> Publication::route_of(const core::MessageView& message,
                                           const MessageDraft& draft) const {
  const core::NameView name(vhost_, message.exchange);
  const core::ExchangePtr exchange = engine_.catalog().routing().find_exchange(name);
  if (exchange != nullptr && exchange->is_internal) {
    return refuse(Status::forbidden,
                  fmt::format("exchange '{}' is internal: nobody publishes to it", name.name));
  }
  TRY(const auto summary, core::summarize_properties(message.properties));
  core::RoutingQuestion question{.vhost = vhost_,
                                 .exchange = message.exchange,
                                 .routing_key = message.routing_key,
                                 .headers = summary.headers,
                                 .properties = message.properties};
  core::Route route;
  TRY(core::find_route(engine_.catalog(), question, route));
  for (const std::string& key : draft.more_keys()) {
    question.routing_key = key;
    TRY(core::find_route(engine_.catalog(), question, route));
  }
  return route;
}

core::PublishBatch& Publication::batch_of(ShardId shard) {
  Batch& batch = batches_[shard];
  batch.numbers.push_back(count_);
  return batch.messages;
}

// Where it goes is found when it is due.
void Publication::hold(const core::MessageView& message, const MessageDraft& draft,
                       std::string_view exchange, std::int64_t delay_ms) {
  // With a key always on the same shard: it is known there if it was done before.
  core::Engine& holder = keyed_ != nullptr ? engine_.owner_of_key(keyed_->key()) : engine_;
  const ShardId here = holder.shard().id();
  const WallTimeMs now_ms = engine_.shard().wall_clock_ms();
  batch_of(here).add_delayed(message,
                             {.due_ms = now_ms + std::min(delay_ms, core::delay_ms_max),
                              .vhost = std::string(vhost_),
                              .exchange = std::string(exchange),
                              .more_keys = draft.more_keys()},
                             here, now_ms);
}

// A topic's shard sees to it that the queues have the message as well, or nobody.
Outcome<> Publication::add_to_topics(const core::MessageView& message, const core::Route& route) {
  const std::size_t size = core::estimated_record_size(message);
  for (const core::TopicPtr& topic : route.topics) {
    const auto most = static_cast<std::size_t>(topic->settings.message_bytes_max);
    if (size <= most) continue;
    return refuse(
        Status::content_too_large,
        fmt::format("a record of about {} bytes is larger than the topic '{}' allows ({})", size,
                    topic->name, most));
  }
  const auto key = core::record_key_of(message);
  bool is_first = true;
  for (const core::TopicPtr& topic : route.topics) {
    const LogId partition =
        core::partition_for(*topic, key ? std::optional(as_bytes(*key)) : std::nullopt, count_);
    const std::array<std::uint64_t, 2> planned = {count_, partition.value()};
    plan_ = crc32c(std::as_bytes(std::span(planned)), plan_);
    std::vector<LogId> targets = {partition};
    if (std::exchange(is_first, false)) {
      for (const core::QueuePtr& queue : route.queues) targets.push_back(queue->id());
    }
    batch_of(journal::shard_of(partition)).add(message, targets, core::Refusal::of_all);
  }
  return {};
}

Outcome<std::size_t> Publication::add(std::string_view exchange, std::string_view routing_key,
                                      const MessageDraft& draft) {
  const core::MessageView message =
      draft.message(exchange, routing_key, engine_.shard().wall_clock_ms());
  TRY(const core::Route route, route_of(message, draft));
  std::size_t count = 1;
  if (draft.delay_ms() > 0) {
    hold(message, draft, exchange, draft.delay_ms());
  } else {
    count = route.queues.size() + route.topics.size() + route.delaying.size();
    if (!route.topics.empty()) {
      TRY(add_to_topics(message, route));
    } else {
      std::map<ShardId, std::vector<core::QueuePtr>> by_shard;
      for (const core::QueuePtr& queue : route.queues) {
        by_shard[journal::shard_of(queue->id())].push_back(queue);
      }
      for (const auto& [shard, queues] : by_shard) batch_of(shard).add(message, queues);
    }
    for (const core::ExchangePtr& delaying : route.delaying) {
      hold(message, draft, delaying->name.name, route.delay_ms);
    }
  }
  ++count_;
  return count;
}

// What goes to a shard is a piece; one alone has the answer.
Outcome<> Publication::set_keyed(const Response& answer) {
  TRY(keyed_->check_plan(plan_));
  for (auto& [shard, batch] : batches_) {
    batch.messages.set_keyed(batches_.size() > 1
                                 ? keyed_->piece(shard.value(), plan_)
                                 : keyed_->answer_piece(shard.value(), kept_form(answer), plan_));
  }
  return {};
}

// All batches get their places before anybody waits for a disk.
Task<Outcome<std::vector<std::uint32_t>>> Publication::store(const Response* answer) {
  core::QueueClient& client = engine_.queue_client();
  if (keyed_ != nullptr) CO_TRY(set_keyed(*answer));
  const bool is_one = batches_.size() == 1;
  std::set<std::uint32_t> rejected;
  std::map<ShardId, std::shared_ptr<journal::Commit>> commits;
  bool has_effect = false;
  bool is_kept = false;
  for (auto& [shard, batch] : batches_) {
    CO_TRY(const core::Published published, co_await client.publish(std::move(batch.messages)));
    for (const std::uint32_t number : published.rejected) rejected.insert(batch.numbers[number]);
    commits[shard] = published.commit;
    has_effect = has_effect || published.commit != nullptr;
    is_kept = is_one && published.is_kept && published.rejected.empty();
  }
  for (auto& [shard, commit] : commits) {
    CO_TRY(co_await client.durable(shard, std::move(commit)));
  }
  if (keyed_ != nullptr && has_effect) keyed_->set_effect();
  if (keyed_ != nullptr && is_kept) keyed_->set_kept();
  co_return std::vector<std::uint32_t>(rejected.begin(), rejected.end());
}

}  // namespace koine::http
