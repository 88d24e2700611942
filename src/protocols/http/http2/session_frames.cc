// What the library tells of the frames that arrived and were sent.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "protocols/http/http2/session.h"
#include "protocols/http/problem.h"
#include "protocols/http/syntax.h"

namespace koine::http {

namespace {

// RFC 9113 6.5.2.
constexpr std::size_t field_overhead = 32;

void describe_target(Request& request, std::string_view target) {
  request.target = target;
  const std::size_t question = target.find('?');
  request.path = target.substr(0, question);
  request.query =
      question == std::string_view::npos ? std::string_view() : target.substr(question + 1);
}

// A good answer to an extended CONNECT would say that there is one.
bool may_become_tunnel(const Route& route) {
  return std::ranges::any_of(route.answers, [](const Answer& answer) {
    return answer.status == Status::switching_protocols;
  });
}

}  // namespace

Http2Stream* Http2Session::find(std::int32_t id) const {
  return static_cast<Http2Stream*>(nghttp2_session_get_stream_user_data(session_, id));
}

int Http2Session::on_begin_headers(const nghttp2_frame& frame) {
  is_in_head_ = true;
  if (frame.hd.type != NGHTTP2_HEADERS || frame.headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
  runtime::Shard& shard = resources_.engine.shard();
  const std::int32_t id = frame.hd.stream_id;
  auto stream = std::make_shared<Http2Stream>(shard.reactor(), resources_.body_budget, id);
  stream->moved_at = shard.now();
  nghttp2_session_set_stream_user_data(session_, id, stream.get());
  streams_.emplace(id, std::move(stream));
  schedule_check();
  return 0;
}

int Http2Session::on_header(const nghttp2_frame& frame, std::string_view name,
                            std::string_view value) {
  Http2Stream* const stream = find(frame.hd.stream_id);
  // Trailers are passed over.
  if (stream == nullptr || frame.headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
  stream->head_size += name.size() + value.size() + field_overhead;
  // The library only tells the peer of the limit; what is above it is not kept.
  if (stream->head_size > head_bytes_max || stream->fields.size() > header_count_max) return 0;
  stream->head += name;
  stream->head += value;
  stream->fields.push_back({name.size(), value.size()});
  return 0;
}

int Http2Session::on_frame(const nghttp2_frame& frame) {
  switch (frame.hd.type) {
    case NGHTTP2_PING:
    case NGHTTP2_SETTINGS:
    case NGHTTP2_RST_STREAM:
    case NGHTTP2_PRIORITY:
      if (const int counted = count_cheap_frame(); counted != 0) return counted;
      break;
    case NGHTTP2_DATA:
      if (frame.hd.length == 0 && (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) {
        if (const int counted = count_cheap_frame(); counted != 0) return counted;
      }
      break;
    default: break;
  }
  if (frame.hd.type == NGHTTP2_HEADERS) is_in_head_ = false;
  if (frame.hd.type != NGHTTP2_HEADERS && frame.hd.type != NGHTTP2_DATA) return 0;
  Http2Stream* const stream = find(frame.hd.stream_id);
  if (stream == nullptr) return 0;
  if (frame.hd.type == NGHTTP2_HEADERS && frame.headers.cat == NGHTTP2_HCAT_REQUEST) {
    take_head(*stream);
  }
  if ((frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) take_end(*stream);
  return 0;
}

void Http2Session::take_head(Http2Stream& stream) {
  ++resources_.statistics.requests_http2;
  Request& request = stream.request;
  request.is_http2 = true;
  if (Outcome<> read = read_head(stream); !read) {
    return respond(stream, read.error().to_response());
  }
  Admission admission = admit(resources_, connection_, request);
  if (!admission) return respond(stream, std::move(admission).error());
  stream.route = *admission;
  if (request.upgrade.empty()) return;
  if (!may_become_tunnel(*stream.route)) {
    return respond(stream, Problem(Status::not_implemented,
                                   fmt::format("'{}' is not spoken at this path", request.upgrade))
                               .to_response());
  }
  // A tunnel has no end to wait for.
  take_end(stream);
  stream.is_peer_ended = false;
}

// nghttp2 has checked which fields there are and the characters of their names and values (RFC 9113 8.2, 8.3).
Outcome<> Http2Session::read_head(Http2Stream& stream) {
  Request& request = stream.request;
  if (stream.head_size > head_bytes_max || stream.fields.size() > header_count_max) {
    return refuse(Status::header_fields_too_large,
                  "the fields are larger than 32 KiB, or more than 100");
  }
  std::string_view rest = stream.head;
  const auto take = [&rest](std::size_t size) {
    const std::string_view taken = rest.substr(0, size);
    rest.remove_prefix(size);
    return taken;
  };
  std::string_view target;
  for (const Http2Stream::FieldSize& size : stream.fields) {
    const std::string_view name = take(size.name);
    const std::string_view value = take(size.value);
    if (!name.starts_with(':')) {
      request.headers.add(name, value);
    } else if (name == ":method") {
      request.method = method_of(value);
    } else if (name == ":path") {
      target = value;
    } else if (name == ":scheme") {
      request.scheme = value;
    } else if (name == ":authority") {
      request.authority = value;
    } else if (name == ":protocol") {
      request.upgrade = value;
    }
  }
  stream.fields = {};
  if (request.method == Method::connect) {
    if (request.upgrade.empty()) {
      return refuse(Status::not_implemented, "CONNECT to another host is not served");
    }
    // RFC 8441: what HTTP/1.1 asks for with GET and Upgrade.
    request.method = Method::get;
  }
  if (target.size() > target_bytes_max) {
    return refuse(Status::uri_too_long, "the target is longer than 8 KiB");
  }
  if (!is_target(target) || (target.front() != '/' && target != "*")) {
    return refuse(Status::bad_request,
                  "the target has a character that must be percent-encoded, or is no path");
  }
  if (request.authority.empty()) request.authority = request.headers.find("host").value_or("");
  if (!is_authority(request.authority)) {
    return refuse(Status::bad_request, ":authority is no host");
  }
  describe_target(request, target);
  return {};
}

void Http2Session::take_end(Http2Stream& stream) {
  stream.is_peer_ended = true;
  if (stream.tunnel != nullptr) {
    stream.tunnel->is_inbound_ended = true;
    stream.tunnel->readable.notify_all();
    return;
  }
  if (std::exchange(stream.is_whole, true) || stream.is_answered) return;
  if (const auto found = streams_.find(stream.id); found != streams_.end()) {
    ready_.push_back(found->second);
  }
}

int Http2Session::on_data(std::int32_t id, ByteView bytes) {
  Http2Stream* const stream = find(id);
  if (stream == nullptr || (stream->is_answered && stream->tunnel == nullptr)) {
    // Nobody wants it; the others of this connection may go on.
    nghttp2_session_consume(session_, id, bytes.size());
    return 0;
  }
  stream->moved_at = resources_.engine.shard().now();
  take_body(*stream, bytes);
  return 0;
}

void Http2Session::take_body(Http2Stream& stream, ByteView bytes) {
  if (stream.tunnel != nullptr) {
    stream.tunnel->inbound.insert(stream.tunnel->inbound.end(), bytes.begin(), bytes.end());
    stream.tunnel->readable.notify_all();
    return;
  }
  if (!stream.request.upgrade.empty()) {
    // Before it was said that there is a tunnel.
    nghttp2_session_consume(session_, stream.id, bytes.size());
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream.id, NGHTTP2_PROTOCOL_ERROR);
    return;
  }
  const std::size_t bytes_max = body_bytes_max_of(resources_, *stream.route);
  if (bytes.size() > bytes_max - stream.body.size()) {
    nghttp2_session_consume(session_, stream.id, bytes.size() + stream.unconsumed);
    stream.unconsumed = 0;
    stream.body = {};
    return respond(stream, body_too_large(bytes_max));
  }
  stream.body.insert(stream.body.end(), bytes.begin(), bytes.end());
  stream.unconsumed += bytes.size();
  consume(stream);
}

// The windows open as far as there is memory: what has come and is not counted is within them.
void Http2Session::consume(Http2Stream& stream) {
  if (stream.is_taking_memory) return;
  if (!stream.memory.try_hold(stream.body.size())) {
    stream.is_taking_memory = true;
    gate_.spawn(wait_for_memory(streams_.at(stream.id)));
    return;
  }
  nghttp2_session_consume(session_, stream.id, std::exchange(stream.unconsumed, 0));
}

Task<void> Http2Session::wait_for_memory(Http2StreamPtr stream) {
  co_await stream->memory.hold(stream->body.size());
  stream->is_taking_memory = false;
  if (stream->is_closed) co_return;
  nghttp2_session_consume(session_, stream->id, std::exchange(stream->unconsumed, 0));
  flush_soon();
}

int Http2Session::on_closed(std::int32_t id) {
  const auto found = streams_.find(id);
  if (found == streams_.end()) return 0;
  const Http2StreamPtr stream = std::move(found->second);
  streams_.erase(found);
  stream->is_closed = true;
  stream->stop.set(Stop::Reason::closed);
  stream->drained.notify_all();
  if (stream->tunnel != nullptr) stream->tunnel->close();
  // What came for it and was not taken counts for the connection.
  if (stream->unconsumed > 0) nghttp2_session_consume_connection(session_, stream->unconsumed);
  return 0;
}

int Http2Session::on_frame_sent(const nghttp2_frame& frame) {
  if (frame.hd.type == NGHTTP2_RST_STREAM && frame.rst_stream.error_code != NGHTTP2_NO_ERROR &&
      !reset_guard_.take(resources_.engine.shard().now())) {
    end_flood();
    return 0;
  }
  const bool is_end = (frame.hd.type == NGHTTP2_HEADERS || frame.hd.type == NGHTTP2_DATA) &&
                      (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  if (!is_end) return 0;
  // The answer is out, and the rest of the request need not come (RFC 9113 8.1).
  const Http2Stream* const stream = find(frame.hd.stream_id);
  if (stream != nullptr && (!stream->is_whole || stream->tunnel != nullptr)) {
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, frame.hd.stream_id, NGHTTP2_NO_ERROR);
  }
  return 0;
}

int Http2Session::on_invalid_frame() {
  is_in_head_ = false;
  ++resources_.statistics.malformed_requests;
  return count_cheap_frame();
}

int Http2Session::count_cheap_frame() {
  if (received_guard_.take(resources_.engine.shard().now())) return 0;
  end_flood();
  return 0;
}

void Http2Session::end_flood() {
  if (std::exchange(is_flooded_, true)) return;
  ++resources_.statistics.abusive_connections;
  reason_ = "a flood of frames that are cheap to send";
  nghttp2_session_terminate_session(session_, NGHTTP2_ENHANCE_YOUR_CALM);
}

}  // namespace koine::http
