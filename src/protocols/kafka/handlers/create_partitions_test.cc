#include "protocols/kafka/handlers/create_partitions.h"

#include <gtest/gtest.h>

#include "protocols/kafka/session_test_bench.h"

namespace koine::kafka {
namespace {

using Asked = CreatePartitionsRequest::Topic;

class CreatePartitions : public testing::Test {
 protected:
  CreatePartitions() { broker_.create_topic("orders", 2); }

  std::vector<KafkaError> errors_of(std::vector<Asked> topics, bool validate_only = false) {
    const CreatePartitionsRequest request{.topics = std::move(topics),
                                          .validate_only = validate_only};
    std::vector<KafkaError> errors;
    for (const auto& answered : client_.call<CreatePartitionsResponse>(request, 3).results) {
      errors.push_back(answered.error_code);
    }
    return errors;
  }
  KafkaError error_of(Asked topic) { return errors_of({std::move(topic)}).at(0); }
  std::size_t count() { return broker_.engine(1).catalog().find("orders")->partitions.size(); }

  TestBroker broker_{{.shard_count = 2}};
  TestClient client_ = broker_.connect();
};

TEST_F(CreatePartitions, AddsToATotal) {
  EXPECT_EQ(error_of({.name = "orders", .count = 5}), KafkaError::none);
  EXPECT_EQ(count(), 5U);
}

TEST_F(CreatePartitions, OnlyValidates) {
  EXPECT_EQ(errors_of({{.name = "orders", .count = 5}}, true), std::vector{KafkaError::none});
  EXPECT_EQ(count(), 2U);
}

TEST_F(CreatePartitions, TakesAssignmentsToTheOneBroker) {
  using Assignment = CreatePartitionsRequest::Assignment;
  EXPECT_EQ(error_of({.name = "orders", .count = 3, .assignments = {{Assignment{{broker_id}}}}}),
            KafkaError::none);
  EXPECT_EQ(
      error_of({.name = "orders", .count = 4, .assignments = {{Assignment{{broker_id + 1}}}}}),
      KafkaError::invalid_replica_assignment);
  EXPECT_EQ(error_of({.name = "orders", .count = 5, .assignments = {{Assignment{{broker_id}}}}}),
            KafkaError::invalid_replica_assignment);
  EXPECT_EQ(count(), 3U);
}

TEST_F(CreatePartitions, RefusesFewerAndTooMany) {
  EXPECT_EQ(error_of({.name = "orders", .count = 2}), KafkaError::invalid_partitions);
  EXPECT_EQ(error_of({.name = "orders", .count = -1}), KafkaError::invalid_partitions);
  EXPECT_EQ(error_of({.name = "orders", .count = 2'000'000'000}), KafkaError::policy_violation);
}

TEST_F(CreatePartitions, RefusesUnknownTopicsAndWhatIsThereTwice) {
  EXPECT_EQ(error_of({.name = "missing", .count = 2}), KafkaError::unknown_topic_or_partition);
  EXPECT_EQ(errors_of({{.name = "orders", .count = 3}, {.name = "orders", .count = 4}}),
            std::vector(2, KafkaError::invalid_request));
}

TEST_F(CreatePartitions, TellsThatTheDiskFails) {
  broker_.storage().faults().write_error_chance = 1;
  EXPECT_EQ(error_of({.name = "orders", .count = 5}), KafkaError::kafka_storage_error);
  EXPECT_EQ(count(), 2U);
}

}  // namespace
}  // namespace koine::kafka
