#include "protocols/http/websocket/websocket.h"

#include <array>
#include <utility>

#include "protocols/http/websocket/binary_answers.h"
#include "protocols/http/websocket/json_answers.h"

namespace koine::http {

namespace {

// A message of this size is held without asking.
constexpr std::size_t free_bytes_max = 64 * KiB;
// A message that has begun has so many pings' time to be whole.
constexpr int pings_in_message_max = 4;
// Who was told goodbye has so long to answer.
constexpr Duration goodbye_deadline = std::chrono::seconds(1);

}  // namespace

WebSocket::WebSocket(BrokerResources& resources, Compression compression, Form form)
    : resources_(resources),
      compression_(compression),
      form_(form),
      reader_(socket_message_bytes_max,
              compression == Compression::yes ? &resources.inflater : nullptr),
      room_(resources.engine.shard().reactor()) {}

WebSocket::~WebSocket() = default;

Task<void> WebSocket::run(std::unique_ptr<io::Stream> stream, Stop& stop) {
  stream_ = std::move(stream);
  output_ = std::make_unique<SocketOutput>(
      resources_.engine.shard().reactor(), *stream_, gate_,
      form_ == Form::json ? Opcode::text : Opcode::binary,
      compression_ == Compression::yes ? &resources_.deflater : nullptr, resources_.statistics,
      resources_.options.send_deadline, [this] { on_output_changed(); });
  if (form_ == Form::json) {
    answers_ = std::make_unique<JsonAnswers>(*output_, resources_.record_json);
  } else {
    answers_ = std::make_unique<BinaryAnswers>(*output_);
  }
  gate_.spawn(watch_stop(stop));
  arm_ping();
  co_await read_all();
  is_ended_ = true;
  resources_.engine.shard().reactor().cancel(ping_timer_);
  const Leaving how = is_goodbye_ || is_closing_ ? Leaving::goodbye : Leaving::lost;
  for (auto& [id, subscription] : subscriptions_) co_await subscription->close(how);
  co_await linger();
  stop.changed().notify_all();
  co_await gate_.close();
  subscriptions_.clear();
}

Task<void> WebSocket::read_all() {
  while (true) {
    if (!may_read()) {
      if (output_->has_failed()) co_return;
      co_await room_.wait();
      continue;
    }
    if (!kept_.empty()) {
      const auto kept = std::exchange(kept_, {});
      if (take_bytes(kept) == Next::end) co_return;
      continue;
    }
    if (!co_await hold_memory()) co_return;
    const Result<> readable = co_await stream_->wait_readable();
    if (!readable) co_return;
    // Others' as soon as we wait.
    const MutableByteView scratch(resources_.scratch);
    const auto moved = stream_->try_read(scratch);
    if (!moved || moved->end_of_stream) co_return;
    resources_.statistics.bytes_received += moved->bytes;
    was_heard_ = was_heard_ || moved->bytes > 0;
    if (take_bytes(scratch.first(moved->bytes)) == Next::end) co_return;
  }
}

// A peer that does not take answers is not read from.
bool WebSocket::may_read() const {
  return output_->has_room() && !output_->has_failed() && under_way_ < under_way_max &&
         under_way_bytes_ < under_way_bytes_max && done_early_.size() < under_way_max;
}

Task<bool> WebSocket::hold_memory() {
  const std::size_t bytes = reader_.bytes_kept();
  if (bytes <= free_bytes_max) {
    memory_.reset();
  } else {
    if (!memory_) memory_.emplace(resources_.body_budget);
    co_await memory_->hold(socket_message_bytes_max);
  }
  co_return !output_->has_failed();
}

WebSocket::Next WebSocket::take_bytes(ByteView bytes) {
  while (!bytes.empty()) {
    auto message = reader_.next(bytes);
    if (!message) return end_with(message.error());
    if (!*message) return Next::go_on;
    pings_in_message_ = 0;
    if (take_message(std::move(**message)) == Next::end) return Next::end;
    if (may_read()) continue;
    kept_.assign(bytes.begin(), bytes.end());
    return Next::go_on;
  }
  return Next::go_on;
}

WebSocket::Next WebSocket::take_message(WebSocketMessage message) {
  switch (message.kind) {
    case Opcode::ping: output_->send_control(Opcode::pong, as_text(message.payload)); break;
    case Opcode::close:
      is_goodbye_ = true;
      if (!is_closing_) output_->send_close(CloseCode::normal, {});
      return Next::end;
    case Opcode::binary:
      if (form_ == Form::json) return close_with(CloseCode::unsupported, "koine.json.v1 is text");
      if (!is_closing_) take_binary(message.payload);
      break;
    case Opcode::text:
      if (form_ == Form::binary) {
        return close_with(CloseCode::unsupported, "koine.binary.v1 is binary");
      }
      if (!is_closing_) take_json(message.payload);
      break;
    default: break;
  }
  return Next::go_on;
}

WebSocket::Next WebSocket::close_with(CloseCode code, std::string_view reason) {
  output_->send_close(code, reason);
  return Next::end;
}

WebSocket::Next WebSocket::end_with(const Violation& violation) {
  ++resources_.statistics.malformed_requests;
  resources_.log.info(log_component, "a websocket was closed",
                      {{"peer", stream_->peer_address()}, {"reason", violation.sentence}});
  return close_with(violation.code, violation.sentence);
}

void WebSocket::on_output_changed() {
  room_.notify_all();
  if (!output_->has_room()) return;
  for (auto& [id, subscription] : subscriptions_) subscription->on_room();
}

// The server drains: the client should come again soon.
Task<void> WebSocket::watch_stop(Stop& stop) {
  while (!stop.is_set() && !is_ended_) co_await stop.changed().wait();
  if (is_ended_) co_return;
  is_closing_ = true;
  output_->send_close(CloseCode::restart, "the server stops");
  io::Reactor& reactor = resources_.engine.shard().reactor();
  reactor.cancel(ping_timer_);
  ping_timer_ = reactor.call_at(reactor.now() + goodbye_deadline, [this] { stream_->close(); });
}

// What was said last is taken, and the peer ends too: closing before would throw away what it has not read.
Task<void> WebSocket::linger() {
  Watchdog watchdog(resources_.engine.shard().reactor(),
                    [this](std::string_view) { stream_->close(); });
  watchdog.expect_within(goodbye_deadline, "the peer did not close");
  while (!output_->is_empty() && !output_->has_failed()) co_await room_.wait();
  stream_->shutdown_write();
  while (!output_->has_failed()) {
    const Result<> readable = co_await stream_->wait_readable();
    if (!readable) break;
    const auto moved = stream_->try_read(resources_.scratch);
    if (!moved || moved->end_of_stream) break;
  }
  stream_->close();
}

void WebSocket::arm_ping() {
  io::Reactor& reactor = resources_.engine.shard().reactor();
  ping_timer_ = reactor.call_at(reactor.now() + ping_interval, [this] { ping(); });
}

void WebSocket::ping() {
  ping_timer_ = io::TimerId::none;
  const bool is_stuck = reader_.is_in_message() && ++pings_in_message_ > pings_in_message_max;
  if (!std::exchange(was_heard_, false) || is_stuck) {
    ++resources_.statistics.timed_out_connections;
    stream_->close();
    return;
  }
  output_->send_control(Opcode::ping, {});
  arm_ping();
}

}  // namespace koine::http
