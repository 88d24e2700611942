// Publication: what one request publishes: messages, routed with this shard's catalog, in a batch for each shard, durable before the
// request is answered. As AMQP does: what no queue takes is dropped and counted; a queue that is full refuses its own.
//
//   Publication publication(scope.engine(), vhost);
//   CO_TRY(publication.add("shop", "order.new", draft));       routed, not stored yet
//   CO_TRY(const auto outcome, co_await publication.store());
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string_view>
#include <vector>

#include "core/engine.h"
#include "core/queues/publish_batch.h"
#include "core/routing/router.h"
#include "protocols/http/message_draft.h"

namespace koine::http {

class Publication {
 public:
  // Both outlive it.
  Publication(core::Engine& engine, std::string_view vhost) : engine_(engine), vhost_(vhost) {}
  Publication(const Publication&) = delete;
  Publication& operator=(const Publication&) = delete;

  // To how many queues and topics it goes; one that is held goes to one place, whatever that is when it is due.
  // Problems: not_found (exchange), forbidden (an internal one), content_too_large (for a topic).
  Outcome<std::size_t> add(std::string_view exchange, std::string_view routing_key,
                           const MessageDraft& draft);

  // Numbers of messages, in the order of add(), that a full queue refused; ascending.
  Task<Result<std::vector<std::uint32_t>>> store();

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

  core::Engine& engine_;
  std::string_view vhost_;
  std::uint32_t count_ = 0;
  std::map<ShardId, Batch> batches_;
};

}  // namespace koine::http
