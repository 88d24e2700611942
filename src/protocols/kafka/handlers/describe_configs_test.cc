#include "protocols/kafka/handlers/describe_configs.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "protocols/kafka/handlers/broker_configs.h"
#include "protocols/kafka/session_test_bench.h"

namespace koine::kafka {
namespace {

using Config = DescribeConfigsResponse::Config;
using Described = DescribeConfigsResponse::TopicResult;
using Resource = DescribeConfigsRequest::Resource;

constexpr std::int8_t topic_type = 2;
constexpr std::int8_t broker_type = 4;

TestBrokerOptions with_configured_retention() {
  TestBrokerOptions options;
  options.engine.topic_defaults.retention_bytes = 7;
  return options;
}

class DescribeConfigs : public testing::Test {
 protected:
  DescribeConfigs() { broker_.create_topic("orders", 1, {.retention_ms = 1000}, 1); }

  Described describe(Resource resource, bool in_full = false, Version version = 4) {
    const DescribeConfigsRequest request{.resources = {std::move(resource)},
                                         .include_synonyms = in_full,
                                         .include_documentation = in_full};
    return client_.call<DescribeConfigsResponse>(request, version).results.at(0);
  }
  static Config config(const Described& described, std::string_view name) {
    return *std::ranges::find(described.configs, name, &Config::name);
  }

  TestBroker broker_{with_configured_retention()};
  TestClient client_ = broker_.connect();
};

TEST_F(DescribeConfigs, ListsEverySettingOfATopic) {
  const Described described = describe({.resource_type = topic_type, .resource_name = "orders"});
  EXPECT_EQ(described.error_code, KafkaError::none);
  EXPECT_EQ(described.configs.size(), topic_configs().size());
  EXPECT_EQ(config(described, "retention.ms").value, "1000");
  EXPECT_FALSE(config(described, "retention.ms").read_only);
  EXPECT_TRUE(config(described, "cleanup.policy").read_only);
  EXPECT_TRUE(config(described, "retention.ms").synonyms.empty());
  EXPECT_EQ(config(described, "retention.ms").documentation, std::nullopt);
}

TEST_F(DescribeConfigs, TellsWhereValuesComeFrom) {
  const Described described =
      describe({.resource_type = topic_type, .resource_name = "orders"}, true);
  const Config given = config(described, "retention.ms");
  EXPECT_EQ(given.config_source, 1);
  ASSERT_EQ(given.synonyms.size(), 2U);
  EXPECT_EQ(given.synonyms[1].name, "log.retention.ms");
  EXPECT_EQ(given.synonyms[1].value, "604800000");
  EXPECT_EQ(given.synonyms[1].source, 5);
  const Config configured = config(described, "retention.bytes");
  EXPECT_EQ(configured.value, "7");
  EXPECT_EQ(configured.config_source, 4);
  const Config built_in = config(described, "max.message.bytes");
  EXPECT_EQ(built_in.config_source, 5);
  EXPECT_EQ(built_in.config_type, 3);
  EXPECT_FALSE(built_in.documentation.value_or("").empty());
}

TEST_F(DescribeConfigs, SaysTheSourceAsTheFirstVersionDid) {
  const Described described =
      describe({.resource_type = topic_type, .resource_name = "orders"}, false, 0);
  EXPECT_FALSE(config(described, "retention.ms").is_default);
  EXPECT_TRUE(config(described, "max.message.bytes").is_default);
}

TEST_F(DescribeConfigs, ListsWhatIsAskedFor) {
  const Described described = describe({.resource_type = topic_type,
                                        .resource_name = "orders",
                                        .configuration_keys = {{"retention.ms", "no.such"}}});
  ASSERT_EQ(described.configs.size(), 1U);
  EXPECT_EQ(described.configs[0].name, "retention.ms");
}

TEST_F(DescribeConfigs, ListsTheBrokersSettings) {
  const Described described =
      describe({.resource_type = broker_type, .resource_name = std::to_string(broker_id)}, true);
  EXPECT_EQ(described.error_code, KafkaError::none);
  EXPECT_EQ(config(described, "advertised.listeners").value, "PLAINTEXT://127.0.0.1:9092");
  EXPECT_EQ(config(described, "log.dirs").value, "/data");
  EXPECT_EQ(config(described, "auto.create.topics.enable").value, "true");
  EXPECT_EQ(config(described, "log.retention.bytes").value, "7");
  EXPECT_EQ(config(described, "log.retention.bytes").config_source, 4);
  for (const Config& each : described.configs) {
    EXPECT_TRUE(each.read_only) << each.name;
    EXPECT_FALSE(each.value.value_or("").empty()) << each.name;
  }
}

TEST_F(DescribeConfigs, NothingIsChangedForAllBrokers) {
  const Described described = describe({.resource_type = broker_type, .resource_name = ""});
  EXPECT_EQ(described.error_code, KafkaError::none);
  EXPECT_TRUE(described.configs.empty());
}

TEST_F(DescribeConfigs, RefusesWhatThereIsNot) {
  EXPECT_EQ(describe({.resource_type = topic_type, .resource_name = "missing"}).error_code,
            KafkaError::unknown_topic_or_partition);
  EXPECT_EQ(describe({.resource_type = topic_type, .resource_name = "a/b"}).error_code,
            KafkaError::invalid_topic_exception);
  EXPECT_EQ(describe({.resource_type = broker_type, .resource_name = "7"}).error_code,
            KafkaError::invalid_request);
  EXPECT_EQ(describe({.resource_type = 8, .resource_name = "1"}).error_code,
            KafkaError::invalid_request);
}

}  // namespace
}  // namespace koine::kafka
