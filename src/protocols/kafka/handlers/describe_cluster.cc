#include "protocols/kafka/handlers/describe_cluster.h"

#include "protocols/kafka/authorized_operations.h"

namespace koine::kafka {

namespace {

// DescribeCluster's endpoint_type (KIP-919): brokers, or the controllers that Kafka has apart from them.
constexpr std::int8_t endpoint_type_brokers = 1;
constexpr std::int8_t endpoint_type_controllers = 2;

}  // namespace

Task<DescribeClusterResponse> handle(Scope& scope, DescribeClusterRequest request,
                                     Version /*version*/) {
  DescribeClusterResponse response{.endpoint_type = endpoint_type_brokers,
                                   .cluster_id = scope.engine.cluster_id()};
  if (request.endpoint_type != endpoint_type_brokers) {
    response.error_code = request.endpoint_type == endpoint_type_controllers
                              ? KafkaError::mismatched_endpoint_type
                              : KafkaError::unsupported_endpoint_type;
    response.error_message = "this is a broker's endpoint: ask for brokers";
    co_return response;
  }
  response.controller_id = broker_id;
  response.brokers = {{.broker_id = broker_id,
                       .host = scope.connection.advertised.host,
                       .port = scope.connection.advertised.port}};
  if (request.include_cluster_authorized_operations) {
    response.cluster_authorized_operations = cluster_operations;
  }
  co_return response;
}

}  // namespace koine::kafka
