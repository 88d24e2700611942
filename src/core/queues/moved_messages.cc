#include "core/queues/moved_messages.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/engine.h"
#include "core/message_record.h"
#include "core/partitioner.h"
#include "core/routing/delay_header.h"
#include "journal/log_id.h"

namespace koine::core {

void MovedMessages::add(const MessageView& message, const Route& route,
                        const std::vector<std::string>& more_keys, std::string_view vhost) {
  const ShardId self = engine_.shard().id();
  std::map<ShardId, std::vector<LogId>> by_shard;
  add_to_topics(message, route, by_shard);
  for (const QueuePtr& queue : route.queues)
    by_shard[journal::shard_of(queue->id())].push_back(queue->id());
  for (const auto& [shard, targets] : by_shard)
    (shard == self ? here_ : elsewhere_[shard]).add(message, targets, Refusal::of_one);
  const WallTimeMs now_ms = engine_.shard().wall_clock_ms();
  for (const ExchangePtr& exchange : route.delaying) {
    hold(message, {.due_ms = now_ms + std::min(route.delay_ms, delay_ms_max),
                   .vhost = std::string(vhost),
                   .exchange = exchange->name.name,
                   .more_keys = more_keys});
  }
}

void MovedMessages::add_to_topics(const MessageView& message, const Route& route,
                                  std::map<ShardId, std::vector<LogId>>& by_shard) const {
  if (route.topics.empty()) return;
  const auto key = record_key_of(message);
  for (const TopicPtr& topic : route.topics) {
    const auto most = static_cast<std::size_t>(topic->settings.message_bytes_max);
    if (estimated_record_size(message) > most) {
      const auto& on_notice = engine_.options().journal.on_notice;
      if (on_notice)
        on_notice(fmt::format("a message of {} bytes that was moved is too large for topic {}",
                              message.body.size(), topic->name));
      continue;
    }
    const LogId partition =
        partition_for(*topic, key ? std::optional(as_bytes(*key)) : std::nullopt,
                      static_cast<std::uint32_t>(settled_.size()));
    by_shard[journal::shard_of(partition)].push_back(partition);
  }
}

void MovedMessages::hold(const MessageView& message, const Delay& delay) {
  here_.add_delayed(message, delay, engine_.shard().id(), engine_.shard().wall_clock_ms());
}

// The journal takes a quarter of a chunk.
bool MovedMessages::is_full() const {
  return here_.bytes().size() >= engine_.options().journal.chunk_bytes / 8;
}

Task<Result<>> MovedMessages::move() {
  for (auto& [shard, batch] : elsewhere_) {
    CO_TRY(co_await publish_elsewhere(shard, std::move(batch)));
  }
  co_return co_await publish_and_settle();
}

Task<Result<>> MovedMessages::publish_elsewhere(ShardId shard, PublishBatch batch) {
  QueueClient& client = engine_.queue_client();
  CO_TRY(const Published published, co_await client.publish(std::move(batch)));
  if (published.commit == nullptr) co_return Result<>{};
  co_return co_await client.durable(shard, published.commit);
}

Task<Result<>> MovedMessages::publish_and_settle() {
  // Only one with a large message can be more than one entry may hold.
  PublishBatch again = is_full() ? here_ : PublishBatch{};
  auto published = co_await stores_.publish(std::move(here_), settled_);
  const bool is_too_large =
      !published && published.error().code() == ErrorCode::too_large && !again.empty();
  // More than one entry's worth can't be one commit: the new places first.
  if (is_too_large) published = co_await stores_.publish(std::move(again));
  if (!published) co_return fail(std::move(published).error());
  if (published->commit != nullptr) CO_TRY(co_await journal::done(published->commit));
  if (is_too_large || published->commit == nullptr) {
    for (const SettledMessage& message : settled_) {
      if (JournalQueueStore* store = stores_.find(message.queue))
        store->settle(message.position, message.body_size);
    }
  }
  co_return Result<>{};
}

}  // namespace koine::core
