// The parts of Session that know who is logged in, and the tokens that come as frames of their own.
#include <fmt/format.h>

#include <array>
#include <utility>

#include "base/byte_order.h"
#include "protocols/kafka/frame.h"
#include "protocols/kafka/session.h"

namespace koine::kafka {

bool Session::is_stranger() const {
  return resources_.options.needs_login() && connection_.login.step != Login::Step::done;
}

// A client that chose its mechanism with SaslHandshake 0 sends bare tokens until the exchange has ended.
bool Session::expects_token() const {
  const Login& login = connection_.login;
  return login.handshake_version == 0 &&
         (login.step == Login::Step::chosen || login.step == Login::Step::exchanging);
}

std::size_t Session::frame_size_max() const {
  const std::size_t configured = resources_.options.request_bytes_max;
  return is_stranger() ? std::min(configured, frame_size_max_unauthenticated) : configured;
}

Result<> Session::check_login(const RequestHeader& header, const Operation& operation) {
  if (operation.is_open_to_strangers || !is_stranger()) return {};
  ++resources_.statistics.refused_requests;
  return fail(ErrorCode::unauthenticated,
              fmt::format("{} before the client has logged in", header.api->name));
}

Task<Result<Session::Next>> Session::take_token(Bytes token) {
  const Operation* const operation = find_operation(ApiKey::sasl_authenticate);
  if (operation == nullptr || operation->take_token == nullptr) {
    co_return fail(ErrorCode::unsupported, "a login without SaslAuthenticate");
  }
  Scope scope = scope_for(std::nullopt, std::move(token));
  const auto taking = operation->take_token(scope);
  const Bytes answer = co_await taking;
  if (connection_.login.step == Login::Step::failed) {
    // This form of the protocol has no words for a failure.
    co_return fail(ErrorCode::unauthenticated, "the login failed");
  }
  Response response;
  response.bytes.resize(frame_prefix_size);
  store_be(response.bytes.data(), static_cast<std::int32_t>(answer.size()));
  response.bytes.insert(response.bytes.end(), answer.view().begin(), answer.view().end());
  CO_TRY(co_await writer_.send(std::move(response)));
  co_return Next::go_on;
}

}  // namespace koine::kafka
