// Router: finds the queues and topics to which a message goes, on any shard, without waiting. Reads this shard's catalog.
//
//   index     the bindings of one exchange (BindingIndex): direct: a map; topic: a trie; fanout, headers: a list;
//             consistent hash: a lottery that the key decides. Kept up to date by Catalog::apply.
//   walk      exchange to exchange, each visited once; an exchange's alternate one if none of its bindings matches
//
// A topic is appended to, and routes on what reaches it: its bindings match as a topic exchange's do.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "core/queues/queue_spec.h"
#include "core/routing/exchange.h"
#include "core/topic.h"

namespace koine::core {

class Catalog;

// Each target once, in no particular order.
struct Route {
  std::vector<QueuePtr> queues;
  std::vector<TopicPtr> topics;
  // Exchanges that hold the message for so long, and then route it: see core/queues/delayed_message.h.
  std::vector<ExchangePtr> delaying;
  std::int64_t delay_ms = 0;
  bool empty() const { return queues.empty() && topics.empty() && delaying.empty(); }
  void clear() {
    queues.clear();
    topics.clear();
    delaying.clear();
  }
};

struct RoutingQuestion {
  std::string_view vhost;
  std::string_view exchange;  // or a topic's name
  std::string_view routing_key;
  ByteView headers;  // an encoded field table, or empty
  // Encoded (properties.h), or empty: only exchanges that hash a property look at them.
  ByteView properties = {};
};

// Adds to `route`; what is there stays, once. It holds for as long as Catalog::version() is the same.
// Errors: not_found (no exchange or topic of that name), corrupt (headers or properties, if they had to be read).
Result<> find_route(const Catalog& catalog, const RoutingQuestion& question, Route& route);

// Why a message would go where: one line for each step of the walk, for people ("koine route test").
struct RouteStep {
  std::string from;  // exchange
  std::string rule;  // "binding 'order.*' matches", "alternate exchange", ...
  std::string to;    // "queue email"
};
Result<std::vector<RouteStep>> explain_route(const Catalog& catalog,
                                             const RoutingQuestion& question);

}  // namespace koine::core
