// TopicSubscription: a topic's records on a WebSocket, from a position on, as far as the credit goes.
//
//   cursor -> records, one at a time -> SocketAnswers        no credit, or no room in the output: it waits, with its position
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "protocols/http/streams/topic_cursor.h"
#include "protocols/http/websocket/socket_answers.h"
#include "protocols/http/websocket/socket_output.h"
#include "protocols/http/websocket/socket_subscription.h"
#include "runtime/gate.h"
#include "runtime/signal.h"

namespace koine::http {

class TopicSubscription final : public SocketSubscription {
 public:
  // Output and answers outlive it.
  TopicSubscription(io::Reactor& reactor, SocketOutput& output, SocketAnswers& answers,
                    std::int64_t id, std::unique_ptr<TopicCursor> cursor, std::int64_t credit);

  // Begins to send, if what `start` names is there; else says why not, and has ended.
  void start(core::ReadStart start);

  void add_credit(std::int64_t count) override;
  void on_room() override { changed_.notify_all(); }
  bool is_over() const override { return is_over_; }
  bool is_of_queue(LogId) const override { return false; }
  Task<void> close(Leaving how) override;

 private:
  class Sending;

  Task<void> run(core::ReadStart start);
  Task<Result<>> send();
  void send_end(const Error& error);

  SocketOutput& output_;
  SocketAnswers& answers_;
  std::int64_t id_;
  std::unique_ptr<TopicCursor> cursor_;
  std::int64_t credit_;
  runtime::Signal changed_;
  runtime::Gate gate_;
  bool is_closed_ = false;
  bool is_over_ = false;
};

}  // namespace koine::http
