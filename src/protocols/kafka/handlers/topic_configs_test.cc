#include "protocols/kafka/handlers/topic_configs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace koine::kafka {
namespace {

using testing::HasSubstr;

class TopicConfigs : public testing::Test {
 protected:
  std::string value(std::string_view name) const {
    return value_of(*find_topic_config(name), change_.settings(), options_);
  }
  std::string error_of_set(std::string_view name, std::optional<std::string> text) {
    const auto set = change_.set(name, text);
    return set ? "accepted" : set.error().message();
  }
  std::string error_of(const Result<>& result) {
    return result ? "accepted" : result.error().message();
  }

  core::EngineOptions options_;
  TopicConfigChange change_{options_};
};

TEST_F(TopicConfigs, EachSettingHasItsOwnBit) {
  std::uint32_t bits = 0;
  for (const TopicConfig& config : topic_configs()) {
    EXPECT_EQ(bits & config.bit, 0U) << config.name;
    EXPECT_EQ(config.bit == 0, config.is_fact()) << config.name;
    bits |= config.bit;
  }
  EXPECT_EQ(bits, core::all_settings);
}

TEST_F(TopicConfigs, EveryValueThatIsListedIsAccepted) {
  for (const TopicConfig& config : topic_configs()) {
    EXPECT_EQ(error_of_set(config.name, value(config.name)), "accepted") << config.name;
  }
  EXPECT_EQ(change_.settings(), core::TopicSettings());
}

TEST_F(TopicConfigs, SetsEachSetting) {
  EXPECT_TRUE(change_.set("retention.ms", " 1000 "));
  EXPECT_TRUE(change_.set("retention.bytes", "-1"));
  EXPECT_TRUE(change_.set("max.message.bytes", "2000"));
  EXPECT_TRUE(change_.set("message.timestamp.type", "LogAppendTime"));
  EXPECT_TRUE(change_.set("message.timestamp.before.max.ms", "3"));
  EXPECT_TRUE(change_.set("message.timestamp.after.max.ms", "4"));
  const core::TopicSettings expected{.retention_ms = 1000,
                                     .retention_bytes = -1,
                                     .message_bytes_max = 2000,
                                     .timestamp_source = core::TimestampSource::append,
                                     .timestamp_before_max_ms = 3,
                                     .timestamp_after_max_ms = 4};
  EXPECT_EQ(change_.settings(), expected);
  EXPECT_EQ(change_.given(), core::all_settings);
  EXPECT_EQ(change_.changed(), core::all_settings);
  EXPECT_EQ(value("message.timestamp.type"), "LogAppendTime");
}

TEST_F(TopicConfigs, ResetIsAChangeWithoutAValue) {
  ASSERT_TRUE(change_.reset("retention.ms"));
  EXPECT_EQ(change_.changed(), 1U);
  EXPECT_EQ(change_.given(), 0U);
  EXPECT_THAT(error_of(change_.reset("no.such")), HasSubstr("no.such"));
}

TEST_F(TopicConfigs, RefusesNumbersThatAreNoneOrOutOfRange) {
  EXPECT_EQ(error_of_set("retention.ms", "soon"),
            "retention.ms is soon; expected a number from -1 to 9223372036854775807");
  EXPECT_THAT(error_of_set("retention.ms", "-2"), HasSubstr("retention.ms is -2"));
  EXPECT_THAT(error_of_set("retention.ms", "1.5"), HasSubstr("retention.ms"));
  EXPECT_THAT(error_of_set("retention.ms", "9223372036854775808"), HasSubstr("retention.ms"));
  EXPECT_THAT(error_of_set("max.message.bytes", "2147483647"), HasSubstr("max.message.bytes"));
  EXPECT_EQ(change_.changed(), 0U);
}

TEST_F(TopicConfigs, RefusesOtherClocks) {
  EXPECT_THAT(error_of_set("message.timestamp.type", "Now"), HasSubstr("expected CreateTime or"));
}

TEST_F(TopicConfigs, RefusesNullAndUnknownNames) {
  EXPECT_THAT(error_of_set("retention.ms", std::nullopt), HasSubstr("retention.ms is null"));
  EXPECT_THAT(error_of_set("delete.retention.ms", "1"), HasSubstr("delete.retention.ms"));
}

TEST_F(TopicConfigs, RefusesWhatIsNotTrueByName) {
  EXPECT_THAT(error_of_set("cleanup.policy", "compact"), HasSubstr("cleanup.policy is compact"));
  EXPECT_THAT(error_of_set("compression.type", "zstd"), HasSubstr("compression.type is zstd"));
  EXPECT_THAT(error_of_set("min.insync.replicas", "2"), HasSubstr("min.insync.replicas is 2"));
  EXPECT_THAT(error_of_set("segment.bytes", "1000"), HasSubstr("segment.bytes is 1000"));
}

TEST_F(TopicConfigs, AcceptsKafkasDefaultsWhereTheyAreMet) {
  EXPECT_EQ(error_of_set("segment.bytes", "1073741824"), "accepted");
  EXPECT_EQ(error_of_set("segment.ms", "604800000"), "accepted");
  EXPECT_EQ(error_of_set("preallocate", "false"), "accepted");
  EXPECT_EQ(error_of_set("flush.messages", "9223372036854775807"), "accepted");
  EXPECT_EQ(error_of_set("flush.ms", "1000"), "accepted");
  EXPECT_EQ(change_.changed(), 0U);
}

TEST_F(TopicConfigs, RefusesStrongerDemandsThanAreMet) {
  EXPECT_THAT(error_of_set("flush.messages", "0"), HasSubstr("flush.messages is 0"));
  EXPECT_THAT(error_of_set("flush.messages", "all"), HasSubstr("flush.messages is all"));
  options_.journal.durability = journal::Durability::os;
  EXPECT_THAT(error_of_set("flush.messages", "1"), HasSubstr("flush.messages is 1"));
  EXPECT_EQ(value("flush.ms"), "9223372036854775807");
}

TEST_F(TopicConfigs, EditsLists) {
  EXPECT_EQ(error_of(change_.append("cleanup.policy", "delete")), "accepted");
  EXPECT_THAT(error_of(change_.append("cleanup.policy", "compact")),
              HasSubstr("cleanup.policy is delete,compact"));
  EXPECT_THAT(error_of(change_.subtract("cleanup.policy", "delete")),
              HasSubstr("cleanup.policy is ;"));
  EXPECT_EQ(error_of(change_.subtract("cleanup.policy", "compact")), "accepted");
  EXPECT_THAT(error_of(change_.append("cleanup.policy", std::nullopt)), HasSubstr("null"));
  EXPECT_THAT(error_of(change_.append("cleanup.policy", std::string(2000, ','))),
              HasSubstr("a shorter list"));
  EXPECT_THAT(error_of(change_.append("no.such", "1")), HasSubstr("no.such"));
}

TEST_F(TopicConfigs, OnlyListsCanBeAddedToAndTakenFrom) {
  EXPECT_THAT(error_of(change_.append("retention.ms", "1")), HasSubstr("not a list"));
  EXPECT_THAT(error_of(change_.subtract("retention.ms", "1")), HasSubstr("not a list"));
}

TEST_F(TopicConfigs, RepeatsOnlyTheBeginningOfALongValue) {
  EXPECT_LT(error_of_set("retention.ms", std::string(100'000, 'x')).size(), 300U);
}

}  // namespace
}  // namespace koine::kafka
