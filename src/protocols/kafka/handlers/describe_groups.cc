#include "protocols/kafka/handlers/describe_groups.h"

#include <unordered_map>
#include <utility>

#include "protocols/kafka/authorized_operations.h"
#include "protocols/kafka/errors.h"
#include "protocols/kafka/handlers/coordinator_call.h"
#include "protocols/kafka/handlers/group_states.h"

namespace koine::kafka {

namespace {

using Descriptions = std::vector<core::GroupDescription>;

Task<Descriptions> describe(Scope& scope, OwnedGroups asked) {
  return call_coordinator<Descriptions>(
      scope, *asked.owner, [names = std::move(asked.groups)](core::GroupCoordinator& groups) {
        Descriptions descriptions;
        for (const std::string& name : names) descriptions.push_back(groups.describe(name));
        return descriptions;
      });
}

DescribeGroupsResponse::Group to_wire(Scope& scope, std::string name,
                                      const core::GroupDescription& description) {
  DescribeGroupsResponse::Group group{
      .error_code = description.error == core::GroupError::group_not_found
                        ? KafkaError::none
                        : to_kafka_error(description.error),
      .group_id = std::move(name),
      .group_state = std::string(kafka_name_of(description.state)),
      .protocol_type = description.protocol_type,
      .protocol_data = description.protocol_name,
  };
  for (const core::MemberDescription& member : description.members) {
    group.members.push_back({.member_id = member.member_id,
                             .group_instance_id = member.instance_id,
                             .client_id = member.client_id,
                             .client_host = member.client_host,
                             .member_metadata = scope.lend(member.metadata),
                             .member_assignment = scope.lend(member.assignment)});
  }
  return group;
}

}  // namespace

Task<DescribeGroupsResponse> handle(Scope& scope, DescribeGroupsRequest request,
                                    Version /*version*/) {
  std::unordered_map<std::string, core::GroupDescription> described;
  for (const OwnedGroups& owned : groups_by_owner(scope.engine, request.groups)) {
    const auto call = describe(scope, owned);
    Descriptions descriptions = co_await call;
    for (std::size_t n = 0; n < owned.groups.size(); ++n) {
      described.insert_or_assign(owned.groups[n], std::move(descriptions[n]));
    }
  }
  DescribeGroupsResponse response;
  for (std::string& name : request.groups) {
    const core::GroupDescription& description = described.at(name);
    response.groups.push_back(to_wire(scope, std::move(name), description));
    if (request.include_authorized_operations) {
      response.groups.back().authorized_operations = group_operations;
    }
  }
  co_return response;
}

}  // namespace koine::kafka
