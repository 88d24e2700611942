#include "protocols/kafka/errors.h"

#include <gtest/gtest.h>

#include <utility>

#include "protocols/kafka/handlers/produce.h"

namespace koine::kafka {
namespace {

TEST(Errors, EveryCodeHasAKafkaError) {
  for (int code = 0; code <= std::to_underlying(ErrorCode::unsupported); ++code) {
    const KafkaError error = to_kafka_error(static_cast<ErrorCode>(code));
    EXPECT_NE(error, KafkaError::none) << name_of(static_cast<ErrorCode>(code));
    EXPECT_NE(error, KafkaError::unknown_server_error) << name_of(static_cast<ErrorCode>(code));
  }
}

TEST(Errors, EveryGroupErrorHasAKafkaError) {
  EXPECT_EQ(to_kafka_error(core::GroupError::none), KafkaError::none);
  for (int code = 1; code <= std::to_underlying(core::GroupError::storage); ++code) {
    const KafkaError error = to_kafka_error(static_cast<core::GroupError>(code));
    EXPECT_NE(error, KafkaError::none) << name_of(static_cast<core::GroupError>(code));
    EXPECT_NE(error, KafkaError::unknown_server_error)
        << name_of(static_cast<core::GroupError>(code));
  }
}

TEST(Errors, AFullDiskIsSomethingThatClientsRetry) {
  EXPECT_EQ(to_kafka_error(Error(ErrorCode::no_space)), KafkaError::kafka_storage_error);
  EXPECT_EQ(to_kafka_error(Error(ErrorCode::corrupt)), KafkaError::corrupt_message);
}

TEST(Errors, AFullQueueIsNothingThatClientsRetry) {
  EXPECT_EQ(to_produce_error(Error(ErrorCode::unavailable)), KafkaError::policy_violation);
}

TEST(Errors, HaveTheProtocolsNamesAndNumbers) {
  EXPECT_EQ(std::to_underlying(KafkaError::unsupported_version), 35);
  EXPECT_EQ(name_of(KafkaError::unsupported_version), "UNSUPPORTED_VERSION");
  EXPECT_EQ(name_of(static_cast<KafkaError>(9999)), "UNKNOWN_SERVER_ERROR");
}

}  // namespace
}  // namespace koine::kafka
