#include "protocols/kafka/handlers/join_group.h"

#include <utility>

#include "protocols/kafka/errors.h"
#include "protocols/kafka/handlers/consumer_protocol.h"
#include "protocols/kafka/handlers/coordinator_call.h"

namespace koine::kafka {

namespace {

constexpr Version rebalance_timeout_first = 1;
constexpr Version member_id_required_first = 4;   // KIP-394
constexpr Version skipping_assignment_first = 9;  // KIP-814

// "/127.0.0.1", as Java writes an address and operators' tools expect it.
std::string client_host(const Connection& connection) {
  const auto endpoint = io::Endpoint::parse(connection.peer_address);
  return "/" + (endpoint ? endpoint->host : connection.peer_address);
}

std::vector<core::GroupProtocol> protocols_of(const Scope& scope, const JoinGroupRequest& request) {
  std::vector<core::GroupProtocol> protocols;
  protocols.reserve(request.protocols.size());
  for (const JoinGroupRequest::Protocol& protocol : request.protocols) {
    core::GroupProtocol& taken = protocols.emplace_back();
    taken.name = protocol.name;
    taken.metadata = scope.keep(protocol.metadata);
    if (request.protocol_type == core::consumer_protocol_type) {
      taken.topics = subscribed_topics(protocol.metadata);
    }
  }
  return protocols;
}

core::JoinRequest to_core(const Scope& scope, JoinGroupRequest request, Version version) {
  auto protocols = protocols_of(scope, request);
  return {
      .group = std::move(request.group_id),
      .member_id = std::move(request.member_id),
      .instance_id = std::move(request.group_instance_id),
      .client_id = scope.client_id.value_or(""),
      .client_host = client_host(scope.connection),
      .session_timeout_ms = request.session_timeout_ms,
      .rebalance_timeout_ms = version < rebalance_timeout_first ? request.session_timeout_ms
                                                                : request.rebalance_timeout_ms,
      .protocol_type = std::move(request.protocol_type),
      .protocols = std::move(protocols),
      .requires_known_member_id = version >= member_id_required_first,
      .supports_skipping_assignment = version >= skipping_assignment_first,
  };
}

JoinGroupResponse to_wire(Scope& scope, core::JoinResult result) {
  JoinGroupResponse response{
      .error_code = to_kafka_error(result.error),
      .generation_id = result.generation,
      .leader = std::move(result.leader),
      .skip_assignment = result.skip_assignment,
      .member_id = std::move(result.member_id),
  };
  if (result.error != core::GroupError::none) return response;
  response.protocol_type = std::move(result.protocol_type);
  response.protocol_name = std::move(result.protocol_name);
  response.members.reserve(result.members.size());
  for (core::JoinedMember& member : result.members) {
    response.members.push_back({.member_id = std::move(member.member_id),
                                .group_instance_id = std::move(member.instance_id),
                                .metadata = scope.lend(member.metadata)});
  }
  return response;
}

}  // namespace

Task<JoinGroupResponse> handle(Scope& scope, JoinGroupRequest request, Version version) {
  if (request.reason && !request.reason->empty()) {
    scope.log.debug(log_component, "a member joins",
                    {{"group", request.group_id}, {"reason", *request.reason}});
  }
  const std::string group = request.group_id;
  auto joining = to_core(scope, std::move(request), version);
  const auto call = call_coordinator_of<core::JoinResult>(
      scope, group, [joining = std::move(joining)](core::GroupCoordinator& groups) mutable {
        return groups.join(std::move(joining));
      });
  co_return to_wire(scope, co_await call);
}

}  // namespace koine::kafka
