#include "core/topic_bindings.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/partitioner.h"
#include "core/queues/queues.h"
#include "core/queues/shard_queues.h"
#include "core/routing/delay_header.h"

namespace koine::core {

TopicBindings::TopicBindings(runtime::Shard& shard, const Catalog& catalog, Queues& queues,
                             ShardQueues& live_queues)
    : shard_(shard), catalog_(catalog), queues_(queues), live_queues_(live_queues) {}

bool TopicBindings::has_bindings(const Topic& topic) const {
  const RoutingNode* node = catalog_.routing().find_source({topics_virtual_host, topic.name});
  return node != nullptr && !node->outgoing.empty();
}

Result<PublishBatch> TopicBindings::route(const Topic& topic, ByteView batch, const Keyed& keyed) {
  PublishBatch messages;
  if (!has_bindings(topic)) return messages;
  const std::uint32_t spread = keyed ? keyed.piece->key.number() : ++spread_;
  TRY(auto reader, RecordReader::open(batch, routed_batch_bytes_max));
  const WallTimeMs now = shard_.wall_clock_ms();
  while (true) {
    TRY(const auto record, reader.next());
    if (!record) return messages;
    const MessageView message = message_.make(*record, topic.name, now);
    TRY(const auto summary, summarize_properties(message.properties));
    route_.clear();
    TRY(find_route(catalog_,
                   {.vhost = topics_virtual_host,
                    .exchange = topic.name,
                    .routing_key = message.routing_key,
                    .headers = summary.headers,
                    .properties = message.properties},
                   route_));
    targets_.clear();
    for (const QueuePtr& queue : route_.queues) targets_.push_back(queue->id());
    for (const TopicPtr& other : route_.topics) {
      if (other->name == topic.name) continue;
      targets_.push_back(partition_for(*other, record->key, spread));
    }
    if (!targets_.empty()) messages.add(message, targets_, Refusal::of_all);
    for (const ExchangePtr& exchange : route_.delaying) {
      messages.add_delayed(message,
                           {.due_ms = now + std::min(route_.delay_ms, delay_ms_max),
                            .vhost = std::string(topics_virtual_host),
                            .exchange = exchange->name.name,
                            .more_keys = {}},
                           shard_.id(), now);
    }
  }
}

bool TopicBindings::leads_elsewhere(const PublishBatch& messages) const {
  return live_queues_.leads_elsewhere(messages);
}

Task<Result<>> TopicBindings::write_elsewhere(PublishBatch& messages, AppendLine& line,
                                              const AppendLine::Place& place) {
  if (leads_elsewhere(messages)) co_await line.turn_to_prepare(place);
  const auto full = co_await live_queues_.find_full(messages);
  if (full.empty()) {
    CO_TRY(auto commits, co_await live_queues_.write_elsewhere(messages));
    line.prepared(place);
    co_return co_await live_queues_.durable(std::move(commits));
  }
  const QueuePtr queue = catalog_.queues().find(full.front().queue);
  const Name name = queue != nullptr ? queue->spec.name : Name{};
  co_return fail(ErrorCode::unavailable,
                 fmt::format("queue '{}' in vhost '{}' is full", name.name, name.vhost));
}

Result<std::shared_ptr<journal::Commit>> TopicBindings::append(
    std::span<const journal::Append> records, const PublishBatch& messages) {
  return queues_.append(records, messages);
}

}  // namespace koine::core
