// Messages that are moved by hand (queue_move.h): a part at a time is looked at, picked, given its new places, and gone from the old ones.

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "core/engine.h"
#include "core/message_record.h"
#include "core/queues/moved_messages.h"
#include "core/queues/queue_limits.h"
#include "core/queues/shard_queues.h"
#include "core/routing/router.h"
#include "journal/log_id.h"

namespace koine::core {

namespace {

// What one part looks at, and takes with it: as much as moves of dead letters.
constexpr std::uint64_t looked_at_max = 1024;

// A queue that may say no: it must have said yes before the message leaves its place.
bool may_refuse(const QueuePtr& queue) {
  const QueueSettings& settings = queue->spec.settings;
  return settings.overflow != Overflow::drop_head &&
         (settings.length_max || settings.length_bytes_max);
}

bool is_too_large(const MessageView& message, const TopicPtr& topic) {
  return estimated_record_size(message) >
         static_cast<std::size_t>(topic->settings.message_bytes_max);
}

std::vector<std::string> names_of(const Route& route) {
  std::vector<std::string> names;
  for (const QueuePtr& queue : route.queues) names.push_back(queue->spec.name.name);
  for (const TopicPtr& topic : route.topics) names.push_back("topic " + topic->name);
  for (const ExchangePtr& exchange : route.delaying)
    names.push_back("exchange " + exchange->name.name);
  return names;
}

}  // namespace

struct ShardQueues::MovePart {
  // Of one shard; the picks to which the messages belong, and where those are.
  struct Copies {
    PublishBatch batch;
    std::vector<std::size_t> picks;
    std::vector<QueuePosition> positions;
  };
  std::vector<Lease> picks;
  std::vector<std::vector<std::string>> destinations;  // of each pick
  std::set<std::size_t> refused;                       // picks that stay
  MovedMessages moved;
  std::map<ShardId, Copies> first;  // for queues that may refuse them
  KeyedMovePtr keyed;               // null: it has no key
  std::size_t bytes_max = dead_batch_bytes_max;
  std::size_t bytes = 0;

