#include "core/queues/moved_messages.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/engine.h"
#include "core/engine_logs.h"
#include "core/message_record.h"
#include "core/partitioner.h"
#include "core/routing/delay_header.h"
#include "journal/entry.h"
#include "journal/log_id.h"

namespace koine::core {

void MovedMessages::add(const MessageView& message, const Route& route,
                        const std::vector<std::string>& more_keys, std::string_view vhost,
                        QueuePosition from) {
  const ShardId self = engine_.shard().id();
  std::map<ShardId, std::vector<LogId>> by_shard;
  add_to_topics(message, route, by_shard);
  for (const QueuePtr& queue : route.queues)
    by_shard[journal::shard_of(queue->id())].push_back(queue->id());
  for (const auto& [shard, targets] : by_shard) {
    if (shard != self && known_ != nullptr && known_->has(shard, from)) continue;
    Part& part = shard == self ? here_ : elsewhere_[shard];
    add_to(part, message, targets);
    part.from.push_back(from);
  }
  const WallTimeMs now_ms = engine_.shard().wall_clock_ms();
  for (const ExchangePtr& exchange : route.delaying) {
    hold(message, {.due_ms = now_ms + std::min(route.delay_ms, delay_ms_max),
                   .vhost = std::string(vhost),
                   .exchange = exchange->name.name,
                   .more_keys = more_keys});
  }
}

// Queues share one entry; each topic has a record of its own.
void MovedMessages::add_to(Part& part, const MessageView& message, std::span<const LogId> targets) {
  const auto queues = static_cast<std::size_t>(std::ranges::count_if(targets, is_queue_log));
  const std::size_t copies = targets.size() - queues + (queues > 0 ? 1 : 0);
  const std::size_t size =
      copies * (std::max(message.stored_size(), estimated_record_size(message)) +
                journal::entry_header_size + journal::entry_alignment) +
      queues * journal::entry_target_size;
  part.batch.add(message, targets, Refusal::of_one);
  part.size += size;
  part.largest = std::max(part.largest, size);
}

void MovedMessages::add_to_topics(const MessageView& message, const Route& route,
                                  std::map<ShardId, std::vector<LogId>>& by_shard) const {
  if (route.topics.empty()) return;
  const auto key = record_key_of(message);
  for (const TopicPtr& topic : route.topics) {
    const auto most = static_cast<std::size_t>(topic->settings.message_bytes_max);
    if (estimated_record_size(message) > most) {
      notice(fmt::format("a message of {} bytes that was moved is too large for topic {}",
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
  here_.batch.add_delayed(message, delay, engine_.shard().id(), engine_.shard().wall_clock_ms());
  const std::size_t size = here_.batch.items().back().size + journal::entry_header_size;
  here_.size += size;
  here_.largest = std::max(here_.largest, size);
}

// Leaves room for what is settled with them.
std::size_t MovedMessages::append_size_max() const {
  constexpr std::size_t settled_bytes = 64 * KiB;
  return journal::append_bytes_max(engine_.options().journal.chunk_bytes) - settled_bytes;
}

bool MovedMessages::is_full() const { return here_.size >= append_size_max() / 2; }

Task<Result<>> MovedMessages::move() {
  for (auto& [shard, part] : elsewhere_) {
    const bool is_once = keyed_ != nullptr && fits(part);
    if (is_once) part.batch.set_keyed(copies_of(shard, part));
    CO_TRY(co_await (fits(part) ? publish_elsewhere(shard, std::move(part.batch))
                                : publish_piece_by_piece(shard, std::move(part.batch))));
  }
  if (here_.size <= append_size_max()) co_return co_await publish_and_settle();
  CO_TRY(co_await publish_piece_by_piece(engine_.shard().id(), std::move(here_.batch)));
  if (keyed_ != nullptr) {
    here_.batch = {};
    co_return co_await publish_and_settle();
  }
  settle_all();
  co_return Result<>{};
}

// What has a key is one append.
bool MovedMessages::fits(const Part& part) const {
  return (keyed_ != nullptr ? part.size : part.largest) <= append_size_max();
}

IdempotentPiecePtr MovedMessages::copies_of(ShardId shard, const Part& part) const {
  static const KnownCopies none;
  const KnownCopies& known = known_ != nullptr ? *known_ : none;
  return known.piece(*keyed_, KnownCopies::sent_piece, shard, part.from);
}

Task<Result<>> MovedMessages::publish_elsewhere(ShardId shard, PublishBatch batch) {
  QueueClient& client = engine_.queue_client();
  CO_TRY(const Published published, co_await client.publish(std::move(batch)));
  if (published.commit == nullptr) co_return Result<>{};
  co_return co_await client.durable(shard, published.commit);
}

Task<Result<>> MovedMessages::publish_here(PublishBatch batch) {
  CO_TRY(const Published published, co_await stores_.publish(std::move(batch)));
  if (published.commit == nullptr) co_return Result<>{};
  co_return co_await journal::done(published.commit);
}

// A message for one target is as small as it gets.
Task<Result<>> MovedMessages::publish_piece_by_piece(ShardId shard, PublishBatch batch) {
  const bool is_here = shard == engine_.shard().id();
  for (const PublishBatch::Item& item : batch.items()) {
    for (const LogId& target : batch.targets_of(item)) {
      PublishBatch piece;
      piece.add_copy(batch, item, {&target, 1});
      const Result<> published = co_await (is_here ? publish_here(std::move(piece))
                                                   : publish_elsewhere(shard, std::move(piece)));
      if (published) continue;
      const bool is_dropped =
          published.error().code() == ErrorCode::too_large && oversize_ == Oversize::drop;
      if (!is_dropped) co_return published;
      notice(
          fmt::format("a message of {} bytes was dropped on its way from one queue to another: {}",
                      item.size, published.error().message()));
    }
  }
  co_return Result<>{};
}

Task<Result<>> MovedMessages::publish_and_settle() {
  here_.batch.set_keyed(keyed_);
  CO_TRY(const Published published, co_await stores_.publish(std::move(here_.batch), settled_));
  if (published.commit == nullptr) {
    settle_all();
    co_return Result<>{};
  }
  co_return co_await journal::done(published.commit);
}

void MovedMessages::settle_all() {
  for (const SettledMessage& message : settled_) {
    if (JournalQueueStore* store = stores_.find(message.queue))
      store->settle(message.position, message.body_size);
  }
}

void MovedMessages::notice(const std::string& sentence) const {
  const auto& on_notice = engine_.options().journal.on_notice;
  if (on_notice) on_notice(sentence);
}

}  // namespace koine::core
