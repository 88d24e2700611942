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

CatalogChange put(TopicPtr topic) {
  CatalogChange change;
  change.topic = std::move(topic);
  change.next_log_numbers = {1100, 1030};
  return change;
}

TEST(Catalog, FindsByNameIdAndLog) {
  Catalog catalog;
  const auto topic = topic_of("a", 1, {LogId{1024}, LogId{1025}});
  catalog.apply(put(topic));
  EXPECT_EQ(catalog.find("a"), topic);
  EXPECT_EQ(catalog.find(topic->id), topic);
  EXPECT_EQ(catalog.owner_of(LogId{1025}), topic);
  EXPECT_EQ(catalog.owner_of(LogId{9}), nullptr);
  EXPECT_EQ(catalog.find("b"), nullptr);
  EXPECT_EQ(catalog.find(TopicId{}), nullptr);
  EXPECT_EQ(catalog.partition_count(), 2U);
  EXPECT_EQ(catalog.next_log_number(ShardId{1}), 1030U);
  EXPECT_EQ(catalog.next_log_number(ShardId{7}), journal::first_dynamic_log);
}

TEST(Catalog, ReplacesAndRemoves) {
  Catalog catalog;
  catalog.apply(put(topic_of("a", 1, {LogId{1024}})));
  const auto more = topic_of("a", 1, {LogId{1024}, LogId{1025}});
  catalog.apply(put(more));
  EXPECT_EQ(catalog.find("a"), more);
  EXPECT_EQ(catalog.partition_count(), 2U);
  CatalogChange removal = put(more);
  removal.kind = CatalogChange::Kind::remove_topic;
  catalog.apply(removal);
  catalog.apply(removal);  // again: nothing
  EXPECT_EQ(catalog.find("a"), nullptr);
  EXPECT_EQ(catalog.find(more->id), nullptr);
  EXPECT_EQ(catalog.owner_of(LogId{1024}), nullptr);
  EXPECT_EQ(catalog.next_log_number(ShardId{0}), 1100U);
}

TEST(Catalog, ComesBackFromWhatWasSaved) {
  Catalog before;
  before.apply(put(topic_of("a", 1, {LogId{1024}})));
  before.apply(put(topic_of("b", 2, {LogId{1025}, LogId{1026}})));
  Catalog after;
  ASSERT_TRUE(after.restore(before.save()));
  ASSERT_NE(after.find("b"), nullptr);
  EXPECT_EQ(after.find("b")->settings, before.find("b")->settings);
  EXPECT_EQ(after.find("b")->settings_given, 9U);
  EXPECT_EQ(after.find("b")->partitions, before.find("b")->partitions);
  EXPECT_EQ(after.next_log_number(ShardId{0}), 1100U);
  EXPECT_EQ(after.save(), before.save());
}

TEST(Catalog, RefusesDamagedState) {
  Catalog catalog;
  catalog.apply(put(topic_of("a", 1, {LogId{1024}})));
  auto saved = catalog.save();
  for (std::size_t size = 0; size < saved.size(); ++size) {
    EXPECT_EQ(Catalog().restore(ByteView(saved).first(size)).error().code(), ErrorCode::corrupt);
  }
  saved[0] = std::byte{9};
  EXPECT_EQ(Catalog().restore(saved).error().code(), ErrorCode::corrupt);
}

TEST(CatalogChange, RoundTripsAndRefusesDamage) {
  const auto encoded = put(topic_of("a", 1, {LogId{1024}})).encode();
  const auto change = CatalogChange::decode(encoded);
  ASSERT_TRUE(change);
  EXPECT_EQ(change->encode(), encoded);
  for (std::size_t size = 0; size < encoded.size(); ++size) {
    EXPECT_EQ(CatalogChange::decode(ByteView(encoded).first(size)).error().code(),
              ErrorCode::corrupt);
  }
  auto wrong = encoded;
  wrong[1] = std::byte{3};
  EXPECT_EQ(CatalogChange::decode(wrong).error().code(), ErrorCode::corrupt);
  wrong = encoded;
  wrong.push_back(std::byte{0});
  EXPECT_EQ(CatalogChange::decode(wrong).error().code(), ErrorCode::corrupt);
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
