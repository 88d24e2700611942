#include "protocols/kafka/handlers/create_topics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocols/kafka/ids.h"
#include "protocols/kafka/session_test_bench.h"

namespace koine::kafka {
namespace {

using testing::HasSubstr;
using Asked = CreateTopicsRequest::Topic;
using Answered = CreateTopicsResponse::Topic;

class CreateTopics : public testing::Test {
 protected:
  static constexpr Version version = 7;

  CreateTopicsResponse create_all(std::vector<Asked> topics, bool validate_only = false) {
    const CreateTopicsRequest request{.topics = std::move(topics), .validate_only = validate_only};
    return client_.call<CreateTopicsResponse>(request, version);
  }
  Answered create(Asked topic) { return create_all({std::move(topic)}).topics.at(0); }
  KafkaError error_of(Asked topic) { return create(std::move(topic)).error_code; }
  core::TopicPtr find(std::string_view name) { return broker_.engine(1).catalog().find(name); }

  TestBroker broker_{{.shard_count = 2}};
  TestClient client_ = broker_.connect();
};

TEST_F(CreateTopics, CreatesOnEveryShard) {
  const Answered answered =
      create({.name = "orders", .num_partitions = 3, .replication_factor = 1});
  EXPECT_EQ(answered.error_code, KafkaError::none);
  EXPECT_EQ(answered.num_partitions, 3);
  EXPECT_EQ(answered.replication_factor, 1);
  ASSERT_NE(find("orders"), nullptr);
  EXPECT_EQ(find("orders")->partitions.size(), 3U);
  EXPECT_EQ(answered.topic_id, to_uuid(find("orders")->id));
}

TEST_F(CreateTopics, TakesTheServersDefaults) {
  const Answered answered =
      create({.name = "orders", .num_partitions = -1, .replication_factor = -1});
  EXPECT_EQ(answered.error_code, KafkaError::none);
  EXPECT_EQ(answered.num_partitions, 1);
}

TEST_F(CreateTopics, AnswersWithTheSettings) {
  const Answered answered =
      create({.name = "orders",
              .num_partitions = 1,
              .replication_factor = 1,
              .configs = {{"retention.ms", "1000"}, {"cleanup.policy", "delete"}}});
  EXPECT_EQ(answered.error_code, KafkaError::none);
  EXPECT_EQ(find("orders")->settings.retention_ms, 1000);
  const auto config = [&](std::string_view name) {
    const auto& configs = answered.configs.value();
    return *std::ranges::find(configs, name, &CreateTopicsResponse::Config::name);
  };
  EXPECT_EQ(config("retention.ms").value, "1000");
  EXPECT_EQ(config("retention.ms").config_source, 1);
  EXPECT_EQ(config("retention.bytes").value, "-1");
  EXPECT_EQ(config("retention.bytes").config_source, 5);
  EXPECT_TRUE(config("cleanup.policy").read_only);
}

TEST_F(CreateTopics, OnlyValidates) {
  const auto response =
      create_all({{.name = "orders", .num_partitions = 2, .replication_factor = 1}}, true);
  EXPECT_EQ(response.topics.at(0).error_code, KafkaError::none);
  EXPECT_EQ(response.topics.at(0).num_partitions, 2);
  EXPECT_EQ(find("orders"), nullptr);
}

TEST_F(CreateTopics, TakesAssignmentsToTheOneBroker) {
  const Answered answered = create({.name = "orders",
                                    .num_partitions = -1,
                                    .replication_factor = -1,
                                    .assignments = {{1, {broker_id}}, {0, {broker_id}}}});
  EXPECT_EQ(answered.error_code, KafkaError::none);
  EXPECT_EQ(answered.num_partitions, 2);
}

TEST_F(CreateTopics, RefusesOtherAssignments) {
  const auto assigned = [](std::vector<CreateTopicsRequest::Assignment> assignments) {
    return Asked{.name = "orders",
                 .num_partitions = -1,
                 .replication_factor = -1,
                 .assignments = std::move(assignments)};
  };
  EXPECT_EQ(error_of(assigned({{0, {broker_id + 1}}})), KafkaError::invalid_replica_assignment);
  EXPECT_EQ(error_of(assigned({{0, {broker_id, broker_id}}})),
            KafkaError::invalid_replica_assignment);
  EXPECT_EQ(error_of(assigned({{1, {broker_id}}})), KafkaError::invalid_replica_assignment);
  EXPECT_EQ(error_of(assigned({{-1, {broker_id}}})), KafkaError::invalid_replica_assignment);
  EXPECT_EQ(error_of(assigned({{0, {broker_id}}, {0, {broker_id}}})),
            KafkaError::invalid_replica_assignment);
  Asked both = assigned({{0, {broker_id}}});
  both.num_partitions = 1;
  EXPECT_EQ(error_of(both), KafkaError::invalid_request);
}

TEST_F(CreateTopics, RefusesBadNamesAndCounts) {
  EXPECT_EQ(error_of({.name = "a/b", .num_partitions = 1, .replication_factor = 1}),
            KafkaError::invalid_topic_exception);
  EXPECT_EQ(error_of({.name = "orders", .num_partitions = 0, .replication_factor = 1}),
            KafkaError::invalid_partitions);
  EXPECT_EQ(error_of({.name = "orders", .num_partitions = 1, .replication_factor = 3}),
            KafkaError::invalid_replication_factor);
  EXPECT_EQ(error_of({.name = "orders", .num_partitions = 2'000'000'000, .replication_factor = 1}),
            KafkaError::policy_violation);
}

TEST_F(CreateTopics, RefusesWhatExistsOrIsThereTwice) {
  broker_.create_topic("orders");
  EXPECT_EQ(error_of({.name = "orders", .num_partitions = 1, .replication_factor = 1}),
            KafkaError::topic_already_exists);
  const auto response = create_all({{.name = "a", .num_partitions = 1, .replication_factor = 1},
                                    {.name = "b", .num_partitions = 1, .replication_factor = 1},
                                    {.name = "a", .num_partitions = 1, .replication_factor = 1}});
  EXPECT_EQ(response.topics.at(0).error_code, KafkaError::invalid_request);
  EXPECT_EQ(response.topics.at(1).error_code, KafkaError::none);
  EXPECT_EQ(response.topics.at(2).error_code, KafkaError::invalid_request);
  EXPECT_EQ(find("a"), nullptr);
}

TEST_F(CreateTopics, RefusesSettingsByName) {
  const Answered answered = create({.name = "orders",
                                    .num_partitions = 1,
                                    .replication_factor = 1,
                                    .configs = {{"cleanup.policy", "compact"}}});
  EXPECT_EQ(answered.error_code, KafkaError::invalid_config);
  EXPECT_THAT(answered.error_message.value_or(""), HasSubstr("cleanup.policy"));
  EXPECT_EQ(find("orders"), nullptr);
}

TEST_F(CreateTopics, TellsThatTheDiskFails) {
  broker_.storage().faults().write_error_chance = 1;
  EXPECT_EQ(error_of({.name = "orders", .num_partitions = 1, .replication_factor = 1}),
            KafkaError::kafka_storage_error);
}

}  // namespace
}  // namespace koine::kafka
