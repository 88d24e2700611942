#include "protocols/http/handlers/topics.h"

#include <gtest/gtest.h>

#include "protocols/http/session_test_bench.h"

namespace koine::http {
namespace {

std::string get(std::string_view target) {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: x\r\n\r\n";
}
std::string put(std::string_view target, std::string_view body) {
  return "PUT " + std::string(target) +
         " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}
std::string remove(std::string_view target) {
  return "DELETE " + std::string(target) + " HTTP/1.1\r\nHost: x\r\n\r\n";
}

TEST(Topics, AreMadeChangedAndDeleted) {
  TestBroker broker({.shard_count = 2});
  TestClient client = broker.connect();
  Answered answer =
      client.call(put("/v1/topics/orders", R"({"partitions": 3, "retention_ms": 1000})"));
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(answer.field("Location"), "/v1/topics/orders");
  EXPECT_TRUE(answer.body.contains(R"("partitions":3,"retention_ms":1000,)"));

  // What is not named stays.
  answer =
      client.call(put("/v1/topics/orders", R"({"partitions": 5, "timestamp_source": "append"})"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(answer.body.contains(R"("partitions":5,"retention_ms":1000,)")) << answer.body;
  EXPECT_TRUE(answer.body.contains(R"("timestamp_source":"append")"));
  EXPECT_EQ(client.call(put("/v1/topics/orders", "")).status, 200);

  answer = client.call(put("/v1/topics/orders", R"({"partitions": 2})"));
  EXPECT_EQ(answer.status, 409);
  EXPECT_TRUE(answer.body.contains("can't have fewer"));

  EXPECT_EQ(client.call(remove("/v1/topics/orders")).status, 204);
  EXPECT_EQ(client.call(remove("/v1/topics/orders")).status, 404);
  EXPECT_EQ(client.call(get("/v1/topics/orders")).status, 404);
}

TEST(Topics, WhatIsWrongIsNamed) {
  TestBroker broker;
  TestClient client = broker.connect();
  const auto refused = [&](std::string_view body) {
    const Answered answer = client.call(put("/v1/topics/orders", body));
    EXPECT_EQ(answer.status, 400) << body;
    return answer.body;
  };
  EXPECT_TRUE(refused(R"({"partitons": 3})").contains("body.partitons: unknown field"));
  EXPECT_TRUE(refused(R"({"partitions": 0})").contains("body.partitions: found 0"));
  EXPECT_TRUE(refused(R"({"timestamp_source": "x"})").contains("expected producer or append"));
  EXPECT_TRUE(refused(R"({"message_bytes_max": 99999999})").contains("body.message_bytes_max"));
  EXPECT_TRUE(refused(R"({"retention_ms": -2})").contains("retention"));
  EXPECT_TRUE(refused("[]").contains("expected an object"));
  EXPECT_EQ(client.call(put("/v1/topics/a%2Fb", "")).status, 400);
}

TEST(Topics, AnUnchangedOneIsNotSentAgain) {
  TestBroker broker;
  TestClient client = broker.connect();
  client.call(put("/v1/topics/orders", ""));
  const std::string tag = client.call(get("/v1/topics/orders")).field("ETag");
  const std::string again =
      "GET /v1/topics/orders HTTP/1.1\r\nHost: x\r\nIf-None-Match: " + tag + "\r\n\r\n";
  EXPECT_EQ(client.call(again).status, 304);
  client.call(put("/v1/topics/orders", R"({"partitions": 2})"));
  EXPECT_EQ(client.call(again).status, 200);
}

TEST(Topics, ListsArePagedSearchedAndSorted) {
  TestBroker broker({.shard_count = 2});
  TestClient client = broker.connect();
  client.call(put("/v1/topics/a1", R"({"partitions": 2})"));
  client.call(put("/v1/topics/a2", R"({"partitions": 3})"));
  client.call(put("/v1/topics/b1", R"({"partitions": 1})"));
  const auto names = [&](std::string_view query) {
    const std::string body = client.call(get("/v1/topics" + std::string(query))).body;
    std::string found;
    for (const std::string_view name : {"a1", "a2", "b1"}) {
      const std::size_t at = body.find("\"name\":\"" + std::string(name));
      if (at != std::string::npos) found += std::string(name) + "@" + std::to_string(at) + " ";
    }
    return std::pair(found, body);
  };
  Answered first = client.call(get("/v1/topics?limit=2"));
  EXPECT_TRUE(first.body.ends_with(R"(],"next":"a2"})")) << first.body;
  EXPECT_EQ(first.field("Link"), "</v1/topics?limit=2&after=a2>; rel=\"next\"");
  const auto last = names("?limit=2&after=a2");
  EXPECT_TRUE(last.first.starts_with("b1@"));
  EXPECT_FALSE(last.second.contains("next"));
  EXPECT_FALSE(names("?search=a").first.contains("b1"));

  const auto order_of = [&](std::string_view query, std::string_view before,
                            std::string_view after) {
    const std::string body = names(query).second;
    return body.find("\"" + std::string(before) + "\"") <
           body.find("\"" + std::string(after) + "\"");
  };
  EXPECT_TRUE(order_of("?sort=-name", "b1", "a1"));
  EXPECT_TRUE(order_of("?sort=partitions", "b1", "a1"));
  EXPECT_TRUE(order_of("?sort=-partitions", "a2", "a1"));
  EXPECT_TRUE(names("?sort=-name&limit=1&after=b1").first.starts_with("a2@"));
  EXPECT_EQ(client.call(get("/v1/topics?sort=color")).status, 400);
  EXPECT_EQ(client.call(get("/v1/topics?limit=0")).status, 400);
}

TEST(Topics, SortedByWhatIsInThem) {
  TestBroker broker({.shard_count = 2});
  TestClient client = broker.connect();
  client.call(put("/v1/topics/small", ""));
  client.call(put("/v1/topics/large", R"({"partitions": 2})"));
  ASSERT_TRUE(broker.server().append(broker.server().partition("large", 1), core::test_batch(5)));
  ASSERT_TRUE(broker.server().append(broker.server().partition("small", 0), core::test_batch(2)));
  const std::string body = client.call(get("/v1/topics?sort=-records")).body;
  EXPECT_LT(body.find("large"), body.find("small"));
  EXPECT_TRUE(body.contains("\"records\":5"));
  EXPECT_TRUE(client.call(get("/v1/topics/large"))
                  .body.contains(R"({"partition":1,"start_offset":0,"end_offset":5,"bytes":)"));
}

}  // namespace
}  // namespace koine::http
