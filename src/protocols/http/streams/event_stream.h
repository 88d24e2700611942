// EventStream: the body of GET /v1/topics/{topic}/events: a topic's records as Server-Sent Events, without end.
//
//   retry: 2413                     once, a different one for each, so that they don't all come back together
//   id, data                        a record; the id is the position after it
//   :                               a heartbeat, when nothing was sent for a while; with an id if the filter left out records
//   event: error                    what was to come is gone, or the topic is; the last one
//
// Made when the reader has taken what came before; between two parts it holds a position. A draining server ends it, and the client
// comes again with its last id. Owned by its session, one shard; the resources outlive it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "protocols/http/body.h"
#include "protocols/http/broker_resources.h"
#include "protocols/http/streams/topic_cursor.h"
#include "protocols/http/watchdog.h"

namespace koine::http {

struct EventStreamOptions {
  enum class Data : std::uint8_t { record, value };
  Data data = Data::record;
  Duration heartbeat = std::chrono::seconds(15);
  std::string type_header;  // names the header with the event's type; empty: events have none
};

class EventStream final : public BodySource {
 public:
  // The cursor has been sought.
  EventStream(BrokerResources& resources, std::unique_ptr<TopicCursor> cursor,
              EventStreamOptions options);

  Task<Result<More>> fill(BodyBuffer& out, Stop& stop) override;
  void pause() override { cursor_->release(); }
  bool is_endless() const override { return true; }

 private:
  class Writing;

  // Not inlined: while it waits for records it needs nothing of this.
  [[gnu::noinline]] Task<Result<More>> read(BodyBuffer& out);
  void append_first(BodyBuffer& out);
  void append_record(std::string& out, const PassingRecord& record);
  void append_data(std::string& out, const PassingRecord& record);
  void append_heartbeat(BodyBuffer& out);
  More append_end(BodyBuffer& out, const Error& error);
  // False: it has to be waited for (read).
  bool try_read(BodyBuffer& out);
  MonotonicTime now() const { return resources_.engine.shard().now(); }

  BrokerResources& resources_;
  std::unique_ptr<TopicCursor> cursor_;
  EventStreamOptions options_;
  std::uint64_t named_ = 0;  // records up to the last id
  // One timer for all waits: moved when it fires, not with every record. It wakes who waits with the stop's signal.
  Watchdog heartbeat_;
  Stop* waiting_with_ = nullptr;
  bool is_begun_ = false;
  bool is_at_end_ = false;
};

// 410, with what is left: `first_position`, and `first_offset` if that says it all.
Problem gone(const TopicCursor& cursor, const Error& error);

}  // namespace koine::http
