#include "protocols/http/http2/session.h"

#include <gtest/gtest.h>

#include <map>

#include "protocols/http/http2/test_client.h"
#include "protocols/http/session_test_bench.h"
#include "protocols/http/test_routes.h"

namespace koine::http {
namespace {

TestBrokerOptions with_test_routes() { return {.routes = test::routes()}; }

TEST(Http2Session, AnswersManyStreamsAtOnce) {
  TestBroker broker;
  Http2TestClient client(broker);
  std::vector<std::int32_t> streams;
  for (int n = 0; n < 100; ++n) streams.push_back(client.get("/livez"));
  for (const std::int32_t id : streams) {
    const auto& answer = client.finish(id);
    EXPECT_EQ(answer.fields.at(":status"), "200");
    EXPECT_EQ(answer.fields.at("content-length"), "3");
    EXPECT_EQ(answer.body, "ok\n");
    EXPECT_EQ(answer.error, 0U);
  }
  EXPECT_EQ(broker.statistics().requests_http2, 100U);
}

TEST(Http2Session, TakesBodiesOfAllSizesInWhateverPieces) {
  TestBroker broker(with_test_routes());
  Http2TestClient client(broker, {.cut_seed = 5});
  for (const std::size_t size : {0U, 1U, 16384U, 1'000'000U}) {
    const std::string body(size, 'b');
    const auto& answer = client.finish(client.post("/echo", body));
    EXPECT_EQ(answer.fields.at(":status"), "200");
    EXPECT_EQ(answer.body, body);
  }
  EXPECT_EQ(client.finish(client.post("/echo-at-once", std::string(101, 'x'))).fields.at(":status"),
            "413");
  EXPECT_EQ(client.finish(client.get("/nothing")).fields.at(":status"), "404");
  EXPECT_EQ(client.finish(client.post("/count", std::string(100'000, 'x'))).fields.at(":status"),
            "405");
}

TEST(Http2Session, MakesBodiesAsTheWindowOpens) {
  TestBroker broker(with_test_routes());
  Http2TestClient client(broker);
  const auto& answer = client.finish(client.get("/count?parts=20000&bytes=100"));
  EXPECT_EQ(answer.body.size(), 2'000'000U);
  EXPECT_EQ(client.finish(client.get("/broken")).error, std::uint32_t{NGHTTP2_INTERNAL_ERROR});
}

TEST(Http2Session, AWindowThatStaysShutHoldsLittleAndNotForEver) {
  TestBroker broker(with_test_routes());
  Http2TestClient client(broker);
  client.opens_windows(false);
  const std::int32_t id = client.get("/count?parts=1000000&bytes=100");
  client.run_for(std::chrono::seconds(10));
  EXPECT_LT(broker.statistics().bytes_sent, 100'000U);
  EXPECT_EQ(broker.statistics().streams_open, 1U);
  EXPECT_EQ(client.finish(id).error, std::uint32_t{NGHTTP2_CANCEL});
  client.run_for(std::chrono::seconds(1));
  EXPECT_EQ(broker.statistics().streams_open, 0U);
}

TEST(Http2Session, EventsEndWithTheirStream) {
  TestBroker broker(with_test_routes());
  Http2TestClient client(broker);
  const std::int32_t id = client.get("/events");
  client.run_for(std::chrono::minutes(10));
  EXPECT_GE(client.answer(id).body.size(), 2U * 590);
  client.reset(id);
  client.run_for(std::chrono::seconds(2));
  EXPECT_EQ(broker.statistics().streams_open, 0U);
  EXPECT_EQ(client.finish(client.get("/count")).body.size(), 30U);
}

TEST(Http2Session, DrainingEndsWhatWaitsAndTheConnection) {
  TestBroker broker(with_test_routes());
  Http2TestClient client(broker);
  const std::int32_t events = client.get("/events");
  const std::int32_t waiting = client.get("/wait");
  client.run_for(std::chrono::seconds(3));
  broker.drain();
  EXPECT_EQ(client.finish(waiting).body, "draining");
  EXPECT_EQ(client.finish(events).error, 0U);
  client.run_for(std::chrono::seconds(3));
  EXPECT_TRUE(client.is_ended());
  EXPECT_EQ(broker.open_connections(), 0U);
}

TEST(Http2Session, AStreamMayBecomeATunnel) {
  TestBroker broker(with_test_routes());
  Http2TestClient client(broker);
  client.run_for(std::chrono::seconds(1));  // the client must have seen that we allow it
  const std::int32_t id = client.connect("/tunnel", "echo");
  client.run_for(std::chrono::seconds(1));
  EXPECT_EQ(client.answer(id).fields.at(":status"), "200");
  EXPECT_EQ(client.answer(id).fields.at("x-tunnel"), "yes");
  const std::string text(500'000, 't');
  client.write(id, text);
  client.end_writing(id);
  EXPECT_EQ(client.finish(id).body.size(), text.size());
  EXPECT_EQ(broker.statistics().tunnels_open, 0U);
  EXPECT_EQ(client.finish(client.connect("/tunnel", "other")).fields.at(":status"), "426");
}

TEST(Http2Session, ATunnelEndsWhenItsStreamIsReset) {
  TestBroker broker(with_test_routes());
  Http2TestClient client(broker);
  client.run_for(std::chrono::seconds(1));
  const std::int32_t id = client.connect("/tunnel", "echo");
  client.run_for(std::chrono::seconds(1));
  EXPECT_EQ(broker.statistics().tunnels_open, 1U);
  client.reset(id);
  client.run_for(std::chrono::seconds(1));
  EXPECT_EQ(broker.statistics().tunnels_open, 0U);
}

TEST(Http2Session, RapidResetsEndTheConnectionAndStartNothing) {
  TestBroker broker(with_test_routes());
  Http2TestClient client(broker);
  for (int n = 0; n < 2000 && !client.is_ended(); ++n) {
    const std::int32_t id = client.get("/wait");
    client.reset(id);
    client.send();
  }
  client.run_for(std::chrono::seconds(2));
  EXPECT_TRUE(client.is_ended());
  EXPECT_EQ(broker.statistics().abusive_connections, 1U);
  EXPECT_EQ(broker.open_connections(), 0U);
}

TEST(Http2Session, PingFloodsEndTheConnection) {
  TestBroker broker;
  Http2TestClient client(broker);
  for (int n = 0; n < 2000 && !client.is_ended(); ++n) {
    client.ping();
    client.send();
  }
  client.run_for(std::chrono::seconds(2));
  EXPECT_TRUE(client.is_ended());
  EXPECT_EQ(broker.statistics().abusive_connections, 1U);
}

// Whether they come one by one or as many as one read takes: a GOAWAY says why.
TEST(Http2Session, FloodsInOneReadAreAnsweredToo) {
  const std::string settings("\0\0\6\4\0\0\0\0\0\0\4\0\0\xFF\xFF", 15);
  const std::string empty_settings("\0\0\0\4\0\0\0\0\0", 9);
  const std::string ping(
      "\0\0\10\6\0\0\0\0\0"
      "12345678",
      17);
  for (const std::string& frame : {settings, empty_settings, ping}) {
    TestBroker broker;
    TestClient client = broker.connect();
    std::string bytes = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + empty_settings;
    for (int n = 0; n < 3000; ++n) bytes += frame;
    client.send(bytes);
    // GOAWAY with ENHANCE_YOUR_CALM.
    EXPECT_TRUE(client.receive_all().contains(std::string("\7\0\0\0\0\0\0\0\0\0\0\0\0\13", 14)));
    EXPECT_EQ(broker.statistics().abusive_connections, 1U);
  }
}

TEST(Http2Session, HeadsAreBounded) {
  TestBroker broker;
  Http2TestClient client(broker);
  std::vector<Http2TestClient::Field> fields;
  for (int n = 0; n < 30; ++n) fields.push_back({"x-" + std::to_string(n), std::string(2000, 'v')});
  EXPECT_EQ(client.finish(client.request("GET", "/livez", fields)).fields.at(":status"), "431");
  EXPECT_EQ(client.finish(client.get("/" + std::string(9000, 'p'))).fields.at(":status"), "414");
  EXPECT_EQ(client.finish(client.get("/a\"b")).fields.at(":status"), "400");
}

TEST(Http2Session, IsUpgradedToFromHttp1) {
  TestBroker broker;
  TestClient client = broker.connect();
  client.send(
      "GET /livez HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
      "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n\r\n");
  EXPECT_EQ(client.receive_head().status, 101);
  EXPECT_TRUE(client.receive_all().contains("ok\n"));
  EXPECT_EQ(broker.statistics().http2_connections_opened, 1U);
}

TEST(Http2Session, WhatIsNoHttp2EndsTheConnection) {
  TestBroker broker;
  TestClient client = broker.connect();
  client.send("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n");
  client.receive_all();
  broker.world().run_for(std::chrono::seconds(2));
  EXPECT_EQ(broker.open_connections(), 0U);
  EXPECT_EQ(broker.statistics().malformed_requests, 1U);
}

TEST(Http2Session, AnIdleConnectionIsClosedWithAWord) {
  TestBroker broker;
  Http2TestClient client(broker);
  EXPECT_EQ(client.finish(client.get("/livez")).body, "ok\n");
  client.run_for(std::chrono::minutes(3));
  EXPECT_TRUE(client.is_ended());
  EXPECT_EQ(client.goaway(), std::uint32_t{NGHTTP2_NO_ERROR});
  EXPECT_EQ(broker.open_connections(), 0U);
  EXPECT_EQ(broker.statistics().timed_out_connections, 1U);
}

TEST(Http2Session, AnIdleConnectionWhosePeerIsGoneIsClosedToo) {
  TestBroker broker;
  TestClient client = broker.connect();
  client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + std::string("\0\0\0\4\0\0\0\0\0", 9));
  broker.world().run_for(std::chrono::minutes(3));
  EXPECT_EQ(broker.open_connections(), 0U);
}

}  // namespace
}  // namespace koine::http
