#include "protocols/kafka/handlers/find_coordinator.h"

#include <gtest/gtest.h>

#include "protocols/kafka/session_test_bench.h"

namespace koine::kafka {
namespace {

class FindCoordinator : public testing::Test {
 protected:
  FindCoordinatorResponse find(const FindCoordinatorRequest& request, Version version) {
    return client_.call<FindCoordinatorResponse>(request, version);
  }
  TestBroker broker_;
  TestClient client_ = broker_.connect();
};

TEST_F(FindCoordinator, IsTheOneBroker) {
  for (const Version version : {Version{0}, Version{3}}) {
    const auto found = find({.key = "readers"}, version);
    EXPECT_EQ(found.error_code, KafkaError::none);
    EXPECT_EQ(found.node_id, broker_id);
    EXPECT_EQ(found.host, "127.0.0.1");
    EXPECT_EQ(found.port, 9092);
  }
}

TEST_F(FindCoordinator, AnswersForSeveralGroups) {
  const auto found = find({.coordinator_keys = {"readers", "writers"}}, 4);
  ASSERT_EQ(found.coordinators.size(), 2U);
  EXPECT_EQ(found.coordinators[1].key, "writers");
  EXPECT_EQ(found.coordinators[1].node_id, broker_id);
}

TEST_F(FindCoordinator, RefusesTransactionsAndSaysSo) {
  const auto found = find({.key = "tx-1", .key_type = 1}, 3);
  EXPECT_EQ(found.error_code, KafkaError::transactional_id_authorization_failed);
  EXPECT_EQ(found.error_message, "transactions are not supported");
  EXPECT_EQ(found.node_id, -1);
  EXPECT_TRUE(broker_.log().has("tx-1"));
  EXPECT_EQ(find({.key_type = 1, .coordinator_keys = {"tx-1"}}, 4).coordinators.at(0).error_code,
            KafkaError::transactional_id_authorization_failed);
}

TEST_F(FindCoordinator, RefusesOtherTypes) {
  EXPECT_EQ(find({.key = "share", .key_type = 2}, 3).error_code, KafkaError::invalid_request);
}

}  // namespace
}  // namespace koine::kafka
