#include "protocols/kafka/handlers/alter_configs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocols/kafka/session_test_bench.h"

namespace koine::kafka {
namespace {

using testing::HasSubstr;

constexpr std::int8_t topic_type = 2;
constexpr std::int8_t broker_type = 4;
constexpr std::int8_t set = 0;
constexpr std::int8_t remove = 1;
constexpr std::int8_t append = 2;
constexpr std::int8_t subtract = 3;

class AlterConfigs : public testing::Test {
 protected:
  using Replacements = std::vector<AlterConfigsRequest::Config>;
  using Changes = std::vector<IncrementalAlterConfigsRequest::Config>;

  AlterConfigs() { broker_.create_topic("orders", 1, {.retention_ms = 1000}, 1); }

  AlterConfigsResponse::TopicResponse replace(Replacements configs, bool validate_only = false) {
    const AlterConfigsRequest request{.resources = {{.resource_type = topic_type,
                                                     .resource_name = "orders",
                                                     .configs = std::move(configs)}},
                                      .validate_only = validate_only};
    return client_.call<AlterConfigsResponse>(request, 2).responses.at(0);
  }
  IncrementalAlterConfigsResponse::TopicResponse change(Changes configs, bool validate_only = false,
                                                        std::int8_t type = topic_type,
                                                        std::string name = "orders") {
    const IncrementalAlterConfigsRequest request{.resources = {{.resource_type = type,
                                                                .resource_name = std::move(name),
                                                                .configs = std::move(configs)}},
                                                 .validate_only = validate_only};
    return client_.call<IncrementalAlterConfigsResponse>(request, 1).responses.at(0);
  }
  core::TopicSettings settings() { return broker_.engine(1).catalog().find("orders")->settings; }

  TestBroker broker_{{.shard_count = 2}};
  TestClient client_ = broker_.connect();
};

TEST_F(AlterConfigs, ReplacesAllSettings) {
  EXPECT_EQ(replace({{"retention.bytes", "5"}}).error_code, KafkaError::none);
  EXPECT_EQ(settings(), (core::TopicSettings{.retention_bytes = 5}));
}

TEST_F(AlterConfigs, ChangesTheNamedOnes) {
  EXPECT_EQ(
      change({{"retention.bytes", set, "5"}, {"cleanup.policy", append, "delete"}}).error_code,
      KafkaError::none);
  EXPECT_EQ(settings(), (core::TopicSettings{.retention_ms = 1000, .retention_bytes = 5}));
  EXPECT_EQ(change({{"retention.ms", remove, std::nullopt}}).error_code, KafkaError::none);
  EXPECT_EQ(settings(), (core::TopicSettings{.retention_bytes = 5}));
}

TEST_F(AlterConfigs, ChangesOfTwoClientsDoNotUndoEachOther) {
  TestClient other = broker_.connect({}, 1);
  const auto request = [](std::string name) {
    return IncrementalAlterConfigsRequest{
        .resources = {{topic_type, "orders", {{std::move(name), set, "5"}}}}};
  };
  ASSERT_TRUE(client_.send(request("retention.bytes"), 1));
  ASSERT_TRUE(other.send(request("max.message.bytes"), 1));
  client_.receive<IncrementalAlterConfigsResponse>(1);
  other.receive<IncrementalAlterConfigsResponse>(1);
  const core::TopicSettings expected{
      .retention_ms = 1000, .retention_bytes = 5, .message_bytes_max = 5};
  EXPECT_EQ(settings(), expected);
}

TEST_F(AlterConfigs, OnlyValidates) {
  EXPECT_EQ(replace({{"retention.bytes", "5"}}, true).error_code, KafkaError::none);
  EXPECT_EQ(change({{"retention.bytes", set, "5"}}, true).error_code, KafkaError::none);
  EXPECT_EQ(change({{"retention.bytes", set, "-5"}}, true).error_code, KafkaError::invalid_config);
  EXPECT_EQ(settings(), (core::TopicSettings{.retention_ms = 1000}));
}

TEST_F(AlterConfigs, ChangesAllOrNothing) {
  const auto answered = change({{"retention.bytes", set, "5"}, {"cleanup.policy", set, "compact"}});
  EXPECT_EQ(answered.error_code, KafkaError::invalid_config);
  EXPECT_THAT(answered.error_message.value_or(""), HasSubstr("cleanup.policy"));
  EXPECT_EQ(replace({{"no.such", "5"}}).error_code, KafkaError::invalid_config);
  EXPECT_EQ(replace({{"retention.ms", std::nullopt}}).error_code, KafkaError::invalid_config);
  EXPECT_EQ(settings(), (core::TopicSettings{.retention_ms = 1000}));
}

TEST_F(AlterConfigs, RefusesOperationsThatMakeNoSense) {
  EXPECT_EQ(change({{"retention.ms", append, "5"}}).error_code, KafkaError::invalid_config);
  EXPECT_EQ(change({{"cleanup.policy", subtract, "delete"}}).error_code,
            KafkaError::invalid_config);
  EXPECT_EQ(change({{"retention.ms", 9, "5"}}).error_code, KafkaError::invalid_request);
  EXPECT_EQ(change({{"retention.ms", set, "5"}, {"retention.ms", remove, "5"}}).error_code,
            KafkaError::invalid_request);
}

TEST_F(AlterConfigs, RefusesOtherResources) {
  EXPECT_EQ(change({}, false, topic_type, "missing").error_code,
            KafkaError::unknown_topic_or_partition);
  EXPECT_EQ(change({}, false, broker_type, "1").error_code, KafkaError::invalid_request);
  EXPECT_EQ(change({}, false, 8, "1").error_code, KafkaError::invalid_request);
}

TEST_F(AlterConfigs, RefusesAResourceThatIsThereTwice) {
  const AlterConfigsRequest::Resource resource{.resource_type = topic_type,
                                               .resource_name = "orders"};
  const auto response =
      client_.call<AlterConfigsResponse>(AlterConfigsRequest{.resources = {resource, resource}}, 2);
  EXPECT_EQ(response.responses.at(0).error_code, KafkaError::invalid_request);
  EXPECT_EQ(response.responses.at(1).error_code, KafkaError::invalid_request);
}

TEST_F(AlterConfigs, TellsThatTheDiskFails) {
  broker_.storage().faults().write_error_chance = 1;
  EXPECT_EQ(change({{"retention.bytes", set, "5"}}).error_code, KafkaError::kafka_storage_error);
}

}  // namespace
}  // namespace koine::kafka
