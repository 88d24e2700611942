#include "protocols/kafka/handlers/table.h"

#include <algorithm>
#include <array>
#include <utility>

#include "protocols/kafka/handlers/alter_configs.h"
#include "protocols/kafka/handlers/answer.h"
#include "protocols/kafka/handlers/api_versions.h"
#include "protocols/kafka/handlers/create_partitions.h"
#include "protocols/kafka/handlers/create_topics.h"
#include "protocols/kafka/handlers/delete_groups.h"
#include "protocols/kafka/handlers/delete_records.h"
#include "protocols/kafka/handlers/delete_topics.h"
#include "protocols/kafka/handlers/describe_cluster.h"
#include "protocols/kafka/handlers/describe_configs.h"
#include "protocols/kafka/handlers/describe_groups.h"
#include "protocols/kafka/handlers/describe_log_dirs.h"
#include "protocols/kafka/handlers/describe_producers.h"
#include "protocols/kafka/handlers/fetch.h"
#include "protocols/kafka/handlers/find_coordinator.h"
#include "protocols/kafka/handlers/heartbeat.h"
#include "protocols/kafka/handlers/init_producer_id.h"
#include "protocols/kafka/handlers/join_group.h"
#include "protocols/kafka/handlers/leave_group.h"
#include "protocols/kafka/handlers/list_groups.h"
#include "protocols/kafka/handlers/list_offsets.h"
#include "protocols/kafka/handlers/metadata.h"
#include "protocols/kafka/handlers/offset_commit.h"
#include "protocols/kafka/handlers/offset_delete.h"
#include "protocols/kafka/handlers/offset_fetch.h"
#include "protocols/kafka/handlers/produce.h"
#include "protocols/kafka/handlers/sasl_authenticate.h"
#include "protocols/kafka/handlers/sasl_handshake.h"
#include "protocols/kafka/handlers/sync_group.h"

namespace koine::kafka {

namespace {

template <typename Message>
constexpr Operation one_stage() {
  return {.key = Message::api, .answer = answer<Message>};
}

template <typename Message>
constexpr Operation open_to_strangers() {
  return {.key = Message::api, .answer = answer<Message>, .is_open_to_strangers = true};
}

enum class Answer : std::uint8_t { wanted, unwanted };

Task<Response> finish_produce(RequestHeader header, Answer answer,
                              Task<ProduceResponse> second_stage) {
  const ProduceResponse response = co_await second_stage;
  if (answer == Answer::unwanted) co_return Response{.closes_connection = has_errors(response)};
  co_return encoded(header, response);
}

Task<Result<Task<Response>>> begin_produce(Scope& scope, Request request) {
  Reader reader(request.body);
  reader.pass_over_rest();
  CO_TRY(auto message, decode<ProduceRequest>(reader, request.header.version));
  const Answer answer = message.acks == 0 ? Answer::unwanted : Answer::wanted;
  const auto beginning = begin(scope, std::move(message), request.header.version);
  auto second_stage = co_await beginning;
  co_return finish_produce(std::move(request.header), answer, std::move(second_stage));
}

constexpr auto table = std::to_array<Operation>({
    {.key = ApiKey::produce, .begin = begin_produce},
    one_stage<FetchRequest>(),
    one_stage<ListOffsetsRequest>(),
    one_stage<MetadataRequest>(),
    one_stage<OffsetCommitRequest>(),
    one_stage<OffsetFetchRequest>(),
    one_stage<FindCoordinatorRequest>(),
    one_stage<JoinGroupRequest>(),
    one_stage<HeartbeatRequest>(),
    one_stage<LeaveGroupRequest>(),
    one_stage<SyncGroupRequest>(),
    one_stage<DescribeGroupsRequest>(),
    one_stage<ListGroupsRequest>(),
    open_to_strangers<SaslHandshakeRequest>(),
    open_to_strangers<ApiVersionsRequest>(),
    one_stage<CreateTopicsRequest>(),
    one_stage<DeleteTopicsRequest>(),
    one_stage<DeleteRecordsRequest>(),
    one_stage<InitProducerIdRequest>(),
    one_stage<OffsetForLeaderEpochRequest>(),
    one_stage<DescribeConfigsRequest>(),
    one_stage<AlterConfigsRequest>(),
    one_stage<DescribeLogDirsRequest>(),
    {.key = ApiKey::sasl_authenticate,
     .answer = answer<SaslAuthenticateRequest>,
     .is_open_to_strangers = true,
     .take_token = take_sasl_token},
    one_stage<CreatePartitionsRequest>(),
    one_stage<DeleteGroupsRequest>(),
    one_stage<IncrementalAlterConfigsRequest>(),
    one_stage<OffsetDeleteRequest>(),
    one_stage<DescribeClusterRequest>(),
    one_stage<DescribeProducersRequest>(),
});
static_assert(std::ranges::is_sorted(table, {}, &Operation::key));

}  // namespace

std::span<const Operation> operations() { return table; }

const Operation* find_operation(ApiKey key) {
  const auto* const found = std::ranges::lower_bound(table, key, {}, &Operation::key);
  return found != table.end() && found->key == key ? found : nullptr;
}

}  // namespace koine::kafka
