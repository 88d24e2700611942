#include "protocols/kafka/handlers/consumer_protocol.h"

#include "protocols/kafka/wire.h"

namespace koine::kafka {

namespace {

constexpr std::size_t topic_bytes_min = 2;

}  // namespace

std::optional<std::vector<std::string>> subscribed_topics(ByteView metadata) {
  Reader reader(metadata);
  const std::int16_t version = reader.int16();
  const auto count = reader.nullable_count(topic_bytes_min);
  if (!reader.ok() || version < 0 || !count) return std::nullopt;
  std::vector<std::string> topics;
  for (std::size_t n = 0; n < *count; ++n) {
    const std::string_view topic = reader.string();
    if (!reader.charge(sizeof(std::string) + topic.size()) || !reader.ok()) return std::nullopt;
    topics.emplace_back(topic);
  }
  return topics;
}

}  // namespace koine::kafka
