#include "core/catalog.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "journal/log_id.h"

namespace koine::core {
namespace {

TopicPtr topic_of(std::string name, std::uint8_t id, std::vector<LogId> partitions) {
  auto topic = std::make_shared<Topic>();
  topic->name = std::move(name);
  topic->id.bytes[0] = static_cast<std::byte>(id);
  topic->settings.retention_ms = 123;
  topic->settings.timestamp_source = TimestampSource::append;
  topic->settings_given = 9;
  topic->partitions = std::move(partitions);
  return topic;
}

TEST(Catalog, FindsTopicsByNameIdAndLog) {
  Catalog catalog;
  const auto topic = topic_of("a", 1, {LogId{1024}, LogId{1025}});
  ASSERT_TRUE(catalog.apply(PutTopic{topic}));
  EXPECT_EQ(catalog.find("a"), topic);
  EXPECT_EQ(catalog.find_topic({"/", "a"}), topic);
  EXPECT_EQ(catalog.find_topic({"other", "a"}), nullptr);
  EXPECT_EQ(catalog.find(topic->id), topic);
  EXPECT_TRUE(catalog.has_log(LogId{1025}));
  EXPECT_FALSE(catalog.has_log(LogId{9}));
  EXPECT_EQ(catalog.find("b"), nullptr);
  EXPECT_EQ(catalog.find(TopicId{}), nullptr);
  EXPECT_EQ(catalog.partition_count(), 2U);
  EXPECT_EQ(catalog.next_log_number(ShardId{0}), 1026U);
  EXPECT_EQ(catalog.next_log_number(ShardId{7}), journal::first_dynamic_log);
}

TEST(Catalog, ReplacesAndRemovesTopics) {
  Catalog catalog;
  ASSERT_TRUE(catalog.apply(PutTopic{topic_of("a", 1, {LogId{1024}})}));
  const auto more = topic_of("a", 1, {LogId{1024}, LogId{1025}});
  ASSERT_TRUE(catalog.apply(PutTopic{more}));
  EXPECT_EQ(catalog.find("a"), more);
  EXPECT_EQ(catalog.partition_count(), 2U);
  ASSERT_TRUE(catalog.apply(RemoveTopic{"a"}));
  EXPECT_EQ(catalog.apply(RemoveTopic{"a"}).error().code(), ErrorCode::not_found);
  EXPECT_EQ(catalog.find("a"), nullptr);
  EXPECT_EQ(catalog.find(more->id), nullptr);
  EXPECT_FALSE(catalog.has_log(LogId{1024}));
  EXPECT_EQ(catalog.next_log_number(ShardId{0}), 1026U);
}

TEST(Catalog, TopicsComeBackFromWhatWasSaved) {
  Catalog before;
  ASSERT_TRUE(before.apply(PutTopic{topic_of("a", 1, {LogId{1024}})}));
  ASSERT_TRUE(before.apply(PutTopic{topic_of("b", 2, {LogId{1025}, LogId{1026}})}));
  Catalog after;
  ASSERT_TRUE(after.restore(before.save()));
  ASSERT_NE(after.find("b"), nullptr);
  EXPECT_EQ(after.find("b")->settings, before.find("b")->settings);
  EXPECT_EQ(after.find("b")->settings_given, 9U);
  EXPECT_EQ(after.find("b")->partitions, before.find("b")->partitions);
  EXPECT_EQ(after.next_log_number(ShardId{0}), 1027U);
  EXPECT_EQ(after.save(), before.save());
}

TEST(Topic, ChecksNames) {
  EXPECT_TRUE(is_valid_topic_name("orders.v2_eu-1"));
  EXPECT_TRUE(is_valid_topic_name(std::string(249, 'a')));
  EXPECT_FALSE(is_valid_topic_name(std::string(250, 'a')));
  for (const char* name : {"", ".", "..", "a b", "a/b", "\xc3\xa4"})
    EXPECT_FALSE(is_valid_topic_name(name)) << name;
}

TEST(Topic, ChecksSettings) {
  EXPECT_TRUE(check_settings({}));
  EXPECT_TRUE(check_settings({.retention_ms = unlimited, .retention_bytes = 0}));
  for (const TopicSettings& wrong :
       {TopicSettings{.retention_ms = -2}, TopicSettings{.retention_bytes = -2},
        TopicSettings{.message_bytes_max = -1},
        TopicSettings{.message_bytes_max = message_bytes_limit + 1},
        TopicSettings{.timestamp_before_max_ms = -1},
        TopicSettings{.timestamp_after_max_ms = -1}}) {
    EXPECT_EQ(check_settings(wrong).error().code(), ErrorCode::invalid_argument);
  }
}

}  // namespace
}  // namespace koine::core
