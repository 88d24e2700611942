// `koine group list|describe|reset`.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdio>
#include <memory>
#include <numeric>
#include <vector>

#include "cli/commands.h"
#include "cli/group_offsets.h"
#include "cli/topic_metadata.h"
#include "protocols/kafka/messages/group_admin.h"

namespace koine::cli {

namespace {

struct GroupFlags {
  ClientFlags client;
  std::string name;
  std::string topic;
  std::string to;
};

using GroupTask = Task<Result<>> (*)(KafkaClient&, GroupFlags);

Task<Result<>> list(KafkaClient& client, GroupFlags) {
  CO_TRY(const auto answer,
         co_await client.call<kafka::ListGroupsResponse>(kafka::ListGroupsRequest{}));
  CO_TRY(check(answer.message.error_code, "groups"));
  for (const auto& group : answer.message.groups) {
    fmt::print("{} {}\n", group.group_id, group.group_state);
  }
  co_return Result<>{};
}

Task<Result<>> print_members(KafkaClient& client, GroupFlags flags) {
  CO_TRY(const auto answer, co_await client.call<kafka::DescribeGroupsResponse>(
                                kafka::DescribeGroupsRequest{.groups = {flags.name}}));
  for (const auto& group : answer.message.groups) {
    CO_TRY(check(group.error_code, flags.name));
    // What Kafka says of a group that it does not have.
    if (group.group_state == "Dead") {
      co_return fail(ErrorCode::not_found, fmt::format("group {} does not exist", flags.name));
    }
    fmt::print("group {} is {}, {} members\n", group.group_id, group.group_state,
               group.members.size());
    for (const auto& member : group.members) {
      fmt::print("  {} {} {}\n", member.member_id, member.client_id, member.client_host);
    }
  }
  co_return Result<>{};
}

Task<Result<>> describe(KafkaClient& client, GroupFlags flags) {
  CO_TRY(co_await print_members(client, flags));
  CO_TRY(const auto committed, co_await fetch_group_offsets(client, flags.name));
  for (const GroupOffset& offset : committed) {
    CO_TRY(const auto end,
           co_await offsets_at(client, offset.topic, {offset.partition}, latest_offset));
    fmt::print("  {}/{} at {} of {}, {} behind\n", offset.topic, offset.partition, offset.offset,
               end.front(), end.front() - offset.offset);
  }
  co_return Result<>{};
}

// "beginning", "end", "time:MILLISECONDS": what ListOffsets takes; an offset: itself.
Task<Result<std::vector<std::int64_t>>> offsets_for(KafkaClient& client, GroupFlags flags,
                                                    std::vector<std::int32_t> partitions) {
  const std::string_view to = flags.to;
  if (to == "beginning") {
    co_return co_await offsets_at(client, flags.topic, partitions, earliest_offset);
  }
  if (to == "end") co_return co_await offsets_at(client, flags.topic, partitions, latest_offset);
  const bool is_time = to.starts_with("time:");
  const std::string_view digits = is_time ? to.substr(5) : to;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size() || number < 0) {
    co_return fail(
        ErrorCode::invalid_argument,
        fmt::format("--to {}: expected beginning, end, time:MILLISECONDS or an offset", to));
  }
  if (is_time) co_return co_await offsets_at(client, flags.topic, partitions, number);
  co_return std::vector<std::int64_t>(partitions.size(), number);
}

Task<Result<>> reset(KafkaClient& client, GroupFlags flags) {
  CO_TRY(const std::int32_t count,
         co_await partition_count_of(client, flags.topic, Creation::never));
  std::vector<std::int32_t> partitions(static_cast<std::size_t>(count));
  std::iota(partitions.begin(), partitions.end(), 0);
  CO_TRY(const auto offsets, co_await offsets_for(client, flags, partitions));
  std::vector<GroupOffset> commits;
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    commits.push_back({flags.topic, partitions[i], offsets[i]});
  }
  CO_TRY(co_await commit_group_offsets(client, flags.name, commits));
  for (const GroupOffset& commit : commits) {
    fmt::print("{}/{} at {}\n", commit.topic, commit.partition, commit.offset);
  }
  co_return Result<>{};
}

}  // namespace

void add_group(CLI::App& app, Invocation& invocation) {
  CLI::App* group = app.add_subcommand("group", "List, describe and reset consumer groups");
  group->require_subcommand(1);
  auto flags = std::make_shared<GroupFlags>();
  const auto add = [&](const char* name, const char* sentence, GroupTask task) {
    CLI::App* command = group->add_subcommand(name, sentence);
    flags->client.add_to(*command);
    command->callback([&invocation, flags, task] {
      invocation.action = [flags, task] {
        return with_client(flags->client,
                           [flags, task](KafkaClient& client) { return task(client, *flags); });
      };
    });
    return command;
  };

  add("list", "Print all groups and their state", list);
  CLI::App* describe_command = add("describe", "Print a group's members and offsets", describe);
  describe_command->add_option("name", flags->name, "the group's name")->required();
  CLI::App* reset_command = add("reset", "Set the offsets of a group that has no members", reset);
  reset_command->add_option("name", flags->name, "the group's name")->required();
  reset_command->add_option("--topic", flags->topic, "the topic")->required();
  reset_command->add_option("--to", flags->to, "beginning, end, time:MILLISECONDS or an offset")
      ->required();
}

}  // namespace koine::cli
