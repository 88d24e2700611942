// Http2Stream: one request over HTTP/2 and its answer. Owned by its session and by the tasks that work on it; one shard.
//
//   head arrives -> admitted or refused -> body arrives -> handler -> response: at hand, or made while it is sent
//
// `is_closed` is set when the stream is gone for the library: nothing more can be sent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/units.h"
#include "protocols/http/body.h"
#include "protocols/http/body_memory.h"
#include "protocols/http/http2/tunnel_stream.h"
#include "protocols/http/message.h"
#include "protocols/http/route.h"
#include "protocols/http/stop.h"
#include "runtime/signal.h"

namespace koine::http {

struct Http2Stream {
  Http2Stream(io::Reactor& reactor, BodyBudget& budget, std::int32_t stream_id)
      : id(stream_id), memory(budget), stop(reactor), drained(reactor) {}

  // The request's fields, one after the other, until all of them are here.
  struct FieldSize {
    std::size_t name = 0;
    std::size_t value = 0;
  };

  std::int32_t id;
  std::string head;  // which the request's texts are views into
  std::vector<FieldSize> fields;
  std::size_t head_size = 0;  // as RFC 9113 6.5.2 counts it
  Request request;
  const Route* route = nullptr;
  std::vector<std::byte> body;
  BodyMemory memory;  // for the body
  std::size_t unconsumed =
      0;  // of the body, while there is no memory for it: the peer may not send more
  bool is_taking_memory = false;
  bool is_whole = false;       // nothing more of the request will come
  bool is_peer_ended = false;  // the same, of a tunnel
  bool is_answered = false;
  bool is_closed = false;
  MonotonicTime moved_at;  // when something of it did, last
  Stop stop;

  std::optional<Response> response;
  ByteView at_hand;           // of the response's body, not sent yet
  BodyBuffer made;            // the same, of one that is made while it is sent
  bool is_made_whole = true;  // nothing more will be made
  bool is_deferred = false;   // the library waits for more of it
  runtime::Signal drained;    // `made` is empty, or the stream is closed
  std::shared_ptr<TunnelPipe> tunnel;

  std::size_t unsent() const {
    return tunnel != nullptr ? tunnel->outbound.size() : at_hand.size() + made.size();
  }
  bool is_at_end() const { return tunnel != nullptr ? tunnel->is_outbound_ended : is_made_whole; }
};

using Http2StreamPtr = std::shared_ptr<Http2Stream>;

}  // namespace koine::http
