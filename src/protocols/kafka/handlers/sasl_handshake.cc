#include "protocols/kafka/handlers/sasl_handshake.h"

#include <algorithm>
#include <utility>

#include "protocols/kafka/handlers/sasl_authenticate.h"

namespace koine::kafka {

// A client that logs in where nobody can, or a second time, is told so, as by Kafka.
Task<SaslHandshakeResponse> handle(Scope& scope, SaslHandshakeRequest request, Version version) {
  Login& login = scope.connection.login;
  const bool has_users = scope.options.users != nullptr && !scope.options.users->empty();
  if (!has_users || login.step == Login::Step::done) {
    co_return SaslHandshakeResponse{.error_code = KafkaError::illegal_sasl_state};
  }
  SaslHandshakeResponse response{.mechanisms = sasl_mechanisms()};
  if (login.step != Login::Step::none) {
    response.error_code = KafkaError::illegal_sasl_state;
    login.step = Login::Step::failed;
  } else if (std::ranges::find(response.mechanisms, request.mechanism) ==
             response.mechanisms.end()) {
    response.error_code = KafkaError::unsupported_sasl_mechanism;
    login.step = Login::Step::failed;
  } else {
    login.step = Login::Step::chosen;
    login.handshake_version = version;
    login.mechanism = std::move(request.mechanism);
  }
  co_return response;
}

}  // namespace koine::kafka
