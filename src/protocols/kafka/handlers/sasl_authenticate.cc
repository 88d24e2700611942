#include "protocols/kafka/handlers/sasl_authenticate.h"

#include <array>
#include <utility>

#include "core/scram.h"
#include "core/scram_server.h"
#include "core/users.h"

namespace koine::kafka {

namespace {

constexpr std::string_view plain_mechanism = "PLAIN";

// 24 random bytes are 32 characters of base64.
constexpr std::size_t nonce_bytes = 24;

std::string new_nonce(io::Random& random) {
  std::array<std::byte, nonce_bytes> bytes{};
  random.fill(bytes);
  return core::to_base64(bytes);
}

// PLAIN has one round and no answer.
Result<std::string> continue_plain(const Scope& scope, std::string_view token) {
  Login& login = scope.connection.login;
  if (!scope.connection.is_encrypted && !io::is_on_this_machine(scope.connection.peer_address)) {
    scope.log.peer(log_component, "a password arrived over the network without encryption",
                   {{"peer", scope.connection.peer_address}});
  }
  TRY(const auto message, core::PlainMessage::parse(token));
  if (!scope.options.users->has_password(message.user, message.password)) {
    return fail(ErrorCode::unauthenticated, "no such user, or a wrong password");
  }
  login.user = message.user;
  login.step = Login::Step::done;
  return std::string();
}

Result<std::string> continue_scram(const Scope& scope, std::string_view token) {
  Login& login = scope.connection.login;
  if (login.step == Login::Step::chosen) {
    const auto hash = core::scram_hash_of(login.mechanism).value_or(core::ScramHash::sha256);
    login.scram =
        std::make_unique<core::ScramServer>(scope.options.users, hash, new_nonce(scope.random));
    TRY(auto answer, login.scram->first(token));
    login.step = Login::Step::exchanging;
    return answer;
  }
  TRY(auto answer, login.scram->finish(token));
  login.user = login.scram->user();
  login.scram.reset();
  login.step = Login::Step::done;
  return answer;
}

SaslAuthenticateResponse refuse(const Scope& scope, const Error& error) {
  Login& login = scope.connection.login;
  login.step = Login::Step::failed;
  login.scram.reset();
  scope.log.peer(log_component, "a login failed",
                 {{"peer", scope.connection.peer_address},
                  {"mechanism", login.mechanism},
                  {"reason", error.to_string()}});
  return {.error_code = KafkaError::sasl_authentication_failed,
          .error_message = "authentication failed: " + error.message()};
}

}  // namespace

std::vector<std::string> sasl_mechanisms() {
  return {std::string(plain_mechanism), std::string(core::mechanism_of(core::ScramHash::sha256)),
          std::string(core::mechanism_of(core::ScramHash::sha512))};
}

Task<SaslAuthenticateResponse> handle(Scope& scope, SaslAuthenticateRequest request,
                                      Version /*version*/) {
  Login& login = scope.connection.login;
  if (login.step != Login::Step::chosen && login.step != Login::Step::exchanging) {
    co_return SaslAuthenticateResponse{
        .error_code = KafkaError::illegal_sasl_state,
        .error_message = "a login begins with SaslHandshake, once for each connection"};
  }
  const std::string_view token = as_text(request.auth_bytes);
  auto answer = login.mechanism == plain_mechanism ? continue_plain(scope, token)
                                                   : continue_scram(scope, token);
  if (!answer) co_return refuse(scope, answer.error());
  login.answer = std::move(*answer);
  if (login.step == Login::Step::done) {
    scope.log.debug(log_component, "logged in",
                    {{"peer", scope.connection.peer_address}, {"user", login.user}});
  }
  co_return SaslAuthenticateResponse{.auth_bytes = as_bytes(login.answer)};
}

Task<Bytes> take_sasl_token(Scope& scope) {
  const auto handling = handle(scope, SaslAuthenticateRequest{.auth_bytes = scope.frame.view()}, 0);
  const SaslAuthenticateResponse response = co_await handling;
  co_return Bytes::copy_of(response.auth_bytes);
}

}  // namespace koine::kafka
