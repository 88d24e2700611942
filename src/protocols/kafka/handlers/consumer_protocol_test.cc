#include "protocols/kafka/handlers/consumer_protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocols/kafka/wire.h"

namespace koine::kafka {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;

Writer subscription(const std::vector<std::string>& topics, std::int16_t version = 1) {
  Writer writer;
  writer.int16(version);
  writer.count(topics.size());
  for (const std::string& topic : topics) writer.string(topic);
  return writer;
}

TEST(ConsumerProtocol, GivesTheTopics) {
  Writer writer = subscription({"orders", "payments"});
  EXPECT_THAT(subscribed_topics(writer.view()), Optional(ElementsAre("orders", "payments")));
}

TEST(ConsumerProtocol, IgnoresWhatFollows) {
  Writer writer = subscription({"orders"}, 3);
  writer.bytes(as_bytes("what the assignor added"));
  EXPECT_THAT(subscribed_topics(writer.view()), Optional(ElementsAre("orders")));
}

TEST(ConsumerProtocol, NoTopicsAreNoTopics) {
  EXPECT_THAT(subscribed_topics(subscription({}).view()), Optional(IsEmpty()));
}

TEST(ConsumerProtocol, RefusesWhatIsCutOff) {
  const Writer writer = subscription({"orders", "payments"});
  for (std::size_t size = 0; size < writer.size(); ++size) {
    EXPECT_EQ(subscribed_topics(writer.view().first(size)), std::nullopt) << size;
  }
}

TEST(ConsumerProtocol, RefusesMoreTopicsThanThereAreBytes) {
  Writer writer;
  writer.int16(1);
  writer.int32(1'000'000'000);
  EXPECT_EQ(subscribed_topics(writer.view()), std::nullopt);
}

TEST(ConsumerProtocol, RefusesNullAndNegativeVersions) {
  Writer writer;
  writer.int16(1);
  writer.int32(-1);
  EXPECT_EQ(subscribed_topics(writer.view()), std::nullopt);
  EXPECT_EQ(subscribed_topics(subscription({"orders"}, -1).view()), std::nullopt);
}

}  // namespace
}  // namespace koine::kafka
