// Records and messages on their way in, answered when they are durable. Those of one socket are stored, and answered, in the order in
// which they came.
#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>

#include "core/batch_builder.h"
#include "core/topic_append.h"
#include "protocols/http/publication.h"
#include "protocols/http/queue_names.h"
#include "protocols/http/topics.h"
#include "protocols/http/websocket/websocket.h"

namespace koine::http {

// One message, until it is stored.
struct WebSocket::Publishing {
  Publishing(core::Engine& engine, std::string_view vhost_name)
      : vhost(vhost_name), publication(engine, vhost, nullptr) {}
  std::string vhost;
  Publication publication;
  std::size_t routed = 0;
  std::size_t bytes = 0;
};

Outcome<> WebSocket::take(PublishRecord& command) {
  const core::TopicPtr topic = resources_.engine.catalog().find(command.topic);
  if (topic == nullptr) {
    return refuse(Status::not_found, fmt::format("there is no topic '{}'", command.topic));
  }
  TRY(const std::int32_t partition, choose_partition(*topic, command.draft, resources_.spread++));
  core::BatchBuilder builder;
  builder.add(command.draft.record(resources_.engine.shard().wall_clock_ms()));
  TRY(Bytes batch, builder.build({}));
  begin_one(batch.size());
  gate_.spawn(append({command.seq, next_place_++}, partition,
                     topic->partitions[static_cast<std::size_t>(partition)], std::move(batch)));
  return {};
}

Outcome<> WebSocket::take(PublishMessage& command) {
  std::string_view routing_key = command.routing_key;
  if (command.queue) {
    TRY(find_queue(resources_.engine, command.vhost, *command.queue));
    routing_key = *command.queue;
  }
  TRY(check_routing_key(routing_key));
  auto publishing = std::make_unique<Publishing>(resources_.engine, command.vhost);
  publishing->bytes = command.draft.size();
  TRY(publishing->routed,
      publishing->publication.add(command.exchange, routing_key, command.draft));
  if (command.is_mandatory && publishing->routed == 0) {
    return refuse(Status::not_found, "the message goes to no queue");
  }
  begin_one(publishing->bytes);
  gate_.spawn(store({command.seq, next_place_++}, std::move(publishing)));
  return {};
}

Task<void> WebSocket::append(PlacedSeq answer, std::int32_t partition, LogId log, Bytes batch) {
  const std::size_t bytes = batch.size();
  const auto offset = co_await core::append_durably(resources_.engine, log, std::move(batch));
  if (offset) {
    answer_in_turn(answer.place, [this, seq = answer.seq, partition, offset = *offset] {
      answers_->appended(seq, partition, offset);
    });
  } else {
    answer_in_turn(answer.place, [this, seq = answer.seq, problem = Problem(offset.error())] {
      answers_->error({CommandSubject::Kind::seq, seq}, problem);
    });
  }
  finish_one(bytes);
}

Task<void> WebSocket::store(PlacedSeq answer, std::unique_ptr<Publishing> publishing) {
  const auto refused = co_await publishing->publication.store(nullptr);
  std::optional<Problem> problem;
  if (!refused) {
    problem = Problem(refused.error());
  } else if (!refused->empty()) {
    problem = Problem(Status::too_many_requests, "a queue that is full refused the message");
  }
  answer_in_turn(answer.place, [this, seq = answer.seq, routed = publishing->routed,
                                problem = std::move(problem)] {
    if (problem) {
      answers_->error({CommandSubject::Kind::seq, seq}, *problem);
    } else {
      answers_->routed(seq, routed);
    }
  });
  finish_one(publishing->bytes);
}

void WebSocket::answer_in_turn(std::uint64_t place, std::move_only_function<void()> say) {
  if (place != next_answer_) {
    done_early_.emplace(place, std::move(say));
    return;
  }
  say();
  ++next_answer_;
  for (auto next = done_early_.begin(); next != done_early_.end() && next->first == next_answer_;
       ++next_answer_) {
    next->second();
    next = done_early_.erase(next);
  }
}

void WebSocket::begin_one(std::size_t bytes) {
  ++under_way_;
  under_way_bytes_ += bytes;
}

void WebSocket::finish_one(std::size_t bytes) {
  --under_way_;
  under_way_bytes_ -= bytes;
  room_.notify_all();
}

}  // namespace koine::http
