// The part of Session that speaks the connection class: the handshake, and the end.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "protocols/amqp/codec.h"
#include "protocols/amqp/login.h"
#include "protocols/amqp/method_table.h"
#include "protocols/amqp/session.h"

namespace koine::amqp {

namespace {

constexpr std::string_view product = "Koine";

core::FieldValue text(std::string_view value) { return {std::string(value)}; }

// What is announced is implemented; clients look at nothing else to find out.
core::FieldTable server_properties(const BrokerOptions& options) {
  core::FieldTable capabilities;
  for (const std::string_view name :
       {"publisher_confirms", "exchange_exchange_bindings", "basic.nack", "consumer_cancel_notify",
        "connection.blocked", "consumer_priorities", "authentication_failure_close",
        "per_consumer_qos", "direct_reply_to"}) {
    capabilities.push_back({std::string(name), core::FieldValue{true}});
  }
  return {{"capabilities", core::FieldValue{std::move(capabilities)}},
          {"product", text(product)},
          {"version", text(options.version)},
          {"platform", text("C++")},
          {"information", text("AMQP 0-9-1 in the dialect of RabbitMQ")}};
}

std::string client_of(const core::FieldTable& properties) {
  std::string client;
  for (const std::string_view name : {"connection_name", "product", "version"}) {
    const core::FieldValue* const value = core::find_field(properties, name);
    if (value == nullptr || value->as_text() == nullptr) continue;
    if (!client.empty()) client += ' ';
    client += *value->as_text();
  }
  return client;
}

// RabbitMQ's words for what connection.tune-ok may not say.
Outcome<> check_agreed(std::string_view name, std::uint32_t value, std::uint32_t min,
                       std::uint32_t max) {
  if (value != 0 && value >= min && value <= max) return {};
  const bool is_low = value != 0 && value < min;
  return refuse(
      ReplyCode::not_allowed,
      fmt::format("negotiated {} = {} is {} than the {} allowed value ({})", name, value,
                  is_low ? "lower" : "higher", is_low ? "minimum" : "maximum", is_low ? min : max));
}

}  // namespace

void Session::send_start() {
  output_.send(0, ConnectionStart{.server_properties = server_properties(resources_.options),
                                  .mechanisms = sasl_mechanisms(resources_.options, connection_),
                                  .locales = "en_US"});
}

Outcome<> Session::take_connection_method(const Frame& frame) {
  Reader reader(frame.payload);
  TRY(const MethodId method, decode_method_id(reader));
  cause_ = method;
  if (method == MethodId::connection_close) {
    TRY(decode<ConnectionClose>(reader));
    return defer(close_for_client());
  }
  if (method == MethodId::connection_close_ok) {
    TRY(decode<ConnectionCloseOk>(reader));
    if (stage_ == Stage::closing) stage_ = Stage::ended;
    return {};
  }
  if (stage_ == Stage::closing) return {};
  if (find_method(method) == nullptr) {
    return refuse(ReplyCode::command_invalid, fmt::format("unimplemented {}", name_of(method)));
  }
  return stage_ == Stage::running ? take_running(method, reader) : take_early(method, reader);
}

Outcome<> Session::take_early(MethodId method, Reader& reader) {
  if (stage_ == Stage::starting && method == MethodId::connection_start_ok) {
    TRY(const auto start_ok, decode<ConnectionStartOk>(reader));
    return take_start_ok(start_ok);
  }
  if (stage_ == Stage::tuning && method == MethodId::connection_tune_ok) {
    TRY(const auto tune_ok, decode<ConnectionTuneOk>(reader));
    return take_tune_ok(tune_ok);
  }
  if (stage_ == Stage::opening && method == MethodId::connection_open) {
    TRY(const auto open, decode<ConnectionOpen>(reader));
    return take_open(open);
  }
  return refuse(ReplyCode::channel_error, fmt::format("unexpected method in connection state {}",
                                                      stage_ == Stage::starting ? "starting"
                                                      : stage_ == Stage::tuning ? "tuning"
                                                                                : "opening"));
}

Outcome<> Session::take_start_ok(const ConnectionStartOk& start_ok) {
  connection_.client = client_of(start_ok.client_properties);
  connection_.capabilities = ClientCapabilities::read(start_ok.client_properties);
  connection_.mechanism = start_ok.mechanism;
  auto user = log_in(resources_.options, connection_, start_ok.mechanism, start_ok.response.text);
  if (!user && user.error().code() == ErrorCode::unauthenticated) {
    refuse_login(start_ok.mechanism, user.error());
    return {};
  }
  if (!user) {
    const bool is_unknown = user.error().code() == ErrorCode::unsupported;
    return refuse(is_unknown ? ReplyCode::command_invalid : ReplyCode::syntax_error,
                  user.error().message());
  }
  connection_.user = std::move(*user);
  stage_ = Stage::tuning;
  const BrokerOptions& options = resources_.options;
  output_.send(0, ConnectionTune{.channel_max = options.channel_max,
                                 .frame_max = options.frame_max,
                                 .heartbeat = options.heartbeat_seconds});
  return {};
}

void Session::refuse_login(const std::string& mechanism, const Error& error) {
  ++resources_.statistics.refused_logins;
  const Refusal refusal{
      .code = ReplyCode::access_refused,
      .sentence = fmt::format("Login was refused using authentication mechanism {}. For details "
                              "see the broker logfile.",
                              mechanism)};
  if (connection_.capabilities.authentication_failure_close) {
    close_connection(refusal, MethodId::none);
  } else {
    stage_ = Stage::ended;
  }
  reason_ = fmt::format("login by {} failed: {}", mechanism, error.message());
}

Outcome<> Session::take_tune_ok(const ConnectionTuneOk& tune_ok) {
  const BrokerOptions& options = resources_.options;
  TRY(check_agreed("frame_max", tune_ok.frame_max, frame_max_min, options.frame_max));
  TRY(check_agreed("channel_max", tune_ok.channel_max, 1, options.channel_max));
  connection_.frame_max = tune_ok.frame_max;
  connection_.channel_max = tune_ok.channel_max;
  reader_.set_frame_max(tune_ok.frame_max);
  heartbeat_.start(std::chrono::seconds(tune_ok.heartbeat));
  stage_ = Stage::opening;
  return {};
}

Outcome<> Session::take_open(const ConnectionOpen& open) {
  const auto& vhosts = resources_.options.vhosts;
  if (std::ranges::find(vhosts, open.virtual_host) == vhosts.end()) {
    return refuse(ReplyCode::not_allowed, fmt::format("vhost {} not found", open.virtual_host));
  }
  connection_.vhost = open.virtual_host;
  has_queues_ = true;
  stage_ = Stage::running;
  heartbeat_.end_by(never);
  output_.send(0, ConnectionOpenOk{});
  return {};
}

Outcome<> Session::take_running(MethodId method, Reader& reader) {
  if (method != MethodId::connection_update_secret) {
    return refuse(ReplyCode::channel_error, "unexpected method in connection state running");
  }
  TRY(const auto update, decode<ConnectionUpdateSecret>(reader));
  if (!is_secret_of(resources_.options, connection_, update.new_secret.text)) {
    return refuse(ReplyCode::not_allowed, "New secret was refused by one of the backends");
  }
  output_.send(0, ConnectionUpdateSecretOk{});
  return {};
}

// What the client had is returned, and its exclusive queues are gone, before it is told that it is closed.
Task<Outcome<>> Session::close_for_client() {
  is_clean_end_ = stage_ == Stage::running;
  for (const ChannelPtr& channel : channels_) {
    if (channel != nullptr) channel->state = Channel::State::closing;
  }
  co_await end_channels();
  output_.send(0, ConnectionCloseOk{});
  stage_ = Stage::ended;
  co_return Outcome<>{};
}

void Session::close_connection(const Refusal& refusal, MethodId cause) {
  if (stage_ == Stage::closing || stage_ == Stage::ended) return;
  stage_ = Stage::closing;
  reason_ = refusal.reply_text();
  if (!draining_) ++resources_.statistics.connections_closed_by_error;
  output_.send(0, ConnectionClose{.reply_code = std::to_underlying(refusal.code),
                                  .reply_text = reason_,
                                  .class_id = class_of(cause),
                                  .method_id = method_of(cause)});
  heartbeat_.end_by(resources_.core.shard().now() + close_deadline);
}

}  // namespace koine::amqp
