#include "protocols/http/handlers/records.h"

#include <gtest/gtest.h>

#include <chrono>

#include "protocols/http/session_test_bench.h"

namespace koine::http {
namespace {

class Records : public testing::Test {
 protected:
  Records() : broker_({.shard_count = 2}), client_(broker_.connect()) {
    const auto made =
        broker_.server().run(broker_.server().engine().create_topic({.name = "orders"}));
    EXPECT_TRUE(made);
  }

  Answered get(std::string_view target, std::string_view fields = {}) {
    return client_.call(request("GET", target, fields));
  }
  Answered post(std::string_view body, std::string_view fields = {},
                std::string_view target = "/v1/topics/orders/records") {
    return client_.call(
        request("POST", target,
                std::string(fields) + "Content-Length: " + std::to_string(body.size()) + "\r\n") +
        std::string(body));
  }
  static std::string request(std::string_view method, std::string_view target,
                             std::string_view fields) {
    return std::string(method) + " " + std::string(target) + " HTTP/1.1\r\nHost: x\r\n" +
           std::string(fields) + "\r\n";
  }
  Answered append_json(std::string_view records) {
    return post(R"({"records":)" + std::string(records) + "}",
                "Content-Type: application/vnd.koine.records+json\r\n");
  }
  static std::string next_of(const Answered& answer) {
    const std::size_t at = answer.body.find(R"("next":")") + 8;
    return answer.body.substr(at, answer.body.find('"', at) - at);
  }