  bool is_full() const { return picks.size() >= dead_batch_max || bytes >= bytes_max; }
  // Its copies on the shard are known from an earlier try.
  bool is_there(ShardId shard, QueuePosition position) const {
    return keyed != nullptr && keyed->copies.has(shard, position);
  }
};

Result<Route> ShardQueues::route_of(const QueueInfo& from, const MoveTarget& target,
                                    const MessageView& message, ByteView headers,
                                    const std::optional<LastDeath>& death) const {
  const std::string& vhost = from.spec.name.vhost;
  Route route;
  if (target.kind == MoveTarget::Kind::exchange) {
    TRY(find_route(engine_.catalog(),
                   {.vhost = vhost,
                    .exchange = target.name,
                    .routing_key = target.routing_key ? std::string_view(*target.routing_key)
                                                      : message.routing_key,
                    .headers = headers,
                    .properties = message.properties},
                   route));
    std::erase_if(route.topics,
                  [&](const TopicPtr& topic) { return is_too_large(message, topic); });
    return route;
  }
  if (target.kind == MoveTarget::Kind::origin && !death) return route;
  const std::string& name = target.kind == MoveTarget::Kind::queue ? target.name : death->queue;
  const QueuePtr queue = engine_.catalog().queues().find({vhost, name});
  if (queue != nullptr && queue->id() != from.id()) route.queues.push_back(queue);
  return route;
}

void ShardQueues::add(MovePart& part, const MessageView& message, Route route,
                      std::string_view vhost) {
  const QueuePosition from = part.picks.back().position;
  if (std::ranges::any_of(route.queues, may_refuse)) {
    std::map<ShardId, std::vector<QueuePtr>> by_shard;
    for (const QueuePtr& queue : route.queues)
      by_shard[journal::shard_of(queue->id())].push_back(queue);
    for (const auto& [shard, queues] : by_shard) {
      if (part.is_there(shard, from)) continue;
      MovePart::Copies& copies = part.first[shard];
      copies.batch.add(message, queues);
      copies.picks.push_back(part.picks.size() - 1);
      copies.positions.push_back(from);
    }
    route.queues.clear();
  }
  part.moved.add(message, route, {}, vhost, from);
}

// A message that is ready: counted, and picked if it is to go.
Result<> ShardQueues::choose(const std::shared_ptr<Queue>& queue, const MoveSpec& spec,
                             const GotMessage& message, MoveProgress& progress, MovePart& part) {
  TRY(MessageView view, decode_message(message.stored.view()));
  TRY(const PropertiesSummary summary, summarize_properties(view.properties));
  FieldTable headers;
  if (!summary.headers.empty()) {
    TRY(headers, decode_field_table(summary.headers));
  }
  const auto death = last_death_of(headers);
  if (!spec.filter.matches(view.routing_key, headers, death)) return {};
  ++progress.matched;
  const bool is_discarded = spec.target.kind == MoveTarget::Kind::nowhere;
  Route route;
  if (!is_discarded) {
    TRY(route, route_of(*queue->info(), spec.target, view, summary.headers, death));
    if (route.empty()) {
      ++progress.unroutable;
      return {};
    }
  }
  if (spec.is_dry_run) {
    ++progress.moved;
    for (const std::string& name : names_of(route)) ++progress.destinations[name];
    return {};
  }
  const std::size_t body_size = view.body.size();
  if (!queue->pick(message.position, body_size)) {
    --progress.matched;
    return {};
  }
  part.picks.push_back({.position = message.position,
                        .body_size = static_cast<std::uint32_t>(body_size),
                        .state = Lease::State::leaving});
  part.destinations.push_back(names_of(route));
  part.bytes += view.stored_size();
  if (is_discarded) return {};
  view.published_ms = engine_.shard().wall_clock_ms();
  // Who takes it again sees it as it was when it came there first.
  if (spec.target.kind == MoveTarget::Kind::origin) {
    view.exchange = death->exchange;
    view.routing_key = death->routing_key;
    view.expires_ms = no_expiry;
  }
  if (spec.target.kind == MoveTarget::Kind::exchange) {
    view.exchange = spec.target.name;
    if (spec.target.routing_key) view.routing_key = *spec.target.routing_key;
  }
  add(part, view, std::move(route), queue->info()->spec.name.vhost);
  return {};
}

Task<Result<>> ShardQueues::look_and_pick(const std::shared_ptr<Queue>& queue, const MoveSpec& spec,
                                          MoveProgress& progress, MovePart& part) {
  std::uint64_t looked_at = 0;
  while (!part.is_full() && looked_at < looked_at_max) {
    if (progress.matched >= spec.limit) {
      progress.is_done = true;
      break;
    }
    const auto position = queue->next_ready(progress.next);
    if (!position || position->offset >= progress.ends[progress.next.level]) {
      progress.is_done = progress.next.level == 0;
      if (progress.is_done) break;
      progress.next = {static_cast<std::uint8_t>(progress.next.level - 1), Offset{0}};
      continue;
    }
    progress.next = {position->level, position->offset + 1};
    ++looked_at;
    CO_TRY(const auto message, co_await queue->look_at(*position));
    if (message) CO_TRY(choose(queue, spec, *message, progress, part));
  }
  progress.looked_at += looked_at;
  co_return Result<>{};
}

Task<Result<>> ShardQueues::copy_first(MovePart& part) {
  QueueClient& client = engine_.queue_client();
  for (auto& [shard, copies] : part.first) {
    if (part.keyed != nullptr) {
      copies.batch.set_keyed(part.keyed->copies.piece(*part.keyed->piece, KnownCopies::asked_piece,
                                                      shard, copies.positions));
    }
    CO_TRY(const Published published, co_await client.publish(std::move(copies.batch)));
    for (const std::uint32_t number : published.rejected) {
      part.refused.insert(copies.picks[number]);
    }
    CO_TRY(co_await client.durable(shard, published.commit));
  }
  co_return Result<>{};
}

// The picks of a part get their new places. Those that a queue refused stay.
Task<Result<>> ShardQueues::finish_part(const std::shared_ptr<Queue>& queue, MovePart& part,
                                        MoveProgress& progress, Result<> outcome) {
  if (outcome) outcome = co_await copy_first(part);
  std::vector<Lease> leaving;
  std::vector<Lease> staying;
  for (std::size_t n = 0; n < part.picks.size(); ++n) {
    const Lease& lease = part.picks[n];
    (part.refused.contains(n) ? staying : leaving).push_back(lease);
    if (part.refused.contains(n)) continue;
    part.moved.settle({queue->info()->id(), lease.position, lease.body_size});
  }
  MoveProgress after = progress;
  after.moved += leaving.size();
  after.refused += staying.size();
  after.is_done |= !staying.empty();
  for (std::size_t n = 0; n < part.picks.size(); ++n) {
    if (part.refused.contains(n)) continue;
    for (const std::string& name : part.destinations[n]) ++after.destinations[name];
  }
  if (outcome && !leaving.empty()) outcome = co_await leave(part, after);
  queue->finish_picks(staying, false);
  queue->finish_picks(leaving, outcome.has_value());
  if (!outcome) co_return outcome;
  progress = std::move(after);
  co_return Result<>{};
}

// With a record of how far the move has come then, if it has a key.
Task<Result<>> ShardQueues::leave(MovePart& part, const MoveProgress& after) {
  if (part.keyed != nullptr) {
    IdempotentPiecePtr said = part.keyed->progress(after);
    if (said->note.size() > idempotency_note_bytes_max) {
      co_return fail(
          ErrorCode::too_large,
          fmt::format("a move with an Idempotency-Key to {} destinations; what was moved "
                      "before this is done",
                      after.destinations.size()));
    }
    part.moved.set_keyed(std::move(said));
  }
  CO_TRY(co_await part.moved.move());
  co_return co_await stores_.durable();
}

Task<Result<MoveProgress>> ShardQueues::move(LogId id, MoveSpec spec, MoveProgress progress,
                                             KeyedMovePtr keyed) {
  const auto queue = find(id);
  if (queue == nullptr || is_closed_) co_return fail(ErrorCode::not_found, "the queue is gone");
  if (progress.ends.empty()) {
    progress.ends = queue->ends();
    progress.next = {static_cast<std::uint8_t>(progress.ends.size() - 1), Offset{0}};
  }
  MovePart part{.picks = {},
                .destinations = {},
                .refused = {},
                .moved = MovedMessages(engine_, stores_, MovedMessages::Oversize::fail),
                .first = {},
                .keyed = std::move(keyed)};
  if (part.keyed != nullptr) {
    part.moved.set_known(part.keyed->copies);
    // Each shard's share is one append.
    part.bytes_max =
        std::min<std::size_t>(part.bytes_max, engine_.options().journal.chunk_bytes / 8);
  }
  Result<> outcome = co_await look_and_pick(queue, spec, progress, part);
  if (!part.picks.empty()) {
    outcome = co_await finish_part(queue, part, progress, std::move(outcome));
  }
  if (!outcome) co_return fail(std::move(outcome).error());
  co_return progress;
}

Task<Result<MoveProgress>> move_messages(Engine& here, QueuePtr queue, MoveSpec spec,
                                         MoveProgress progress, KeyedMovePtr keyed) {
  Engine* const owner = &here.owner_of(queue->id());
  co_return co_await runtime::call_on<Result<MoveProgress>>(
      here.shard(), owner->shard(),
      [owner, id = queue->id(), spec = std::move(spec), progress = std::move(progress),
       keyed = std::move(keyed)]() mutable {
        return owner->live_queues().move(id, std::move(spec), std::move(progress),
                                         std::move(keyed));
      });
}

}  // namespace koine::core
