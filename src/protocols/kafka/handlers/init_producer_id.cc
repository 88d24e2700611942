#include "protocols/kafka/handlers/init_producer_id.h"

#include "protocols/kafka/errors.h"

namespace koine::kafka {

Task<InitProducerIdResponse> handle(Scope& scope, InitProducerIdRequest request, Version) {
  if (request.transactional_id) {
    scope.log.peer(
        log_component, "a transactional producer was refused; there are no transactions yet",
        {{"peer", scope.connection.peer_address}, {"transactional_id", *request.transactional_id}});
    co_return InitProducerIdResponse{
        .error_code = KafkaError::transactional_id_authorization_failed, .producer_epoch = -1};
  }
  const auto id = co_await scope.engine.new_producer_id();
  if (!id) {
    // Not KAFKA_STORAGE_ERROR: producers take that for final here, and try again after this one.
    co_return InitProducerIdResponse{.error_code = KafkaError::coordinator_load_in_progress,
                                     .producer_epoch = -1};
  }
  co_return InitProducerIdResponse{.producer_id = id->value()};
}

}  // namespace koine::kafka
