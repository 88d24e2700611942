#include "protocols/kafka/handlers/describe_cluster.h"

#include <gtest/gtest.h>

#include "protocols/kafka/authorized_operations.h"
#include "protocols/kafka/session_test_bench.h"

namespace koine::kafka {
namespace {

class DescribeCluster : public testing::Test {
 protected:
  DescribeClusterResponse describe(const DescribeClusterRequest& request) {
    return client_.call<DescribeClusterResponse>(request, 1);
  }
  TestBroker broker_;
  TestClient client_ = broker_.connect();
};

TEST_F(DescribeCluster, NamesTheOneBroker) {
  const auto described = describe({});
  EXPECT_EQ(described.error_code, KafkaError::none);
  EXPECT_EQ(described.cluster_id, broker_.engine().cluster_id());
  EXPECT_EQ(described.controller_id, broker_id);
  ASSERT_EQ(described.brokers.size(), 1U);
  EXPECT_EQ(described.brokers[0].host, "127.0.0.1");
  EXPECT_EQ(described.brokers[0].port, 9092);
  EXPECT_EQ(described.cluster_authorized_operations, operations_not_asked);
}

TEST_F(DescribeCluster, TellsTheOperationsWhenAsked) {
  EXPECT_EQ(describe({.include_cluster_authorized_operations = true}).cluster_authorized_operations,
            cluster_operations);
}

TEST_F(DescribeCluster, RefusesToNameControllers) {
  EXPECT_EQ(describe({.endpoint_type = 2}).error_code, KafkaError::mismatched_endpoint_type);
  EXPECT_EQ(describe({.endpoint_type = 3}).error_code, KafkaError::unsupported_endpoint_type);
}

}  // namespace
}  // namespace koine::kafka
