#include "core/routing/hash_index.h"

#include <gtest/gtest.h>

#include <map>

#include "core/routing/routing_fixture.h"

namespace koine::core {
namespace {

void hashing(RoutingTable& table, FieldTable arguments = {}) {
  table.exchange("hash", ExchangeType::consistent_hash,
                 [&](ExchangeSpec& spec) { spec.arguments = std::move(arguments); });
  for (const char* name : {"a", "b", "c"}) table.queue(name);
  table.bind("hash", "a", "1");
  table.bind("hash", "b", "1");
  table.bind("hash", "c", "2");
}

constexpr int key_count = 10'000;

std::map<std::string, std::string> routes(const RoutingTable& table) {
  std::map<std::string, std::string> routes;
  for (int n = 0; n < key_count; ++n) {
    const std::string key = "key " + std::to_string(n);
    routes[key] = table.route("hash", key);
  }
  return routes;
}

TEST(ConsistentHash, SharesKeysInProportionToTheWeights) {
  RoutingTable table;
  hashing(table);
  std::map<std::string, int> counts;
  for (const auto& [key, queue] : routes(table)) ++counts[queue];
  EXPECT_NEAR(counts["a"], key_count / 4, key_count / 40);
  EXPECT_NEAR(counts["b"], key_count / 4, key_count / 40);
  EXPECT_NEAR(counts["c"], key_count / 2, key_count / 40);
}

TEST(ConsistentHash, MovesOnlyTheKeysOfABindingThatGoes) {
  RoutingTable table;
  hashing(table);
  const auto before = routes(table);
  ASSERT_TRUE(table.catalog().apply(RemoveBinding{RoutingTable::binding("hash", "b", "1")}));
  for (const auto& [key, queue] : routes(table)) {
    EXPECT_NE(queue, "b");
    if (before.at(key) != "b") EXPECT_EQ(queue, before.at(key));
  }
  // The order in which bindings were made doesn't matter.
  table.bind("hash", "b", "1");
  EXPECT_EQ(routes(table), before);
}

TEST(ConsistentHash, LeadsNowhereWithoutBindings) {
  RoutingTable table;
  table.exchange("hash", ExchangeType::consistent_hash);
  EXPECT_EQ(table.route("hash", "a"), "");
}

TEST(ConsistentHash, HashesAHeader) {
  RoutingTable table;
  hashing(table, {text_field("hash-header", "customer")});
  std::map<std::string, int> counts;
  for (int n = 0; n < 100; ++n) {
    const FieldTable headers = {field("customer", std::int32_t{n})};
    const std::string queue = table.route("hash", "any key", headers);
    EXPECT_EQ(table.route("hash", "another key", headers), queue);
    EXPECT_EQ(table.route("hash", "", {field("customer", std::int64_t{n})}), queue);
    ++counts[queue];
  }
  EXPECT_EQ(counts.size(), 3U);
  EXPECT_EQ(table.route("hash", "x"), table.route("hash", "y"));
}

TEST(ConsistentHash, HashesAProperty) {
  for (const char* property : {"message_id", "correlation_id", "timestamp"}) {
    RoutingTable table;
    hashing(table, {text_field("hash-property", property)});
    std::map<std::string, int> counts;
    for (int n = 0; n < 100; ++n) {
      Properties properties;
      properties.message_id = properties.correlation_id = std::to_string(n);
      properties.timestamp = static_cast<std::uint64_t>(n);
      std::vector<std::byte> encoded;
      encode_properties(properties, encoded);
      Route route;
      ASSERT_TRUE(find_route(table.catalog(),
                             {.vhost = "/",
                              .exchange = "hash",
                              .routing_key = "key",
                              .headers = {},
                              .properties = encoded},
                             route));
      ++counts[RoutingTable::names(route)];
    }
    EXPECT_EQ(counts.size(), 3U) << property;
  }
}

}  // namespace
}  // namespace koine::core
