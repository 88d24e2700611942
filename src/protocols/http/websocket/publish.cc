// Records on their way in: `{"op":"publish","seq":7,"topic":"orders","key":"k","value":...}`, answered when they are durable. Those of
// one socket are appended in the order in which they came.
#include <fmt/format.h>

#include <utility>

#include "core/batch_builder.h"
#include "core/topic_append.h"
#include "protocols/http/record_draft.h"
#include "protocols/http/topics.h"
#include "protocols/http/websocket/websocket.h"

namespace koine::http {

Outcome<> WebSocket::publish(JsonObject& fields) {
  TRY(const auto seq, fields.required<std::int64_t>("seq"));
  TRY(const auto name, fields.required<std::string_view>("topic"));
  TRY(const RecordDraft draft, RecordDraft::from_json(fields));
  TRY(fields.end());
  const core::TopicPtr topic = resources_.engine.catalog().find(name);
  if (topic == nullptr) {
    return refuse(Status::not_found, fmt::format("there is no topic '{}'", name));
  }
  TRY(const std::int32_t partition, choose_partition(*topic, draft, resources_.spread++));
  core::BatchBuilder builder;
  builder.add(draft.record(resources_.engine.shard().wall_clock_ms()));
  TRY(Bytes batch, builder.build({}));
  ++publishes_;
  gate_.spawn(append(seq, partition, topic->partitions[static_cast<std::size_t>(partition)],
                     std::move(batch)));
  return {};
}

Task<void> WebSocket::append(std::int64_t seq, std::int32_t partition, LogId log, Bytes batch) {
  const auto offset = co_await core::append_durably(resources_.engine, log, std::move(batch));
  --publishes_;
  room_.notify_all();
  if (offset) {
    output_->send_text(fmt::format(R"({{"op":"published","seq":{},"partition":{},"offset":{}}})",
                                   seq, partition, offset->value()));
  } else {
    output_->send_text(fmt::format(R"({{"op":"error","seq":{},"problem":{}}})", seq,
                                   Problem(offset.error()).to_json()));
  }
}

}  // namespace koine::http
