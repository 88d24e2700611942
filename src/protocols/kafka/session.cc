#include "protocols/kafka/session.h"

#include <fmt/format.h>

#include <utility>

#include "protocols/kafka/frame.h"
#include "protocols/kafka/handlers/answer.h"
#include "protocols/kafka/handlers/api_versions.h"
#include "runtime/turn.h"

namespace koine::kafka {

namespace {

// Small answers are joined up to about a socket buffer's worth.
constexpr std::size_t joined_bytes_max = 64 * KiB;

}  // namespace

namespace {

Connection describe(const io::Stream& stream, const BrokerOptions& options) {
  Connection connection{.peer_address = stream.peer_address(),
                        .is_encrypted = stream.is_encrypted(),
                        .peer_identity = stream.peer_identity()};
  if (options.advertised) {
    connection.advertised = *options.advertised;
  } else if (auto local = io::Endpoint::parse(stream.local_address())) {
    connection.advertised = std::move(*local);
  }
  return connection;
}

}  // namespace

Session::Session(BrokerResources& resources, std::unique_ptr<io::Stream> stream)
    : resources_(resources),
      stream_(std::move(stream)),
      connection_(describe(*stream_, resources.options)),
      hurry_(resources.engine.shard().reactor()),
      watchdog_(resources.engine.shard().reactor(), resources.options.idle_max,
                [this](std::string_view reason) { expire(reason); }),
      reader_(resources, *stream_, watchdog_),
      writer_(resources, *stream_, watchdog_),
      in_flight_changed_(resources.engine.shard().reactor()) {}

Task<void> Session::run() {
  Statistics& statistics = resources_.statistics;
  ++statistics.connections_opened;
  ++statistics.connections_open;
  const Result<> outcome = co_await serve();
  hurry_.set();
  co_await gate_.close();
  log_end(broken_ ? Result<>(fail(*broken_)) : outcome);
  stream_->close();
  --statistics.connections_open;
}

Task<Result<>> Session::serve() {
  for (;;) {
    CO_TRY(auto frame, co_await reader_.next(frame_size_max()));
    if (!frame) break;
    if (draining_) continue;  // too late
    handling_ = true;
    const auto next = co_await take(std::move(*frame));
    handling_ = false;
    CO_TRY(const Next what, next);
    if (what == Next::end || broken_) break;
    if (draining_ && is_idle()) end_writing();
  }
  co_return Result<>{};
}

Task<Result<Session::Next>> Session::take(Bytes frame) {
  if (expects_token()) co_return co_await take_token(std::move(frame));
  Reader reader(frame.view());
  CO_TRY(RequestHeader header, decode_request_header(reader));
  const Operation* const operation =
      header.api == nullptr ? nullptr : find_operation(header.api->key);
  if (operation == nullptr) co_return co_await answer_unknown(std::move(header));
  resources_.statistics.count(*header.api);
  CO_TRY(check_login(header, *operation));
  if (header.client_id) client_id_ = *header.client_id;

  Scope scope = scope_for(header.client_id, std::move(frame));
  Request request{.header = std::move(header), .body = reader.rest()};
  if (operation->begin != nullptr) co_return co_await begin(*operation, scope, std::move(request));
  while (!are_all_answered()) co_await in_flight_changed_.wait();
  if (broken_) co_return Next::end;
  co_return co_await answer_now(*operation, scope, std::move(request));
}

Task<Result<Session::Next>> Session::answer_now(const Operation& operation, Scope& scope,
                                                Request request) {
  const auto answering = operation.answer(scope, std::move(request));
  CO_TRY(Response response, co_await answering);
  watchdog_.touch();
  const bool ends = response.closes_connection || connection_.login.step == Login::Step::failed;
  CO_TRY(co_await writer_.send(std::move(response)));
  co_return ends ? Next::end : Next::go_on;
}

Task<Result<Session::Next>> Session::begin(const Operation& operation, Scope& scope,
                                           Request request) {
  while (in_flight_.size() >= in_flight_max) co_await in_flight_changed_.wait();
  if (broken_) co_return Next::end;
  const auto beginning = operation.begin(scope, std::move(request));
  CO_TRY(Task<Response> second_stage, co_await beginning);
  InFlight& place = in_flight_.emplace_back();
  gate_.spawn(finish(&place, std::move(second_stage)));
  co_return Next::go_on;
}

Task<void> Session::finish(InFlight* request, Task<Response> second_stage) {
  {
    const Task<Response> stage = std::move(second_stage);
    request->response = co_await stage;
  }
  if (sending_) co_return;
  sending_ = true;
  co_await send_ready();
  sending_ = false;
  in_flight_changed_.notify_all();
  if (draining_ && is_idle()) end_writing();
}

// The answered requests at the front, as one response where none of them has record data to fill in.
Response Session::take_ready() {
  Response response = std::move(*in_flight_.front().response);
  in_flight_.pop_front();
  while (response.holes.empty() && !response.closes_connection && !in_flight_.empty() &&
         in_flight_.front().response && response.bytes.size() < joined_bytes_max) {
    const Response& next = *in_flight_.front().response;
    if (!next.holes.empty()) break;
    response.bytes.insert(response.bytes.end(), next.bytes.begin(), next.bytes.end());
    response.closes_connection = next.closes_connection;
    in_flight_.pop_front();
  }
  return response;
}

// Everything at the front that is answered; the first finish() that finds its turn comes here.
Task<void> Session::send_ready() {
  // One commit answers many requests: those that were in it come first, and go out in one write.
  co_await runtime::next_turn(resources_.engine.shard().reactor());
  while (!in_flight_.empty() && in_flight_.front().response) {
    Response response = take_ready();
    const bool closes = response.closes_connection;
    if (!broken_) {
      const auto sent = co_await writer_.send(std::move(response));
      if (!sent) broken_ = sent.error();
      if (sent && closes) broken_ = Error(ErrorCode::closed, "a request without an answer failed");
      if (broken_) stream_->close();
    }
    in_flight_changed_.notify_all();
  }
}

Task<Result<Session::Next>> Session::answer_unknown(RequestHeader header) {
  ++resources_.statistics.unsupported_requests;
  if (header.api_key == static_cast<std::int16_t>(ApiKey::api_versions)) {
    // KIP-511: in version 0, which every client can read.
    while (!are_all_answered()) co_await in_flight_changed_.wait();
    header.version = 0;
    CO_TRY(co_await writer_.send(encoded(header, unsupported_api_versions())));
    co_return Next::go_on;
  }
  co_return fail(ErrorCode::unsupported, fmt::format("API {} version {} is not spoken here",
                                                     header.api_key, header.version));
}

Scope Session::scope_for(std::optional<std::string> client_id, Bytes frame) {
  return {.engine = resources_.engine,
          .options = resources_.options,
          .log = resources_.log,
          .random = resources_.random,
          .connection = connection_,
          .hurry = hurry_,
          .client_id = std::move(client_id),
          .frame = std::move(frame),
          .records = {}};
}

void Session::drain() {
  if (draining_) return;
  draining_ = true;
  hurry_.set();
  if (is_idle()) end_writing();
}

void Session::end_writing() {
  if (writing_ended_) return;
  writing_ended_ = true;
  stream_->shutdown_write();
  watchdog_.end_by(resources_.engine.shard().now() + linger);
}

void Session::expire(std::string_view reason) {
  expired_ = reason;
  hurry_.set();
  stream_->close();
}

void Session::log_end(const Result<>& outcome) {
  Logger& log = resources_.log;
  const std::string software =
      fmt::format("{} {}", connection_.client_software_name, connection_.client_software_version);
  if (!expired_.empty() && !draining_) {
    ++resources_.statistics.timed_out_connections;
    log.peer(log_component, "a connection was closed",
             {{"peer", connection_.peer_address}, {"client", client_id_}, {"reason", expired_}});
    return;
  }
  if (outcome || outcome.error().code() == ErrorCode::closed) {
    log.debug(log_component, "a connection ended",
              {{"peer", connection_.peer_address}, {"client", client_id_}, {"software", software}});
    return;
  }
  const ErrorCode code = outcome.error().code();
  if (code == ErrorCode::corrupt || code == ErrorCode::too_large) {
    ++resources_.statistics.malformed_requests;
  }
  log.peer(log_component, "a connection was closed",
           {{"peer", connection_.peer_address},
            {"client", client_id_},
            {"software", software},
            {"reason", outcome.error().to_string()}});
}

}  // namespace koine::kafka
