#include "protocols/kafka/handlers/find_coordinator.h"

#include <utility>

namespace koine::kafka {

namespace {

constexpr std::int8_t key_type_group = 0;
constexpr std::int8_t key_type_transaction = 1;
constexpr Version batched_first = 4;

using Coordinator = FindCoordinatorResponse::Coordinator;

Coordinator find(const Scope& scope, std::int8_t key_type, std::string key) {
  Coordinator found{.key = std::move(key), .node_id = -1, .port = -1};
  switch (key_type) {
    case key_type_group:
      found.node_id = broker_id;
      found.host = scope.connection.advertised.host;
      found.port = scope.connection.advertised.port;
      break;
    case key_type_transaction:
      // UNSUPPORTED_VERSION would be the better word, but librdkafka repeats its request after it until it times out.
      found.error_code = KafkaError::transactional_id_authorization_failed;
      found.error_message = "transactions are not supported";
      scope.log.peer(log_component, "refused a transactional id: transactions are not supported",
                     {{"peer", scope.connection.peer_address}, {"transactional_id", found.key}});
      break;
    default:
      found.error_code = KafkaError::invalid_request;
      found.error_message = "unknown type of coordinator";
  }
  return found;
}

}  // namespace

Task<FindCoordinatorResponse> handle(Scope& scope, FindCoordinatorRequest request,
                                     Version version) {
  FindCoordinatorResponse response;
  if (version >= batched_first) {
    for (std::string& key : request.coordinator_keys) {
      response.coordinators.push_back(find(scope, request.key_type, std::move(key)));
    }
    co_return response;
  }
  Coordinator found = find(scope, request.key_type, std::move(request.key));
  response.error_code = found.error_code;
  response.error_message = std::move(found.error_message);
  response.node_id = found.node_id;
  response.host = std::move(found.host);
  response.port = found.port;
  co_return response;
}

}  // namespace koine::kafka
