// Requests whose body, handler or response takes its time.
#include <algorithm>
#include <utility>
#include <vector>

#include "protocols/http/http1/chunked.h"
#include "protocols/http/http1/session.h"
#include "protocols/http/problem.h"

namespace koine::http {

namespace {

constexpr std::string_view continue_line = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

Task<Result<>> Http1Session::finish_waiting() {
  Waiting& waiting = *waiting_;
  if (!waiting.response && waiting.framing.has_body()) {
    watchdog_.expect_within(resources_.options.body_deadline, "a body did not arrive in time");
    CO_TRY(co_await read_body());
    watchdog_.relax();
  }
  if (!waiting.response) co_await handle_waiting();
  Result<> sent = co_await send_response();
  waiting_.reset();
  co_return sent;
}

Task<Result<>> Http1Session::read_body() {
  Waiting& waiting = *waiting_;
  if (waiting.framing.expects_continue && arrived_.empty()) {
    resources_.output = continue_line;
    CO_TRY(const bool is_sent, try_flush());
    if (!is_sent) CO_TRY(co_await flush());
  }
  if (waiting.framing.is_chunked) {
    co_return co_await read_chunked_body();
  }
  co_return co_await read_sized_body(waiting.framing.content_length);
}

Task<Result<>> Http1Session::read_sized_body(std::size_t size) {
  std::vector<std::byte> body;
  while (body.size() < size) {
    if (arrived_.empty()) {
      CO_TRY(const bool is_more, co_await read());
      if (!is_more) co_return fail(ErrorCode::closed, "the peer ended inside a body");
    }
    const ByteView part = arrived_.first(std::min(arrived_.size(), size - body.size()));
    body.insert(body.end(), part.begin(), part.end());
    skip(part.size());
    if (!waiting_->memory.try_hold(body.size())) co_await waiting_->memory.hold(body.size());
  }
  waiting_->request.body = Bytes::copy_of(body);
  co_return Result<>{};
}

Task<Result<>> Http1Session::read_chunked_body() {
  ChunkedDecoder decoder(body_bytes_max_of(resources_, *waiting_->route));
  std::vector<std::byte> body;
  for (;;) {
    const auto taken = decoder.decode(arrived_, body);
    if (!taken) {
      // Where the next request begins is not known.
      keeps_alive_ = false;
      ++resources_.statistics.malformed_requests;
      reason_ = taken.error().sentence;
      arrived_ = {};
      waiting_->response =
          Problem(taken.error().status, std::string(taken.error().sentence)).to_response();
      co_return Result<>{};
    }
    skip(*taken);
    if (decoder.is_done()) break;
    if (!waiting_->memory.try_hold(body.size())) co_await waiting_->memory.hold(body.size());
    CO_TRY(const bool is_more, co_await read());
    if (!is_more) co_return fail(ErrorCode::closed, "the peer ended inside a body");
  }
  waiting_->request.body = Bytes::copy_of(body);
  co_return Result<>{};
}

Task<void> Http1Session::handle_waiting() {
  Waiting& waiting = *waiting_;
  keep();
  Scope scope{resources_, connection_, stop_};
  Begun begun = begin(scope, waiting.request, *waiting.route);
  if (auto* const response = std::get_if<Response>(&begun)) {
    waiting.response = std::move(*response);
    co_return;
  }
  if (waiting.route->waits == Waits::yes) start_watching();
  const Task<Outcome<Response>> task = std::move(std::get<Task<Outcome<Response>>>(begun));
  Outcome<Response> outcome = co_await task;
  waiting.response = outcome ? std::move(*outcome) : outcome.error().to_response();
}

Task<Result<>> Http1Session::send_response() {
  Waiting& waiting = *waiting_;
  Response& response = *waiting.response;
  complete(resources_, waiting.request, response);
  if (draining_) keeps_alive_ = false;
  if (response.is_tunnel()) co_return co_await start_tunnel();
  if (std::holds_alternative<std::unique_ptr<BodySource>>(response.body)) {
    co_return co_await send_made();
  }
  resources_.output.clear();
  append_answer(waiting.request, waiting.framing, response);
  CO_TRY(const bool is_sent, try_flush());
  if (!is_sent) CO_TRY(co_await flush());
  co_return Result<>{};
}

Task<Result<>> Http1Session::send_made() {
  Waiting& waiting = *waiting_;
  auto& source = std::get<std::unique_ptr<BodySource>>(waiting.response->body);
  const bool has_body = waiting.request.method != Method::head;
  // Somebody who reads the connection can't be told to leave it.
  const bool is_given_up = has_body && source->is_endless() && !is_watching_;
  const bool is_sized = source->size() >= 0;
  const bool is_http10 = waiting.framing.is_http10;
  if (is_given_up || (!is_sized && is_http10)) keeps_alive_ = false;
  const ResponseHead head{
      .status = waiting.response->status,
      .keeps_alive = keeps_alive_,
      .is_http10 = is_http10,
      .body_end = is_sized    ? BodyEnd::length
                  : is_http10 ? BodyEnd::close
                              : BodyEnd::chunks,
      .content_length = is_sized ? static_cast<std::uint64_t>(source->size()) : 0};
  resources_.output.clear();
  write_head(resources_.output, head, *waiting.response,
             resources_.date.at(resources_.engine.shard().wall_clock_ms()));
  resources_.statistics.count(head.status);
  // At once: who listens to events wants to know that it does.
  CO_TRY(const bool is_sent, try_flush());
  if (!is_sent) CO_TRY(co_await flush());
  if (!has_body) co_return Result<>{};
  if (is_given_up) {
    endless_ = std::make_unique<EndlessBody>(resources_, std::move(source), head.body_end);
    co_return Result<>{};
  }
  ++resources_.statistics.streams_open;
  Result<> sent = co_await send_source(*source, head.body_end);
  --resources_.statistics.streams_open;
  co_return sent;
}

Task<Result<>> Http1Session::send_source(BodySource& source, BodyEnd end) {
  start_watching();
  // Answered; what is made from here on may take hours.
  waiting_->request = Request();
  waiting_->head = {};
  waiting_->response->headers = {};
  BodyBuffer body;
  for (bool is_last = false; !is_last;) {
    auto more = co_await source.fill(body, stop_);
    if (stop_.reason() == Stop::Reason::closed) co_return fail(ErrorCode::closed);
    if (!more) {
      // The client sees that the end is missing.
      reason_ = std::move(more).error().while_doing("making a body").to_string();
      keeps_alive_ = false;
      co_return Result<>{};
    }
    // Asked to stop, it has nothing more to say.
    is_last = *more == BodySource::More::no || (body.empty() && stop_.is_set());
    BodyPart part(body, end, is_last ? IsLast::yes : IsLast::no);
    CO_TRY(const bool was_slow, co_await send_part(part, source));
    body.clear();
    body.adapt(was_slow);
  }
  co_return Result<>{};
}

// Whether it had to wait for the peer.
Task<Result<bool>> Http1Session::send_part(BodyPart& part, BodySource& source) {
  bool was_slow = false;
  while (!part.is_sent()) {
    CO_TRY(const io::Moved moved, part.try_write(*stream_));
    resources_.statistics.bytes_sent += moved.bytes;
    if (moved.bytes > 0) continue;
    if (!std::exchange(was_slow, true)) source.pause();
    watchdog_.expect_within(resources_.options.send_deadline, "the peer took nothing for too long");
    CO_TRY(co_await stream_->wait_writable());
  }
  watchdog_.relax();
  co_return was_slow;
}

Task<Result<>> Http1Session::start_tunnel() {
  if (is_watching_) {
    // Somebody reads already.
    keeps_alive_ = false;
    waiting_->response =
        Problem(Status::bad_request, "an upgrade can't be pipelined").to_response();
    co_return co_await send_response();
  }
  Response& response = *waiting_->response;
  response.status = Status::switching_protocols;
  response.with("Connection", "Upgrade").with("Upgrade", waiting_->request.upgrade);
  resources_.output.clear();
  write_head(resources_.output, {.status = response.status}, response,
             resources_.date.at(resources_.engine.shard().wall_clock_ms()));
  resources_.statistics.count(response.status);
  CO_TRY(const bool is_sent, try_flush());
  if (!is_sent) CO_TRY(co_await flush());
  tunnel_ = std::move(std::get<std::unique_ptr<Tunnel>>(response.body));
  co_return Result<>{};
}

}  // namespace koine::http
