#include "protocols/http/http1/endless_body.h"

#include <utility>

#include "protocols/http/http1/session.h"
#include "protocols/http/watchdog.h"

namespace koine::http {

namespace {

// A client that goes on talking to an event stream is not listened to for longer.
constexpr std::size_t ignored_bytes_max = 64 * KiB;
constexpr std::string_view too_slow = "the peer took nothing for too long";

}  // namespace

Task<void> EndlessBody::run(std::unique_ptr<io::Stream> stream, Stop& stop) {
  stream_ = std::move(stream);
  ++resources_.statistics.streams_open;
  gate_.spawn(watch(stop));
  const Result<> outcome = co_await send(stop);
  --resources_.statistics.streams_open;
  if (outcome) {
    co_await linger();
  } else {
    log_failure(outcome.error());
    stream_->close();
    co_await gate_.close();
  }
}

Task<Result<>> EndlessBody::send(Stop& stop) {
  while (true) {
    CO_TRY(const Sent sent, send_part(co_await source_->fill(body_, stop), stop));
    if (unsent_ != nullptr) CO_TRY(co_await finish());
    if (sent == Sent::last) co_return Result<>{};
  }
}

Result<EndlessBody::Sent> EndlessBody::send_part(Result<BodySource::More> more, const Stop& stop) {
  if (stop.reason() == Stop::Reason::closed) return fail(ErrorCode::closed);
  // The client sees that the end is missing.
  if (!more) return fail(std::move(more).error().while_doing("making a body"));
  // Asked to stop, it has nothing more to say.
  const bool is_last = *more == BodySource::More::no || (body_.empty() && stop.is_set());
  BodyPart part(body_, end_, is_last ? IsLast::yes : IsLast::no);
  TRY(const io::Moved moved, part.try_write(*stream_));
  resources_.statistics.bytes_sent += moved.bytes;
  if (part.is_sent()) {
    body_.clear();
    body_.adapt(false);
  } else {
    unsent_ = std::make_unique<BodyPart>(part);
    source_->pause();
  }
  return is_last ? Sent::last : Sent::part;
}

Task<Result<>> EndlessBody::finish() {
  bool is_expired = false;
  Watchdog watchdog(resources_.engine.shard().reactor(), [&](std::string_view) {
    is_expired = true;
    stream_->close();
  });
  while (!unsent_->is_sent()) {
    watchdog.expect_within(resources_.options.send_deadline, too_slow);
    const Result<> writable = co_await stream_->wait_writable();
    if (is_expired) co_return fail(ErrorCode::timed_out, std::string(too_slow));
    CO_TRY(writable);
    CO_TRY(const io::Moved moved, unsent_->try_write(*stream_));
    resources_.statistics.bytes_sent += moved.bytes;
  }
  unsent_ = nullptr;
  body_.clear();
  body_.adapt(true);
  co_return Result<>{};
}

// The peer has a moment to take what was sent last and to end too.
Task<void> EndlessBody::linger() {
  Watchdog watchdog(resources_.engine.shard().reactor(),
                    [this](std::string_view) { stream_->close(); });
  watchdog.expect_within(linger_deadline, {});
  stream_->shutdown_write();
  co_await gate_.close();
  stream_->close();
}

Task<void> EndlessBody::watch(Stop& stop) {
  while (ignore_arrived(co_await stream_->wait_readable(), stop)) {
  }
}

// False: there is no more to wait for.
bool EndlessBody::ignore_arrived(const Result<>& readable, Stop& stop) {
  Result<io::Moved> moved = fail(ErrorCode::closed);
  if (readable) moved = stream_->try_read(resources_.scratch);
  if (!moved || moved->end_of_stream) {
    stop.set(Stop::Reason::closed);
    return false;
  }
  ignored_ += moved->bytes;
  resources_.statistics.bytes_received += moved->bytes;
  return ignored_ < ignored_bytes_max;
}

void EndlessBody::log_failure(const Error& error) {
  if (error.code() == ErrorCode::closed) return;
  if (error.code() == ErrorCode::timed_out) ++resources_.statistics.timed_out_connections;
  resources_.log.peer(log_component, "a connection was closed",
                      {{"peer", stream_->peer_address()}, {"reason", error.message()}});
}

}  // namespace koine::http
