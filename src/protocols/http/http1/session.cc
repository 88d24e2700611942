#include "protocols/http/http1/session.h"

#include <utility>

#include "core/scram.h"
#include "io/prefixed_stream.h"
#include "protocols/http/problem.h"

namespace koine::http {

namespace {

Connection describe(const io::Stream& stream) {
  Connection connection;
  connection.peer_address = stream.peer_address();
  connection.is_encrypted = stream.is_encrypted();
  connection.peer_identity = stream.peer_identity();
  return connection;
}

// Base64 as URLs have it, without padding.
std::optional<std::string> decode_http2_settings(const Request& request) {
  const auto field = request.headers.find("http2-settings");
  if (!field) return std::nullopt;
  std::string text(*field);
  for (char& character : text) {
    if (character == '-') character = '+';
    if (character == '_') character = '/';
  }
  while (text.size() % 4 != 0) text += '=';
  const auto decoded = core::from_base64(text);
  return decoded ? std::optional(std::string(as_text(*decoded))) : std::nullopt;
}

ByteView bytes_at_hand(const Body& body) {
  if (const auto* const text = std::get_if<std::string>(&body)) return as_bytes(*text);
  if (const auto* const bytes = std::get_if<Bytes>(&body)) return bytes->view();
  return {};
}

bool is_made_while_sent(const Body& body) {
  return std::holds_alternative<std::unique_ptr<BodySource>>(body) ||
         std::holds_alternative<std::unique_ptr<Tunnel>>(body);
}

}  // namespace

Http1Session::Http1Session(BrokerResources& resources, std::unique_ptr<io::Stream> stream)
    : resources_(resources),
      stream_(std::move(stream)),
      connection_(describe(*stream_)),
      watchdog_(resources.engine.shard().reactor(),
                [this](std::string_view reason) { on_expired(reason); }),
      stop_(resources.engine.shard().reactor()),
      watched_(resources.engine.shard().reactor()) {}

Http1Session::~Http1Session() = default;

Task<Http1Session::Upgraded> Http1Session::run() {
  const Result<> outcome = co_await serve();
  if (outcome && (is_handed_over() || is_http2_)) {
    watchdog_.relax();
    put_back_unread();
    co_return Upgraded{.stream = std::move(stream_),
                       .tunnel = std::move(tunnel_),
                       .body = std::move(endless_),
                       .first = std::move(first_)};
  }
  if (outcome && !peer_ended_) co_await linger();
  stop_.set(Stop::Reason::closed);
  stream_->close();
  co_await gate_.close();
  log_end(outcome);
  co_return Upgraded{};
}

Task<Result<>> Http1Session::serve() {
  for (;;) {
    const Next next = take_requests();
    CO_TRY(const bool is_sent, try_flush());
    if (!is_sent) CO_TRY(co_await flush());
    if (next == Next::end || next == Next::http2) co_return Result<>{};
    if (next == Next::wait) {
      CO_TRY(co_await finish_waiting());
      if (is_handed_over() || !keeps_alive_) co_return Result<>{};
    }
    if (next != Next::read) continue;
    if (draining_ && arrived_.empty()) co_return Result<>{};
    expect_request();
    CO_TRY(const bool is_more, co_await read());
    is_idle_ = false;
    peer_ended_ = !is_more;
    if (!is_more) co_return Result<>{};
  }
}

Http1Session::Next Http1Session::take_requests() {
  resources_.output.clear();
  for (;;) {
    const auto head_size = find_head_end(as_text(arrived_), scanned_);
    if (!head_size) return answer_malformed(head_size.error());
    if (!*head_size) return Next::read;
    scanned_ = 0;
    is_head_expected_ = false;
    watchdog_.relax();
    const Next next = take_request(**head_size);
    if (next != Next::more) return next;
    if (!keeps_alive_) return Next::end;
    if (resources_.output.size() >= output_bytes_max) return Next::flush;
  }
}

Http1Session::Next Http1Session::take_request(std::size_t head_size) {
  const ByteView head = arrived_.first(head_size);
  Request& request = resources_.request;
  const auto framing = parse_head(as_text(head), request);
  const bool is_first = std::exchange(is_first_, false);
  if (!framing) {
    is_http2_ = is_first && as_text(head) == http2_preface_head;
    return is_http2_ ? Next::http2 : answer_malformed(framing.error());
  }
  if (is_http2_asked_for(request, *framing)) return begin_http2(request, head);
  ++resources_.statistics.requests_http1;
  request.scheme = connection_.is_encrypted ? "https" : "http";
  keeps_alive_ = framing->keeps_alive && !draining_;
  skip(head_size);
  Admission admission = admit(resources_, connection_, request);
  if (!admission) {
    // The body is not read, so where the next request begins is not known.
    if (framing->has_body()) keeps_alive_ = false;
    return answer(request, *framing, head, std::move(admission).error());
  }
  return take_admitted(request, **admission, *framing, head);
}

// RFC 7540 3.2. With a body it would have to be read first: then HTTP/1.1 goes on, which is allowed.
bool Http1Session::is_http2_asked_for(const Request& request, const Framing& framing) const {
  return equal_ignoring_case(request.upgrade, "h2c") && !connection_.is_encrypted &&
         !framing.has_body() && !is_watching_ && !draining_ &&
         decode_http2_settings(request).has_value();
}

Http1Session::Next Http1Session::begin_http2(Request& request, ByteView head) {
  first_ = std::make_unique<FirstRequest>();
  first_->settings = *decode_http2_settings(request);
  first_->head = as_text(head);
  first_->request = std::move(request);
  first_->request.move_texts(head, as_bytes(first_->head));
  request.clear();
  skip(head.size());
  is_http2_ = true;
  resources_.output +=
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n";
  resources_.statistics.count(Status::switching_protocols);
  return Next::http2;
}

void Http1Session::put_back_unread() {
  keep();
  arrived_ = {};
  if (kept_.empty()) return;
  stream_ = std::make_unique<io::PrefixedStream>(std::move(kept_), std::move(stream_));
}

Http1Session::Next Http1Session::take_admitted(Request& request, const Route& route,
                                               const Framing& framing, ByteView head) {
  const std::size_t bytes_max = body_bytes_max_of(resources_, route);
  if (framing.content_length > bytes_max) {
    keeps_alive_ = false;
    return answer(request, framing, head, body_too_large(bytes_max));
  }
  const bool is_here = !framing.is_chunked && framing.content_length <= arrived_.size();
  if (!is_here || std::holds_alternative<WaitingHandler>(route.handler)) {
    const Next next = begin_waiting(request, framing, head);
    waiting_->route = &route;
    return next;
  }
  if (framing.content_length > 0) {
    request.body = Bytes::copy_of(arrived_.first(framing.content_length));
    skip(framing.content_length);
  }
  Scope scope{resources_, connection_, stop_};
  Begun begun = begin(scope, request, route);
  return answer(request, framing, head, std::move(std::get<Response>(begun)));
}

Http1Session::Next Http1Session::answer(Request& request, const Framing& framing, ByteView head,
                                        Response response) {
  if (is_made_while_sent(response.body)) {
    const Next next = begin_waiting(request, framing, head);
    waiting_->response = std::move(response);
    return next;
  }
  complete(resources_, request, response);
  append_answer(request, framing, response);
  request.body = {};
  return Next::more;
}

void Http1Session::append_answer(const Request& request, const Framing& framing,
                                 const Response& response) {
  std::string& out = resources_.output;
  const ByteView body = bytes_at_hand(response.body);
  const ResponseHead head{.status = response.status,
                          .keeps_alive = keeps_alive_,
                          .is_http10 = framing.is_http10,
                          .content_length = body.size()};
  write_head(out, head, response, resources_.date.at(resources_.engine.shard().wall_clock_ms()));
  if (request.method != Method::head && may_have_body(response.status)) out += as_text(body);
  resources_.statistics.count(response.status);
}

Http1Session::Next Http1Session::answer_malformed(const Malformed& malformed) {
  ++resources_.statistics.malformed_requests;
  reason_ = malformed.sentence;
  keeps_alive_ = false;
  arrived_ = {};
  resources_.request.clear();
  append_answer(resources_.request, {},
                Problem(malformed.status, std::string(malformed.sentence)).to_response());
  return Next::end;
}

// The request's texts move out of the scratch memory, which others need.
Http1Session::Next Http1Session::begin_waiting(Request& request, const Framing& framing,
                                               ByteView head) {
  waiting_ = std::make_unique<Waiting>(resources_.body_budget);
  waiting_->head = as_text(head);
  waiting_->framing = framing;
  waiting_->request = std::move(request);
  waiting_->request.move_texts(head, as_bytes(waiting_->head));
  request.clear();
  keep();
  return Next::wait;
}

Task<void> Http1Session::linger() {
  stream_->shutdown_write();
  watchdog_.expect_within(linger_deadline, "");
  for (;;) {
    arrived_ = {};
    const auto is_more = co_await read();
    if (!is_more || !*is_more) break;
  }
}

void Http1Session::on_expired(std::string_view reason) {
  if (reason_.empty() && !reason.empty()) {
    reason_ = reason;
    ++resources_.statistics.timed_out_connections;
  }
  stop_.set(Stop::Reason::closed);
  stream_->close();
}

void Http1Session::drain() {
  draining_ = true;
  stop_.set(Stop::Reason::draining);
  if (is_idle_) stream_->close();
}

void Http1Session::log_end(const Result<>& outcome) {
  Logger& log = resources_.log;
  if (reason_.empty() && !outcome && outcome.error().code() != ErrorCode::closed) {
    reason_ = outcome.error().to_string();
  }
  if (reason_.empty() || draining_) {
    log.debug(log_component, "a connection ended", {{"peer", connection_.peer_address}});
    return;
  }
  log.peer(log_component, "a connection was closed",
           {{"peer", connection_.peer_address}, {"reason", reason_}});
}

}  // namespace koine::http
