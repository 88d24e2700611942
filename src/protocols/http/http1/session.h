// Session: one connection that speaks HTTP/1.1 or 1.0, on one shard.
//
//   read -> heads -> handlers that answer at once -> one write for all of them -> read ...
//                 -> a request that waits: body, handler, response to its end  -> next
//
// Requests are answered in their order; the next is looked at when the one before has its answer. Between requests a connection
// holds no memory but its own. An answer without end (an event stream) is the last: it goes on without the session (endless_body.h). Ends, and logs why, when the peer ends, breaks the protocol or is too slow; or by drain().
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "io/stream.h"
#include "protocols/http/body_memory.h"
#include "protocols/http/broker_resources.h"
#include "protocols/http/connection.h"
#include "protocols/http/dispatch.h"
#include "protocols/http/http1/endless_body.h"
#include "protocols/http/http1/head.h"
#include "protocols/http/http1/writer.h"
#include "protocols/http/http2/first_request.h"
#include "protocols/http/session.h"
#include "protocols/http/stop.h"
#include "protocols/http/watchdog.h"
#include "runtime/gate.h"
#include "runtime/signal.h"

namespace koine::http {

// The peer has this long to take what we sent last and to close: closing at once, with bytes unread, would let the kernel throw
// that away.
inline constexpr Duration linger_deadline = std::chrono::seconds(1);
// What pipelined requests may have in answers before these are sent.
inline constexpr std::size_t output_bytes_max = 64 * KiB;
// What is read ahead while a request is answered, to see that the client is still there.
inline constexpr std::size_t read_ahead_bytes_max = 64 * KiB;

class Http1Session final : public Session {
 public:
  Http1Session(BrokerResources& resources, std::unique_ptr<io::Stream> stream);
  Http1Session(const Http1Session&) = delete;
  Http1Session& operator=(const Http1Session&) = delete;
  ~Http1Session() override;

  // A connection that goes on without this session; without a stream: one that has ended.
  struct Upgraded {
    std::unique_ptr<io::Stream> stream;  // what was read too early is put back
    std::unique_ptr<Tunnel> tunnel;      // a handler took it over
    std::unique_ptr<EndlessBody>
        body;  // is sent until either side ends it; neither: it speaks HTTP/2
    std::unique_ptr<FirstRequest> first;  // over HTTP/2, if that was asked for by a request
  };
  // Once. Returns when the connection has ended, or speaks another protocol from here on.
  Task<Upgraded> run();

  // The request under way is answered, and the connection ends.
  void drain() override;

 private:
  enum class Next : std::uint8_t {
    more,   // there may be another request in what arrived
    flush,  // the same, when what was answered is sent
    read,   // more bytes are needed
    wait,   // for what is in waiting_
    http2,  // is spoken from here on
    end,
  };
  // A request that takes its time.
  struct Waiting {
    explicit Waiting(BodyBudget& budget) : memory(budget) {}

    Request request;
    std::string head;  // which the request's texts are views into
    const Route* route = nullptr;
    Framing framing;
    BodyMemory memory;
    std::optional<Response> response;
  };

  // session.cc: the loop, and requests that are answered at once.
  Task<Result<>> serve();
  Next take_requests();
  Next take_request(std::size_t head_size);
  Next take_admitted(Request& request, const Route& route, const Framing& framing, ByteView head);
  Next answer(Request& request, const Framing& framing, ByteView head, Response response);
  bool is_http2_asked_for(const Request& request, const Framing& framing) const;
  Next begin_http2(Request& request, ByteView head);
  bool is_handed_over() const { return tunnel_ != nullptr || endless_ != nullptr; }
  void put_back_unread();
  Next answer_malformed(const Malformed& malformed);
  Next begin_waiting(Request& request, const Framing& framing, ByteView head);
  void append_answer(const Request& request, const Framing& framing, const Response& response);
  [[gnu::noinline]] Task<void> linger();
  void log_end(const Result<>& outcome);
  void on_expired(std::string_view reason);

  // session_waiting.cc: requests whose body, handler or response takes its time.
  // Not inlined: a frame that becomes part of its awaiter's stays as long as that, and an event stream goes on for hours.
  Task<Result<>> finish_waiting();
  [[gnu::noinline]] Task<Result<>> read_body();
  Task<Result<>> read_sized_body(std::size_t size);
  Task<Result<>> read_chunked_body();
  [[gnu::noinline]] Task<void> handle_waiting();
  [[gnu::noinline]] Task<Result<>> send_response();
  [[gnu::noinline]] Task<Result<>> send_made();
  [[gnu::noinline]] Task<Result<>> send_source(BodySource& source, BodyEnd end);
  [[gnu::noinline]] Task<Result<bool>> send_part(BodyPart& part, BodySource& source);
  [[gnu::noinline]] Task<Result<>> start_tunnel();

  // session_io.cc: bytes.
  bool is_kept() const;
  void keep();
  void skip(std::size_t size) { arrived_ = arrived_.subspan(size); }
  // Waits for more bytes. False: the peer has nothing more to say.
  Task<Result<bool>> read();
  // Without waiting; none: there was nothing.
  Result<std::optional<bool>> try_read();
  // Sends resources_.output. False: not all of it, the rest is in unsent_.
  Result<bool> try_flush();
  [[gnu::noinline]] Task<Result<>> flush();
  Task<void> watch();
  void start_watching();
  void expect_request();

  BrokerResources& resources_;
  std::unique_ptr<io::Stream> stream_;
  Connection connection_;
  Watchdog watchdog_;
  Stop stop_;
  runtime::Gate gate_;
  runtime::Signal watched_;
  ByteView arrived_;             // in the scratch memory or in kept_
  std::vector<std::byte> kept_;  // owns what is unread across waits
  std::string unsent_;
  std::size_t scanned_ = 0;  // of the head that has begun to arrive
  std::unique_ptr<Waiting> waiting_;
  std::unique_ptr<Tunnel> tunnel_;
  std::unique_ptr<EndlessBody> endless_;
  std::unique_ptr<FirstRequest> first_;
  std::string reason_;  // why we closed it
  bool keeps_alive_ = true;
  bool is_watching_ = false;
  bool is_first_ = true;  // no request came yet
  bool is_http2_ = false;
  bool is_idle_ = false;  // between two requests
  bool is_head_expected_ = false;
  bool peer_ended_ = false;
  bool draining_ = false;
};

}  // namespace koine::http
