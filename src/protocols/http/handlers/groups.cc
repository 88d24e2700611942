#include "protocols/http/handlers/groups.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "core/count_partitions.h"
#include "core/group_coordinator.h"
#include "protocols/http/keyed_request.h"
#include "protocols/http/page.h"
#include "protocols/http/scope.h"

namespace koine::http {

namespace {

using core::GroupError;

Problem problem_of(GroupError error, std::string_view group) {
  switch (error) {
    case GroupError::group_not_found:
    case GroupError::invalid_group_id:
      return {Status::not_found, fmt::format("there is no group '{}'", group)};
    case GroupError::non_empty_group:
      return {Status::conflict, fmt::format("group '{}' has members", group)};
    case GroupError::coordinator_not_available:
      return {Status::service_unavailable, "groups are not served now"};
    case GroupError::storage:
      return {Status::insufficient_storage, "it could not be made durable, and has not happened"};
    default: return {Status::internal_server_error, std::string(name_of(error))};
  }
}

// Of every shard.
Task<std::vector<core::GroupSummary>> all_groups(core::Engine& here) {
  std::vector<core::GroupSummary> groups;
  for (core::Engine* owner : here.all()) {
    auto part = co_await runtime::call_on<std::vector<core::GroupSummary>>(
        here.shard(), owner->shard(),
        // NOLINTNEXTLINE(cppcoreguidelines-avoid-capturing-lambda-coroutines): call_on keeps it alive.
        [owner]() -> Task<std::vector<core::GroupSummary>> { co_return owner->groups().list({}); });
    std::ranges::move(part, std::back_inserter(groups));
  }
  co_return groups;
}

Task<Outcome<Response>> list_groups(Scope& scope, Request& request) {
  const std::vector<core::GroupSummary> groups = co_await all_groups(scope.engine());
  Page<std::size_t> page(PageQuestion::of(request));
  for (std::size_t n = 0; n < groups.size(); ++n) {
    if (page.wants(groups[n].group)) page.add({.name = groups[n].group}, n);
  }
  JsonWriter json;
  json.begin_object().key("items").begin_array();
  for (const auto& entry : page.choose()) {
    const core::GroupSummary& group = groups[entry.item];
    json.begin_object().member("name", group.group).member("state", name_of(group.state));
    json.member("protocol_type", group.protocol_type).end_object();
  }
  json.end_array();
  co_return page_response(request, std::move(json), page.next());
}

struct Described {
  core::GroupDescription group;
  core::FetchResult committed;
};

Task<Described> describe_there(core::Engine* owner, std::string name) {
  co_return Described{.group = owner->groups().describe(name),
                      .committed = owner->groups().fetch({.group = name, .partitions = {}})};
}

void write_members(JsonWriter& json, const core::GroupDescription& group) {
  json.key("members").begin_array();
  for (const core::MemberDescription& member : group.members) {
    json.begin_object().member("member_id", member.member_id);
    if (member.instance_id) json.member("instance_id", *member.instance_id);
    json.member("client_id", member.client_id).member("client_host", member.client_host);
    json.end_object();
  }
  json.end_array();
}

// The log of the partition, or 0, which no log is.
LogId log_of(const core::Catalog& catalog, const core::TopicPartition& partition) {
  const core::TopicPtr topic = catalog.find(partition.topic);
  const auto number = static_cast<std::size_t>(partition.partition.value());
  return topic != nullptr && number < topic->partitions.size() ? topic->partitions[number]
                                                               : LogId{};
}

Task<Response> show(Scope& scope, std::string name, Described described) {
  std::vector<LogId> logs;
  for (const core::FetchedOffset& each : described.committed.offsets) {
    logs.push_back(log_of(scope.engine().catalog(), each.partition));
  }
  const auto counts = co_await core::count_partitions(scope.engine(), std::move(logs));
  JsonWriter json;
  json.begin_object().member("name", name).member("state", name_of(described.group.state));
  json.member("protocol_type", described.group.protocol_type);
  json.member("protocol", described.group.protocol_name);
  write_members(json, described.group);
  std::int64_t lag_sum = 0;
  json.key("offsets").begin_array();
  for (std::size_t n = 0; n < counts.size(); ++n) {
    const core::FetchedOffset& each = described.committed.offsets[n];
    if (!each.committed || !counts[n]) continue;
    // What retention has removed nobody will read.
    const std::int64_t from = std::max(each.committed->offset, counts[n]->start).value();
    const std::int64_t lag = std::max<std::int64_t>(0, counts[n]->end.value() - from);
    lag_sum += lag;
    json.begin_object().member("topic", each.partition.topic);
    json.member("partition", each.partition.partition.value());
    json.member("committed_offset", each.committed->offset.value());
    json.member("end_offset", counts[n]->end.value()).member("lag", lag);
    json.member("metadata", each.committed->metadata).end_object();
  }
  json.end_array().member("lag", lag_sum);
  co_return Response::json(std::move(json.end_object()).take());
}

Task<Outcome<Response>> show_group(Scope& scope, Request& request) {
  std::string name(request.arguments.text("group"));
  core::Engine* const owner = &scope.engine().owner_of_group(name);
  Described described = co_await runtime::call_on<Described>(
      scope.shard(), owner->shard(), [owner, name] { return describe_there(owner, name); });
  if (described.group.error != GroupError::none) {
    co_return fail(problem_of(described.group.error, name));
  }
  co_return co_await show(scope, std::move(name), std::move(described));
}

Task<Outcome<Response>> delete_group(Scope& scope, Request& request) {
  const std::string name(request.arguments.text("group"));
  core::Engine* const owner = &scope.engine().owner_of_group(name);
  auto piece = answer_piece_of(scope.keyed, Response::empty());
  const GroupError error = co_await runtime::call_on<GroupError>(
      scope.shard(), owner->shard(), [owner, name, piece = std::move(piece)]() mutable {
        core::Keyed keyed;
        if (piece != nullptr) keyed = {.log = &owner->idempotency(), .piece = std::move(piece)};
        return owner->groups().delete_group(name, std::move(keyed));
      });
  if (error != GroupError::none) co_return fail(problem_of(error, name));
  if (scope.keyed != nullptr) scope.keyed->set_kept();
  co_return Response::empty();
}

}  // namespace

void add_group_routes(std::vector<Route>& routes) {
  const Parameter group{
      .name = "group", .description = "The group's name.", .place = Parameter::Place::path};
  const std::vector<Content> json = {{"application/json"}};
  routes.push_back({.method = Method::get,
                    .pattern = "/v1/groups",
                    .operation = "listGroups",
                    .tag = "groups",
                    .summary = "Consumer groups.",
                    .parameters = page_parameters(),
                    .answers = {{Status::ok, "A page of them.", json}},
                    .handler = list_groups});
  routes.push_back({.method = Method::get,
                    .pattern = "/v1/groups/{group}",
                    .operation = "getGroup",
                    .tag = "groups",
                    .summary = "One group: its members, how far it has read, and its lag.",
                    .parameters = {group},
                    .answers = {{Status::ok, "The group.", json}},
                    .handler = show_group});
  routes.push_back({.method = Method::remove,
                    .pattern = "/v1/groups/{group}",
                    .operation = "deleteGroup",
                    .tag = "groups",
                    .summary = "Deletes a group that has no members, with its offsets.",
                    .parameters = {group},
                    .answers = {{Status::no_content, "It is gone."}},
                    .handler = delete_group,
                    .keys = Keys::kept});
}

}  // namespace koine::http
