// How a batch is appended to a partition whose topic has bindings:
//
//   its records as messages for what is bound              TopicBindings::route
//   all of that is on this shard: one append               the same turn, as without bindings
//   else: the other shards first, until they are durable   in the partition's line, so that the order stays
//         then the batch, and what is for this shard       one append
//
// What a topic has, what is bound to it has. After a crash or an error in between it is the other way round for a
// batch that nobody acknowledged: it comes again, and so do its messages on the other shards.

#include "core/partition.h"
#include "core/queues/publish_batch.h"
#include "core/topic_bindings.h"

namespace koine::core {

bool Partition::is_bound() {
  if (const std::uint64_t version = bindings_.version(); version != bindings_version_) {
    bindings_version_ = version;
    is_bound_ = bindings_.has_bindings(*topic_);
  }
  return is_bound_;
}

Task<Result<Appended>> Partition::append_bound(Bytes batch, BatchHeader header, Keyed keyed) {
  CO_TRY(PublishBatch messages, bindings_.route(*topic_, batch.view(), keyed));
  messages.set_keyed(keyed.piece);
  // Also who only waits for room is in line, or a later batch of its producer would be compared with those before it.
  const bool is_first = line_.is_idle();
  const AppendLine::Place place = line_.enter();
  if (is_first && !bindings_.leads_elsewhere(messages)) {
    line_.prepared(place);
  } else {
    auto prepared = co_await prepare_bound(header, messages, place);
    if (!prepared) {
      note_refused(header);
      co_return fail(std::move(prepared).error());
    }
    if (*prepared) co_return **prepared;
  }
  if (auto room = co_await journal_.room(); !room) {
    note_refused(header);
    co_return fail(std::move(room).error());
  }
  auto appended = append_now(batch, header, &messages, keyed);
  if (!appended && appended.error().code() == ErrorCode::unavailable) note_refused(header);
  co_return appended;
}

// Everything but the append itself; or what there was before, if the batch is a duplicate. An idempotent producer's batch is
// compared with those before it when they have been appended, so that no duplicate is routed.
Task<Result<std::optional<Appended>>> Partition::prepare_bound(BatchHeader header,
                                                               PublishBatch& messages,
                                                               const AppendLine::Place& place) {
  if (header.has_producer()) {
    co_await line_.turn(place);
    CO_TRY(still_there());
    CO_TRY(const auto first, producers_.check(header));
    if (first) co_return duplicate_of(*first);
  }
  CO_TRY(co_await bindings_.write_elsewhere(messages, line_, place));
  co_await line_.turn(place);
  co_return std::nullopt;
}

}  // namespace koine::core
