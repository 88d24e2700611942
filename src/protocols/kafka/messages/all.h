// Every message that the codec knows, as a list of types: for tests, fuzzers and tools that treat them alike.
#pragma once

#include "protocols/kafka/messages/api_versions.h"
#include "protocols/kafka/messages/cluster.h"
#include "protocols/kafka/messages/configs.h"
#include "protocols/kafka/messages/fetch.h"
#include "protocols/kafka/messages/group_admin.h"
#include "protocols/kafka/messages/group_membership.h"
#include "protocols/kafka/messages/group_offsets.h"
#include "protocols/kafka/messages/list_offsets.h"
#include "protocols/kafka/messages/metadata.h"
#include "protocols/kafka/messages/produce.h"
#include "protocols/kafka/messages/sasl.h"
#include "protocols/kafka/messages/topics.h"

namespace koine::kafka {

template <typename... Messages>
struct MessageList {
  // Calls visit.template operator()<Message>() for each.
  template <typename Visit>
  static void for_each(Visit visit) {
    (visit.template operator()<Messages>(), ...);
  }
};

using AllMessages = MessageList<
    ApiVersionsRequest, ApiVersionsResponse, DescribeClusterRequest, DescribeClusterResponse,
    DescribeLogDirsRequest, DescribeLogDirsResponse, DescribeProducersRequest,
    DescribeProducersResponse, DescribeConfigsRequest, DescribeConfigsResponse, AlterConfigsRequest,
    AlterConfigsResponse, IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse,
    FetchRequest, FetchResponse, ListGroupsRequest, ListGroupsResponse, DescribeGroupsRequest,
    DescribeGroupsResponse, DeleteGroupsRequest, DeleteGroupsResponse, FindCoordinatorRequest,
    FindCoordinatorResponse, JoinGroupRequest, JoinGroupResponse, SyncGroupRequest,
    SyncGroupResponse, HeartbeatRequest, HeartbeatResponse, LeaveGroupRequest, LeaveGroupResponse,
    OffsetCommitRequest, OffsetCommitResponse, OffsetFetchRequest, OffsetFetchResponse,
    OffsetDeleteRequest, OffsetDeleteResponse, ListOffsetsRequest, ListOffsetsResponse,
    OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse, MetadataRequest, MetadataResponse,
    ProduceRequest, ProduceResponse, InitProducerIdRequest, InitProducerIdResponse,
    SaslHandshakeRequest, SaslHandshakeResponse, SaslAuthenticateRequest, SaslAuthenticateResponse,
    CreateTopicsRequest, CreateTopicsResponse, DeleteTopicsRequest, DeleteTopicsResponse,
    CreatePartitionsRequest, CreatePartitionsResponse, DeleteRecordsRequest, DeleteRecordsResponse>;

}  // namespace koine::kafka
