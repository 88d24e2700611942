#include "protocols/kafka/handlers/delete_topics.h"

#include <gtest/gtest.h>

#include "protocols/kafka/ids.h"
#include "protocols/kafka/session_test_bench.h"

namespace koine::kafka {
namespace {

class DeleteTopics : public testing::Test {
 protected:
  std::vector<KafkaError> errors_of(const DeleteTopicsRequest& request, Version version) {
    std::vector<KafkaError> errors;
    for (const auto& answered : client_.call<DeleteTopicsResponse>(request, version).responses) {
      errors.push_back(answered.error_code);
    }
    return errors;
  }

  TestBroker broker_{{.shard_count = 2}};
  TestClient client_ = broker_.connect();
};

TEST_F(DeleteTopics, DeletesByName) {
  broker_.create_topic("orders");
  const auto errors = errors_of({.topic_names = {"orders", "missing"}}, 5);
  EXPECT_EQ(errors, (std::vector{KafkaError::none, KafkaError::unknown_topic_or_partition}));
  EXPECT_EQ(broker_.engine(1).catalog().find("orders"), nullptr);
}

TEST_F(DeleteTopics, DeletesById) {
  const Uuid id = to_uuid(broker_.create_topic("orders")->id);
  const DeleteTopicsRequest request{.topics = {{.topic_id = id}, {.topic_id = {{std::byte{1}}}}}};
  const auto response = client_.call<DeleteTopicsResponse>(request, 6);
  EXPECT_EQ(response.responses.at(0).error_code, KafkaError::none);
  EXPECT_EQ(response.responses.at(0).name, "orders");
  EXPECT_EQ(response.responses.at(1).error_code, KafkaError::unknown_topic_id);
  EXPECT_EQ(broker_.engine().catalog().find("orders"), nullptr);
}

TEST_F(DeleteTopics, RefusesNeitherAndBoth) {
  const Uuid id = to_uuid(broker_.create_topic("orders")->id);
  const DeleteTopicsRequest request{.topics = {{}, {.name = "orders", .topic_id = id}}};
  EXPECT_EQ(errors_of(request, 6), std::vector(2, KafkaError::invalid_request));
  EXPECT_NE(broker_.engine().catalog().find("orders"), nullptr);
}

TEST_F(DeleteTopics, RefusesWhatIsThereTwice) {
  broker_.create_topic("orders");
  EXPECT_EQ(errors_of({.topic_names = {"orders", "orders"}}, 1),
            std::vector(2, KafkaError::invalid_request));
  EXPECT_NE(broker_.engine().catalog().find("orders"), nullptr);
}

TEST_F(DeleteTopics, TellsThatTheDiskFails) {
  broker_.create_topic("orders");
  broker_.storage().faults().write_error_chance = 1;
  EXPECT_EQ(errors_of({.topic_names = {"orders"}}, 5),
            std::vector{KafkaError::kafka_storage_error});
}

}  // namespace
}  // namespace koine::kafka
