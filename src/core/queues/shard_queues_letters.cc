// Dead letters on their way to other queues: routed with this shard's catalog, to queues of other shards first, and then,
// in one commit, to queues of this shard and out of the queue in which they died.

#include <fmt/format.h>

#include <map>
#include <utility>

#include "core/engine.h"
#include "core/queues/shard_queues.h"
#include "core/routing/router.h"

namespace koine::core {

struct ShardQueues::LetterBatches {
  PublishBatch here;
  std::map<ShardId, PublishBatch> elsewhere;
  std::vector<SettledMessage> settled;
};

// Nothing found, or only queues to which it would go round for ever: it ends here.
void ShardQueues::route_letter(const QueueInfo& from, const DeadLetter& letter,
                               LetterBatches& batches) {
  const auto summary = summarize_properties(letter.properties);
  Route route;
  for (const std::string& key : letter.routing_keys) {
    // An exchange that does not exist leads nowhere.
    (void)find_route(engine_.catalog(),
                     {.vhost = from.spec.name.vhost,
                      .exchange = letter.exchange,
                      .routing_key = key,
                      .headers = summary ? summary->headers : ByteView{},
                      .properties = letter.properties},
                     route);
  }
  for (const auto& topic : route.topics) {
    notice(
        fmt::format("queue {}: a dead message was not appended to topic {}: topics take no dead "
                    "letters",
                    from.spec.name.name, topic->name));
  }
  std::map<ShardId, std::vector<QueuePtr>> by_shard;
  for (const QueuePtr& queue : route.queues) {
    if (letter.is_cycle_to(queue->spec.name.name)) continue;
    by_shard[engine_.owner_of(queue->id()).shard().id()].push_back(queue);
  }
  const MessageView message = letter.message(engine_.shard().wall_clock_ms());
  for (const auto& [shard, queues] : by_shard) {
    PublishBatch& batch = shard == engine_.shard().id() ? batches.here : batches.elsewhere[shard];
    batch.add(message, queues);
  }
}

ShardQueues::LetterBatches ShardQueues::sort_letters(const QueueInfo& from,
                                                     const std::vector<DeadLetter>& letters) {
  LetterBatches batches;
  for (const DeadLetter& letter : letters) {
    route_letter(from, letter, batches);
    if (!letter.is_refused)
      batches.settled.push_back({from.id(), letter.position, letter.body_size});
  }
  return batches;
}

Task<Result<>> ShardQueues::move_dead(QueuePtr from, std::vector<DeadLetter> letters) {
  LetterBatches batches = sort_letters(*from, letters);
  letters.clear();
  for (auto& [shard, batch] : batches.elsewhere) {
    CO_TRY(co_await publish_elsewhere(shard, std::move(batch)));
  }
  co_return co_await publish_and_settle(std::move(batches.here), std::move(batches.settled));
}

// A full queue may refuse them: that is their end, as with every publisher that does not ask for confirms.
Task<Result<>> ShardQueues::publish_elsewhere(ShardId shard, PublishBatch batch) {
  QueueClient& client = engine_.queue_client();
  CO_TRY(const Published published, co_await client.publish(std::move(batch)));
  if (published.commit == nullptr) co_return Result<>{};
  co_return co_await client.durable(shard, published.commit);
}

Task<Result<>> ShardQueues::publish_and_settle(PublishBatch batch,
                                               std::vector<SettledMessage> settled) {
  // Only a batch with a large message can be more than one entry may hold.
  const bool is_large = batch.bytes().size() > engine_.options().journal.chunk_bytes / 8;
  PublishBatch again = is_large ? batch : PublishBatch{};
  auto published = co_await stores_.publish(std::move(batch), settled);
  const bool is_too_large =
      !published && published.error().code() == ErrorCode::too_large && is_large;
  // More than one entry's worth can't be one commit: the new places first.
  if (is_too_large) published = co_await stores_.publish(std::move(again));
  if (!published) co_return fail(std::move(published).error());
  if (published->commit != nullptr) CO_TRY(co_await journal::done(published->commit));
  if (is_too_large || published->commit == nullptr) {
    for (const SettledMessage& message : settled) {
      if (JournalQueueStore* store = stores_.find(message.queue))
        store->settle(message.position, message.body_size);
    }
  }
  co_return Result<>{};
}

}  // namespace koine::core
