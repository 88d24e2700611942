// TopicSubscription: a topic's records on a WebSocket, from a position on, as far as the credit goes:
//
//   {"op":"message","id":1,"position":"3f9a1c02.0-42","record":{...}}
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "protocols/http/broker_resources.h"
#include "protocols/http/streams/topic_cursor.h"
#include "protocols/http/websocket/socket_output.h"
#include "protocols/http/websocket/socket_subscription.h"
#include "runtime/gate.h"
#include "runtime/signal.h"

namespace koine::http {

class TopicSubscription final : public SocketSubscription {
 public:
  TopicSubscription(BrokerResources& resources, SocketOutput& output, std::int64_t id,
                    std::unique_ptr<TopicCursor> cursor, std::int64_t credit);

  // Begins to send, if what `start` names is there; else says why not, and has ended.
  void start(core::ReadStart start);

  void add_credit(std::int64_t count) override;
  void on_room() override { changed_.notify_all(); }
  bool is_over() const override { return is_over_; }
  Task<void> close() override;

 private:
  class Sending;

  Task<void> run(core::ReadStart start);
  Task<Result<>> send();
  void send_record(const PassingRecord& record, std::string& memory);
  void send_end(const Error& error);

  BrokerResources& resources_;
  SocketOutput& output_;
  std::int64_t id_;
  std::unique_ptr<TopicCursor> cursor_;
  std::int64_t credit_;
  runtime::Signal changed_;
  runtime::Gate gate_;
  bool is_closed_ = false;
  bool is_over_ = false;
};

}  // namespace koine::http