  TestBroker broker_;
  TestClient client_;
};

TEST_F(Records, ARawOneComesBackAsItWas) {
  const Answered appended =
      post("{\"total\": 12}",
           "Content-Type: application/json\r\nKoine-Key: o%2017\r\nKoine-Timestamp: 1000\r\n"
           "Koine-Header-Region: e%C3%BC\r\nTraceparent: 00-ab\r\n");
  EXPECT_EQ(appended.status, 201);
  EXPECT_EQ(appended.body, R"({"records":[{"partition":0,"offset":0}]})");
  EXPECT_EQ(appended.field("Location"), "/v1/topics/orders/partitions/0/records/0");

  const Answered raw = get(appended.field("Location"));
  EXPECT_EQ(raw.status, 200);
  EXPECT_EQ(raw.body, "{\"total\": 12}");
  EXPECT_EQ(raw.field("content-type"), "application/json");
  EXPECT_EQ(raw.field("Koine-Key"), "o%2017");
  EXPECT_EQ(raw.field("Koine-Timestamp"), "1000");
  EXPECT_EQ(raw.field("Koine-Header-region"), "e%C3%BC");
  EXPECT_EQ(raw.field("traceparent"), "00-ab");
  EXPECT_EQ(raw.field("Content-Security-Policy"), "sandbox");

  const Answered json = get(appended.field("Location"), "Accept: application/json\r\n");
  EXPECT_EQ(json.body, R"({"partition":0,"offset":0,"timestamp_ms":1000,"key":"o 17","headers":)"
                       "{\"content-type\":\"application/json\",\"region\":\"e\xC3\xBC\","
                       R"("traceparent":"00-ab"},"value":{"total":12}})");
}

TEST_F(Records, ManyAreReadFromWhereOneWas) {
  EXPECT_EQ(append_json(R"([{"value": "a"}, {"value": {"n": 1}}, {"value": null, "key": "k"},
                            {"value_base64": "//4=", "key_base64": "/g=="}])")
                .status,
            201);
  const Answered first = get("/v1/topics/orders/records?limit=2");
  EXPECT_TRUE(first.body.contains(R"("value":"a")"));
  EXPECT_TRUE(
      first.body.contains(R"("headers":{"content-type":"application/json"},"value":{"n":1})"));
  const Answered second = get("/v1/topics/orders/records?after=" + next_of(first));
  EXPECT_TRUE(second.body.contains(R"("offset":2,)"));
  EXPECT_TRUE(second.body.contains(R"("key":"k","headers":{},"value":null)"));
  EXPECT_TRUE(second.body.contains(R"("key_base64":"/g==","headers":{},"value_base64":"//4=")"));
  EXPECT_TRUE(get("/v1/topics/orders/records?after=" + next_of(second))
                  .body.starts_with(R"({"records":[],"next":")"));
  EXPECT_TRUE(get("/v1/topics/orders/records?partition=0&offset=3").body.contains("offset\":3"));
  EXPECT_TRUE(get("/v1/topics/orders/records?from=end").body.starts_with(R"({"records":[],)"));
  EXPECT_TRUE(get("/v1/topics/orders/records?key=k")
                  .body.starts_with(R"({"records":[{"partition":0,"offset":2,)"));
  EXPECT_TRUE(get("/v1/topics/orders/records?header.content-type=application/json")
                  .body.starts_with(R"({"records":[{"partition":0,"offset":1,)"));
}

TEST_F(Records, WhatIsWrongIsNamed) {
  EXPECT_TRUE(post("x", "Koine-Kee: k\r\n").body.contains("Koine-Kee: is unknown"));
  EXPECT_TRUE(post("x", "Koine-Partition: 7\r\n").body.contains("found 7, topic orders has 1"));
  EXPECT_TRUE(post("x", "Koine-Key: %x\r\n").body.contains("hexadecimal"));
  EXPECT_TRUE(post("x", "Koine-Key-Base64: x\r\n").body.contains("base64"));
  EXPECT_TRUE(post("x", "Koine-Timestamp: -1\r\n").body.contains("whole number"));
  EXPECT_TRUE(append_json("[]").body.contains("expected 1 to 10000"));
  EXPECT_TRUE(append_json(R"([{"valu": 1}])").body.contains("body.records[0].valu"));
  EXPECT_TRUE(append_json(R"([{"value": 1, "value_base64": ""}])").body.contains("also a value"));
  EXPECT_TRUE(append_json(R"([{"key": 1}])").body.contains("body.records[0].key: found a number"));
  EXPECT_EQ(post("x", "", "/v1/topics/none/records").status, 404);
  EXPECT_EQ(get("/v1/topics/orders/records?offset=0&from=start").status, 400);
  EXPECT_EQ(get("/v1/topics/orders/records?partition=1").status, 400);
  EXPECT_EQ(get("/v1/topics/orders/records?after=x").status, 400);
  EXPECT_EQ(get("/v1/topics/orders/partitions/0/records/0").status, 404);
  EXPECT_EQ(get("/v1/topics/orders/partitions/1/records/0").status, 404);
  // Never there, other than what retention removed.
  const Answered past = get("/v1/topics/orders/records?offset=9");
  EXPECT_EQ(past.status, 400);
  EXPECT_TRUE(past.body.contains(R"("end_offset":0)"));
}

TEST_F(Records, OnesLargerThanTheTopicAllowsAreRefused) {
  ASSERT_TRUE(broker_.server().run(
      broker_.server().engine().change_settings("orders", {.message_bytes_max = 100'000}, 4, 4)));
  EXPECT_EQ(post(std::string(100'000, 'x')).status, 413);
  // Many that are too large for one batch become several.
  std::string records;
  for (int n = 0; n < 3; ++n) {
    records +=
        (n == 0 ? "[" : ",") + std::string(R"({"value":")") + std::string(60'000, 'x') + "\"}";
  }
  const Answered answer = append_json(records + "]");
  EXPECT_EQ(answer.status, 201);
  EXPECT_TRUE(answer.body.contains(R"({"partition":0,"offset":2})")) << answer.body;
  // More than one piece: made while it is sent.
  const Answered read = get("/v1/topics/orders/records");
  EXPECT_EQ(read.field("Transfer-Encoding"), "chunked");
  EXPECT_TRUE(read.body.starts_with(R"({"records":[{)"));
  EXPECT_TRUE(read.body.contains(R"("offset":2,)"));
  EXPECT_TRUE(read.body.ends_with("\"}"));
}

TEST_F(Records, WhatRetentionHasRemovedIsGone) {
  for (int n = 0; n < 5; ++n) EXPECT_EQ(post("x").status, 201);
  const auto removed = broker_.server().run_on(
      broker_.server().engine().owner_of(broker_.server().partition("orders")->log_id()),
      broker_.server().partition("orders")->delete_records(Offset{3}));
  ASSERT_TRUE(removed);
  const Answered gone = get("/v1/topics/orders/records?partition=0&offset=1");
  EXPECT_EQ(gone.status, 410);
  EXPECT_TRUE(gone.body.contains(R"("first_offset":3)"));
  EXPECT_TRUE(gone.body.contains(R"("first_position":")"));
  EXPECT_EQ(get("/v1/topics/orders/partitions/0/records/1").status, 410);
  EXPECT_EQ(get("/v1/topics/orders/partitions/0/records/3").status, 200);
}

TEST_F(Records, ALongPollEndsWithTheFirstRecord) {
  client_.send(request("GET", "/v1/topics/orders/records?wait_ms=30000&from=end", {}));
  broker_.world().run_for(std::chrono::seconds(5));
  EXPECT_TRUE(client_.received().empty());
  TestClient other = broker_.connect();
  EXPECT_EQ(other.call(request("POST", "/v1/topics/orders/records", "Content-Length: 1\r\n") + "x")
                .status,
            201);
  const Answered answer = client_.receive();
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(answer.body.contains(R"("value":"x")"));
}

TEST_F(Records, ALongPollEndsWithItsTimeOrTheServer) {
  const MonotonicTime begin = broker_.world().now();
  EXPECT_TRUE(get("/v1/topics/orders/records?wait_ms=30000").body.contains(R"("records":[])"));
  EXPECT_GE(broker_.world().now() - begin, std::chrono::seconds(30));
  client_.send(request("GET", "/v1/topics/orders/records?wait_ms=60000", {}));
  broker_.world().run_for(std::chrono::seconds(1));
  broker_.drain();
  EXPECT_EQ(client_.receive().status, 200);
}

TEST_F(Records, KeysChooseThePartitionAndOthersAreSpread) {
  ASSERT_TRUE(broker_.server().run(
      broker_.server().engine().create_topic({.name = "wide", .partition_count = 4})));
  const auto partition_of = [&](std::string_view fields) {
    return post("x", fields, "/v1/topics/wide/records").body.substr(0, 26);
  };
  EXPECT_EQ(partition_of("Koine-Key: a\r\n"), partition_of("Koine-Key: a\r\n"));
  EXPECT_NE(partition_of(""), partition_of(""));
  const Answered mixed =
      post(R"({"records":[{"partition":2},{"partition":1},{"partition":2}]})",
           "Content-Type: application/vnd.koine.records+json\r\n", "/v1/topics/wide/records");
  EXPECT_TRUE(mixed.body.contains(R"({"partition":1,)")) << mixed.body;
  const Answered all = get("/v1/topics/wide/records?partition=1&partition=2");
  EXPECT_FALSE(all.body.contains(R"("partition":0)"));
}

TEST_F(Records, CloudEventsInAndOut) {
  const std::string_view attributes =
      "ce-specversion: 1.0\r\nce-id: 7\r\nce-source: /shop%20a\r\nce-type: order.placed\r\n";
  EXPECT_EQ(post(R"({"total":12})", std::string(attributes) + "Content-Type: application/json\r\n")
                .status,
            201);
  EXPECT_TRUE(post("x", "ce-id: 7\r\n").body.contains("ce-specversion: is missing"));
  EXPECT_EQ(post(R"({"specversion":"1.0","id":"8","source":"/s","type":"t","data":1})",
                 "Content-Type: application/cloudevents+json; charset=utf-8\r\n")
                .status,
            201);
  EXPECT_TRUE(post(R"({"specversion":"1.0"})", "Content-Type: application/cloudevents+json\r\n")
                  .body.contains("body.id: is missing"));
  EXPECT_EQ(post(R"([{"specversion":"1.0","id":"9","source":"/s","type":"t"}])",
                 "Content-Type: application/cloudevents-batch+json\r\n")
                .status,
            201);
  EXPECT_EQ(post("no event").status, 201);

  const Answered binary = get("/v1/topics/orders/partitions/0/records/0");
  EXPECT_EQ(binary.field("ce-source"), "%2Fshop%20a");
  EXPECT_EQ(binary.body, R"({"total":12})");
  const Answered structured =
      get("/v1/topics/orders/partitions/0/records/0", "Accept: application/cloudevents+json\r\n");
  EXPECT_EQ(structured.body,
            R"({"specversion":"1.0","id":"7","source":"/shop a","type":"order.placed",)"
            R"("datacontenttype":"application/json","data":{"total":12}})");
  EXPECT_EQ(
      get("/v1/topics/orders/partitions/0/records/3", "Accept: application/cloudevents+json\r\n")
          .status,
      406);
  const Answered batch =
      get("/v1/topics/orders/records", "Accept: application/cloudevents-batch+json\r\n");
  EXPECT_TRUE(batch.body.starts_with(R"([{"specversion":"1.0","id":"7")"));
  EXPECT_TRUE(batch.body.ends_with(R"({"specversion":"1.0","id":"9","source":"/s","type":"t"}])"));
  EXPECT_TRUE(batch.field("Koine-Next").ends_with(".0-4"));
}

}  // namespace
}  // namespace koine::http
