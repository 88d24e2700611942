// Publication: what one request publishes: messages, routed with this shard's catalog, in a batch for each shard, durable before the
// request is answered. As AMQP does: what no queue takes is dropped and counted; a queue that is full refuses its own.
//
//   Publication publication(scope.engine(), vhost, scope.keyed);
//   CO_TRY(publication.add("shop", "order.new", draft));       routed, not stored yet
//   CO_TRY(const auto outcome, co_await publication.store(&answer));
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string_view>
#include <vector>

#include "core/engine.h"
#include "core/queues/publish_batch.h"
#include "core/routing/router.h"
#include "protocols/http/keyed_request.h"
#include "protocols/http/message_draft.h"

namespace koine::http {

class Publication {
 public:
  // All outlive it. `keyed`: of a request with a key, or null.
  Publication(core::Engine& engine, std::string_view vhost, KeyedRequest* keyed)
      : engine_(engine), vhost_(vhost), keyed_(keyed) {}
  Publication(const Publication&) = delete;
  Publication& operator=(const Publication&) = delete;

  // To how many queues and topics it goes; one that is held goes to one place, whatever that is when it is due.
  // Problems: not_found (exchange), forbidden (an internal one), content_too_large (for a topic).
  Outcome<std::size_t> add(std::string_view exchange, std::string_view routing_key,
                           const MessageDraft& draft);

  // Numbers of messages, in the order of add(), that a full queue refused; ascending. `answer`: what the request is answered if there
  // are none; null: it has no key. Problems: conflict (KeyedRequest::check_plan), and those of QueueClient::publish.
  Task<Outcome<std::vector<std::uint32_t>>> store(const Response* answer);

 private:
  struct Batch {
    core::PublishBatch messages;
    std::vector<std::uint32_t> numbers;  // of its items
  };
  Outcome<core::Route> route_of(const core::MessageView& message, const MessageDraft& draft) const;
  // The batch of a shard, to which message number count_ is about to be added.
  core::PublishBatch& batch_of(ShardId shard);
  void hold(const core::MessageView& message, const MessageDraft& draft, std::string_view exchange,
            std::int64_t delay_ms);
  Outcome<> add_to_topics(const core::MessageView& message, const core::Route& route);

  Outcome<> set_keyed(const Response& answer);

  core::Engine& engine_;
  std::string_view vhost_;
  KeyedRequest* keyed_;
  std::uint32_t plan_ = 0;  // to which partitions what goes
  std::uint32_t count_ = 0;
  std::map<ShardId, Batch> batches_;
};

}  // namespace koine::http
