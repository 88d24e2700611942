// Dead letters on their way to other queues and topics: routed with this shard's catalog.

#include <utility>

#include "core/engine.h"
#include "core/queues/moved_messages.h"
#include "core/queues/shard_queues.h"
#include "core/routing/router.h"

namespace koine::core {

// Nothing found, or only queues to which it would go round for ever: it ends here.
void ShardQueues::route_letter(const QueueInfo& from, const DeadLetter& letter,
                               MovedMessages& moved) {
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
  std::erase_if(route.queues,
                [&](const QueuePtr& queue) { return letter.is_cycle_to(queue->spec.name.name); });
  const std::vector<std::string> more_keys(letter.routing_keys.begin() + 1,
                                           letter.routing_keys.end());
  moved.add(letter.message(engine_.shard().wall_clock_ms()), route, more_keys, from.spec.name.vhost,
            letter.position);
}

Task<Result<>> ShardQueues::move_dead(QueuePtr from, std::vector<DeadLetter> letters) {
  for (auto next = letters.begin(); next != letters.end();) {
    MovedMessages moved(engine_, stores_, MovedMessages::Oversize::drop);
    for (; next != letters.end() && !moved.is_full(); ++next) {
      route_letter(*from, *next, moved);
      if (!next->is_refused) moved.settle({from->id(), next->position, next->body_size});
    }
    CO_TRY(co_await moved.move());
  }
  co_return Result<>{};
}

}  // namespace koine::core
