// `koine topic create|list|describe|alter|delete`.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <vector>

#include "cli/commands.h"
#include "protocols/kafka/messages/configs.h"
#include "protocols/kafka/messages/metadata.h"
#include "protocols/kafka/messages/topics.h"

namespace koine::cli {

namespace {

// Kafka's number for a topic among the resources that have settings.
constexpr std::int8_t topic_resource = 2;
constexpr std::int8_t operation_set = 0;
constexpr std::int8_t operation_delete = 1;
constexpr std::int32_t timeout_ms = 30'000;

struct TopicFlags {
  ClientFlags client;
  std::string name;
  std::int32_t partitions = -1;  // the server's default
  std::vector<std::string> settings;
  std::vector<std::string> unset;
};

struct NameAndValue {
  std::string name;
  std::string value;
};

Result<std::vector<NameAndValue>> parse_settings(const std::vector<std::string>& settings) {
  std::vector<NameAndValue> parsed;
  for (const std::string& setting : settings) {
    const std::size_t equals = setting.find('=');
    if (equals == std::string::npos) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("--set {}: expected --set NAME=VALUE", setting));
    }
    parsed.push_back({setting.substr(0, equals), setting.substr(equals + 1)});
  }
  return parsed;
}

Task<Result<>> create(KafkaClient& client, TopicFlags flags) {
  CO_TRY(const auto settings, parse_settings(flags.settings));
  kafka::CreateTopicsRequest request;
  auto& topic = request.topics.emplace_back();
  topic.name = flags.name;
  topic.num_partitions = flags.partitions;
  topic.replication_factor = -1;
  for (const auto& [name, value] : settings) topic.configs.push_back({name, value});
  request.timeout_ms = timeout_ms;
  CO_TRY(const auto answer, co_await client.call<kafka::CreateTopicsResponse>(std::move(request)));
  for (const auto& result : answer.message.topics) {
    CO_TRY(check(result.error_code, result.name, result.error_message));
  }
  co_return Result<>{};
}

Task<Result<>> list(KafkaClient& client) {
  CO_TRY(const auto answer,
         co_await client.call<kafka::MetadataResponse>(kafka::MetadataRequest{}));
  for (const auto& topic : answer.message.topics) fmt::print("{}\n", topic.name.value_or(""));
  co_return Result<>{};
}

Task<Result<>> print_partitions(KafkaClient& client, TopicFlags flags) {
  kafka::MetadataRequest request;
  request.topics.emplace().emplace_back().name = flags.name;
  request.allow_auto_topic_creation = false;
  CO_TRY(const auto answer, co_await client.call<kafka::MetadataResponse>(std::move(request)));
  for (const auto& topic : answer.message.topics) {
    CO_TRY(check(topic.error_code, flags.name));
    fmt::print("topic {}, {} partitions\n", flags.name, topic.partitions.size());
  }
  co_return Result<>{};
}

Task<Result<>> describe(KafkaClient& client, TopicFlags flags) {
  CO_TRY(co_await print_partitions(client, flags));
  kafka::DescribeConfigsRequest request;
  auto& resource = request.resources.emplace_back();
  resource.resource_type = topic_resource;
  resource.resource_name = flags.name;
  CO_TRY(const auto answer,
         co_await client.call<kafka::DescribeConfigsResponse>(std::move(request)));
  for (const auto& result : answer.message.results) {
    CO_TRY(check(result.error_code, flags.name, result.error_message));
    for (const auto& config : result.configs) {
      fmt::print("  {} = {}\n", config.name, config.value.value_or(""));
    }
  }
  co_return Result<>{};
}

Task<Result<>> add_partitions(KafkaClient& client, TopicFlags flags) {
  kafka::CreatePartitionsRequest request;
  auto& topic = request.topics.emplace_back();
  topic.name = flags.name;
  topic.count = flags.partitions;
  request.timeout_ms = timeout_ms;
  CO_TRY(const auto answer,
         co_await client.call<kafka::CreatePartitionsResponse>(std::move(request)));
  for (const auto& result : answer.message.results) {
    CO_TRY(check(result.error_code, result.name, result.error_message));
  }
  co_return Result<>{};
}

