// Session: one connection that speaks Kafka, on one shard: frames in, responses out, in the order of the requests.
//
//   frame -> [login?] -> operation ----------------------------------> response      most requests: one at a time
//   frame -> operation, stage 1 -> next frame
//                       stage 2 .................................-> response         Produce: pipelined
//
// Produce requests that follow each other are in the journal one after the other before the first of them is durable;
// whatever else comes waits until everything before it was answered. The session holds one request's frame and what
// the pipelined ones need for their answers, at most in_flight_max of them.
//
// Ends, and logs why, when the peer ends, breaks the protocol, is idle for too long or does not read; or by drain().
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/task.h"
#include "io/stream.h"
#include "protocols/kafka/broker_resources.h"
#include "protocols/kafka/connection.h"
#include "protocols/kafka/frame_reader.h"
#include "protocols/kafka/handlers/table.h"
#include "protocols/kafka/response_writer.h"
#include "protocols/kafka/scope.h"
#include "protocols/kafka/watchdog.h"
#include "runtime/gate.h"
#include "runtime/signal.h"

namespace koine::kafka {

// Pipelined requests that are not answered yet. Clients have 5 (Java) or as many as they like (librdkafka) in flight;
// more than this gains nothing.
inline constexpr std::size_t in_flight_max = 100;

// After the last answer of a drained or refused connection the peer has this long to take it and close: closing at
// once, with requests unread, would let the kernel throw the answer away.
inline constexpr Duration linger = std::chrono::seconds(1);

class Session {
 public:
  Session(BrokerResources& resources, std::unique_ptr<io::Stream> stream);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Once. Returns when the connection has ended and nothing of it is under way.
  Task<void> run();

  // No request is taken from now on; long polls are answered, what is in flight is finished, and the connection ends.
  void drain();

 private:
  struct InFlight {
    std::optional<Response> response;  // when its second stage has ended
  };
  enum class Next : std::uint8_t { go_on, end };

  Task<Result<>> serve();
  Task<Result<Next>> take(Bytes frame);
  Task<Result<Next>> take_token(Bytes token);
  Task<Result<Next>> answer_unknown(RequestHeader header);
  Task<Result<Next>> answer_now(const Operation& operation, Scope& scope, Request request);
  Task<Result<Next>> begin(const Operation& operation, Scope& scope, Request request);
  Task<void> finish(InFlight* request, Task<Response> second_stage);
  Response take_ready();
  Task<void> send_ready();

  Scope scope_for(std::optional<std::string> client_id, Bytes frame);
  bool is_stranger() const;
  bool expects_token() const;
  Result<> check_login(const RequestHeader& header, const Operation& operation);
  std::size_t frame_size_max() const;
  bool are_all_answered() const { return in_flight_.empty() && !sending_; }
  bool is_idle() const { return !handling_ && are_all_answered(); }
  // Our side is done; the peer gets `linger` to close its own.
  void end_writing();
  void expire(std::string_view reason);
  void log_end(const Result<>& outcome);

  BrokerResources& resources_;
  std::unique_ptr<io::Stream> stream_;
  Connection connection_;
  Hurry hurry_;
  Watchdog watchdog_;
  FrameReader reader_;
  ResponseWriter writer_;
  std::deque<InFlight> in_flight_;
  runtime::Signal in_flight_changed_;
  std::string expired_;          // why the watchdog closed the stream
  std::optional<Error> broken_;  // a pipelined response could not be sent
  std::string client_id_;        // of the last request, for the log
  bool handling_ = false;
  bool sending_ = false;
  bool draining_ = false;
  bool writing_ended_ = false;
  runtime::Gate gate_;
};

}  // namespace koine::kafka
