// From whole requests to handlers, and from their responses to what the library sends.
#include <array>
#include <utility>

#include "protocols/http/http2/callbacks.h"
#include "protocols/http/http2/session.h"
#include "protocols/http/problem.h"
#include "protocols/http/scope.h"

namespace koine::http {

namespace {

nghttp2_nv field_of(std::string_view name, std::string_view value) {
  const auto* const name_bytes = reinterpret_cast<const std::uint8_t*>(name.data());
  const auto* const value_bytes = reinterpret_cast<const std::uint8_t*>(value.data());
  return {.name = const_cast<std::uint8_t*>(name_bytes),
          .value = const_cast<std::uint8_t*>(value_bytes),
          .namelen = name.size(),
          .valuelen = value.size(),
          .flags = NGHTTP2_NV_FLAG_NONE};
}

ByteView bytes_at_hand(const Body& body) {
  if (const auto* const text = std::get_if<std::string>(&body)) return as_bytes(*text);
  if (const auto* const bytes = std::get_if<Bytes>(&body)) return bytes->view();
  return {};
}

void make_lower(std::string& name) {
  for (char& character : name) {
    if (character >= 'A' && character <= 'Z') character = static_cast<char>(character + 'a' - 'A');
  }
}

}  // namespace

void Http2Session::begin_ready() {
  // A handler that answers at once may close others, not add any.
  for (const Http2StreamPtr& stream : std::exchange(ready_, {})) {
    if (!stream->is_closed && !stream->is_answered) begin_stream(stream);
  }
}

void Http2Session::begin_stream(const Http2StreamPtr& stream) {
  if (draining_) stream->stop.set(Stop::Reason::draining);
  stream->request.body = Bytes::copy_of(stream->body);
  stream->body = {};
  Scope scope{resources_, connection_, stream->stop};
  if (std::holds_alternative<ImmediateHandler>(stream->route->handler)) {
    Begun begun = begin(scope, stream->request, *stream->route);
    return respond(*stream, std::move(std::get<Response>(begun)));
  }
  gate_.spawn(wait_for_handler(stream));
}

Task<void> Http2Session::wait_for_handler(Http2StreamPtr stream) {
  Scope scope{resources_, connection_, stream->stop};
  Begun begun = begin(scope, stream->request, *stream->route);
  if (auto* const task = std::get_if<Task<Outcome<Response>>>(&begun)) {
    Outcome<Response> outcome = co_await *task;
    begun = outcome ? std::move(*outcome) : outcome.error().to_response();
  }
  if (!stream->is_closed) respond(*stream, std::move(std::get<Response>(begun)));
  flush_soon();
}

void Http2Session::respond(Http2Stream& stream, Response response) {
  if (std::exchange(stream.is_answered, true)) return;
  stream.moved_at = resources_.engine.shard().now();
  complete(resources_, stream.request, response);
  stream.response = std::move(response);
  Response& kept = *stream.response;
  resources_.statistics.count(kept.status);
  Http2StreamPtr shared = streams_.at(stream.id);
  if (auto* const tunnel = std::get_if<std::unique_ptr<Tunnel>>(&kept.body)) {
    stream.tunnel = std::make_shared<TunnelPipe>(resources_.engine.shard().reactor());
    stream.tunnel->owner = this;
    stream.tunnel->stream = stream.id;
    stream.tunnel->is_inbound_ended = stream.is_peer_ended;
    submit_head(stream, true);
    gate_.spawn(run_tunnel(std::move(shared), std::move(*tunnel)));
    return;
  }
  const bool has_body = stream.request.method != Method::head && may_have_body(kept.status);
  if (auto* const source = std::get_if<std::unique_ptr<BodySource>>(&kept.body)) {
    if ((*source)->size() >= 0) kept.with("content-length", std::to_string((*source)->size()));
    stream.is_made_whole = !has_body;
    submit_head(stream, has_body);
    if (has_body) gate_.spawn(fill_body(std::move(shared)));
    return;
  }
  const ByteView body = bytes_at_hand(kept.body);
  if (may_have_body(kept.status)) kept.with("content-length", std::to_string(body.size()));
  if (has_body) stream.at_hand = body;
  submit_head(stream, !stream.at_hand.empty());
}

void Http2Session::submit_head(Http2Stream& stream, bool has_body) {
  Response& response = *stream.response;
  const std::string status = std::to_string(static_cast<unsigned>(response.status));
  const std::string_view date = resources_.date.at(resources_.engine.shard().wall_clock_ms());
  std::vector<nghttp2_nv> fields{field_of(":status", status), field_of("date", date)};
  if (!response.content_type.empty()) {
    fields.push_back(field_of("content-type", response.content_type));
  }
  for (Response::Field& field : response.headers) {
    make_lower(field.name);
    fields.push_back(field_of(field.name, field.value));
  }
  const nghttp2_data_provider provider = http2_data_provider();
  const int submitted = nghttp2_submit_response(session_, stream.id, fields.data(), fields.size(),
                                                has_body ? &provider : nullptr);
  if (submitted != 0) {
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream.id, NGHTTP2_INTERNAL_ERROR);
  }
}

Task<void> Http2Session::fill_body(Http2StreamPtr stream) {
  BodySource& source = *std::get<std::unique_ptr<BodySource>>(stream->response->body);
  ++resources_.statistics.streams_open;
  while (!stream->is_made_whole && !stream->is_closed) {
    const auto more = co_await source.fill(stream->made, stream->stop);
    if (stream->is_closed) break;
    if (!more) {
      resources_.log.warning(log_component, "a body was cut off",
                             {{"reason", more.error().to_string()}});
      nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream->id, NGHTTP2_INTERNAL_ERROR);
      flush_soon();
      break;
    }
    // Asked to stop, it has nothing more to say.
    stream->is_made_whole =
        *more == BodySource::More::no || (stream->made.empty() && stream->stop.is_set());
    const bool was_slow = stream->made.size() > 0 && !stream->is_deferred;
    stream->moved_at = resources_.engine.shard().now();
    resume(*stream);
    if (!stream->made.empty()) source.pause();
    while (!stream->made.empty() && !stream->is_closed) co_await stream->drained.wait();
    // What nobody takes any more is gone with the stream.
    if (stream->is_closed) break;
    stream->made.adapt(was_slow);
  }
  --resources_.statistics.streams_open;
}

Task<void> Http2Session::run_tunnel(Http2StreamPtr stream, std::unique_ptr<Tunnel> tunnel) {
  ++resources_.statistics.tunnels_open;
  auto end = std::make_unique<Http2TunnelStream>(
      stream->tunnel, Http2TunnelStream::Description{.local_address = stream_->local_address(),
                                                     .peer_address = connection_.peer_address,
                                                     .is_encrypted = connection_.is_encrypted,
                                                     .peer_identity = connection_.peer_identity});
  co_await tunnel->run(std::move(end), stream->stop);
  --resources_.statistics.tunnels_open;
}

void Http2Session::on_tunnel_read(std::int32_t id, std::size_t bytes) {
  nghttp2_session_consume(session_, id, bytes);
  flush_soon();
}

void Http2Session::on_tunnel_written(std::int32_t id) {
  if (Http2Stream* const stream = find(id)) {
    if (stream->is_deferred) stream->moved_at = resources_.engine.shard().now();
    resume(*stream);
  }
}

}  // namespace koine::http