Task<Result<>> alter(KafkaClient& client, TopicFlags flags) {
  CO_TRY(const auto settings, parse_settings(flags.settings));
  if (settings.empty() && flags.unset.empty() && flags.partitions < 0) {
    co_return fail(ErrorCode::invalid_argument, "nothing to alter: --set, --unset or --partitions");
  }
  if (flags.partitions >= 0) CO_TRY(co_await add_partitions(client, flags));
  if (settings.empty() && flags.unset.empty()) co_return Result<>{};
  kafka::IncrementalAlterConfigsRequest request;
  auto& resource = request.resources.emplace_back();
  resource.resource_type = topic_resource;
  resource.resource_name = flags.name;
  for (const auto& [name, value] : settings) {
    resource.configs.push_back({name, operation_set, value});
  }
  for (const std::string& name : flags.unset) {
    resource.configs.push_back({name, operation_delete, std::nullopt});
  }
  CO_TRY(const auto answer,
         co_await client.call<kafka::IncrementalAlterConfigsResponse>(std::move(request)));
  for (const auto& result : answer.message.responses) {
    CO_TRY(check(result.error_code, flags.name, result.error_message));
  }
  co_return Result<>{};
}

Task<Result<>> remove(KafkaClient& client, TopicFlags flags) {
  kafka::DeleteTopicsRequest request;
  // Which of the two is sent depends on the version.
  request.topics.emplace_back().name = flags.name;
  request.topic_names.push_back(flags.name);
  request.timeout_ms = timeout_ms;
  CO_TRY(const auto answer, co_await client.call<kafka::DeleteTopicsResponse>(std::move(request)));
  for (const auto& result : answer.message.responses) {
    CO_TRY(check(result.error_code, flags.name, result.error_message));
  }
  co_return Result<>{};
}

using TopicTask = Task<Result<>> (*)(KafkaClient&, TopicFlags);

Task<Result<>> list_all(KafkaClient& client, TopicFlags) { return list(client); }

}  // namespace

void add_topic(CLI::App& app, Invocation& invocation) {
  CLI::App* topic = app.add_subcommand("topic", "Create, list, describe, alter and delete topics");
  topic->require_subcommand(1);
  auto flags = std::make_shared<TopicFlags>();
  const auto add = [&](const char* name, const char* sentence, TopicTask task) {
    CLI::App* command = topic->add_subcommand(name, sentence);
    flags->client.add_to(*command);
    command->callback([&invocation, flags, task] {
      invocation.action = [flags, task] {
        return with_client(flags->client,
                           [flags, task](KafkaClient& client) { return task(client, *flags); });
      };
    });
    return command;
  };
  const auto add_named = [&](const char* name, const char* sentence, TopicTask task) {
    CLI::App* command = add(name, sentence, task);
    command->add_option("name", flags->name, "the topic's name")->required();
    return command;
  };

  add("list", "Print the names of all topics", list_all);
  add_named("describe", "Print a topic's partitions and settings", describe);
  add_named("delete", "Delete a topic and its records", remove);
  CLI::App* create_command = add_named("create", "Create a topic", create);
  create_command->add_option("--partitions", flags->partitions, "how many; default: the server's");
  create_command->add_option("--set", flags->settings, "a setting, as retention.ms=60000")
      ->allow_extra_args(false);
  CLI::App* alter_command = add_named("alter", "Change a topic", alter);
  alter_command->add_option("--partitions", flags->partitions, "a larger number of partitions");
  alter_command->add_option("--set", flags->settings, "a setting, as retention.ms=60000")
      ->allow_extra_args(false);
  alter_command->add_option("--unset", flags->unset, "a setting that is to be the default again")
      ->allow_extra_args(false);
}

}  // namespace koine::cli
