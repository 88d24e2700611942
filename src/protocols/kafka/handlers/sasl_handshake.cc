#include "protocols/kafka/handlers/sasl_handshake.h"

#include <algorithm>
#include <utility>

#include "protocols/kafka/handlers/sasl_authenticate.h"

namespace koine::kafka {

// A client that logs in where nobody needs to, or a second time, is told so, as by Kafka: what it waits for won't come.
Task<SaslHandshakeResponse> handle(Scope& scope, SaslHandshakeRequest request, Version version) {
  Login& login = scope.connection.login;
  if (!scope.options.needs_login() || login.step == Login::Step::done) {
    co_return SaslHandshakeResponse{.error_code = KafkaError::illegal_sasl_state};
  }
  SaslHandshakeResponse response{.mechanisms = sasl_mechanisms()};
  if (login.step != Login::Step::none) {
    response.error_code = KafkaError::illegal_sasl_state;
    login.step = Login::Step::failed;
  } else if (std::ranges::find(response.mechanisms, request.mechanism) == response.mechanisms.end()) {
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
