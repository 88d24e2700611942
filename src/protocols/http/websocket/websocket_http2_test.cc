// WebSockets over streams of HTTP/2 (RFC 8441).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "protocols/http/http2/test_client.h"
#include "protocols/http/websocket/test_frames.h"

namespace koine::http {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class WebSocketOverHttp2 : public testing::Test {
 protected:
  WebSocketOverHttp2() {
    CHECK(broker_.server().run(broker_.server().engine().create_topic({.name = "orders"})));
    wait();  // the client must have seen that we allow it
  }
  std::int32_t open(const std::vector<Http2TestClient::Field>& more = {}) {
    std::vector<Http2TestClient::Field> fields{{"sec-websocket-version", "13"}};
    fields.insert(fields.end(), more.begin(), more.end());
    const std::int32_t id = client_.connect("/v1/stream", "websocket", fields);
    wait();
    return id;
  }
  void say(std::int32_t id, std::string_view text) {
    client_.write(id, encode({.payload = text}));
    wait();
  }
  void wait() { client_.run_for(std::chrono::seconds(1)); }

  TestBroker broker_;
  Http2TestClient client_{broker_};
};

TEST_F(WebSocketOverHttp2, SpeaksAsOverHttp1) {
  const std::int32_t id = open({{"sec-websocket-protocol", "koine.json.v1"}});
  const auto& answer = client_.answer(id);
  EXPECT_EQ(answer.fields.at(":status"), "200");
  EXPECT_EQ(answer.fields.at("sec-websocket-protocol"), "koine.json.v1");
  EXPECT_FALSE(answer.fields.contains("sec-websocket-accept"));
  say(id, R"({"op":"subscribe","id":1,"topic":"orders","from":"start","credit":1})");
  say(id, R"({"op":"publish","seq":1,"topic":"orders","value":"a"})");
  say(id, R"({"op":"publish","seq":2,"topic":"orders","value":"b"})");
  EXPECT_THAT(answer.body,
              AllOf(HasSubstr(R"("op":"subscribed","id":1)"), HasSubstr(R"("value":"a")"),
                    HasSubstr(R"({"op":"published","seq":2,"partition":0,"offset":1})"),
                    testing::Not(HasSubstr(R"("value":"b")"))));
  say(id, R"({"op":"credit","id":1,"credit":1})");
  EXPECT_THAT(answer.body, HasSubstr(R"("value":"b")"));
}

TEST_F(WebSocketOverHttp2, ClosesItsStreamAndNoOther) {
  const std::int32_t first = open();
  const std::int32_t second = open();
  EXPECT_EQ(broker_.statistics().tunnels_open, 2U);
  client_.write(first, encode({.opcode = Opcode::close, .payload = "\x03\xE8"}));
  client_.end_writing(first);
  EXPECT_EQ(client_.finish(first).error, 0U);
  EXPECT_THAT(client_.answer(first).body, testing::EndsWith("\x88\x02\x03\xE8"));
  say(second, R"({"op":"ping","seq":1})");
  EXPECT_THAT(client_.answer(second).body, HasSubstr(R"({"op":"pong","seq":1})"));
  client_.reset(second);
  wait();
  EXPECT_EQ(broker_.statistics().tunnels_open, 0U);
  EXPECT_EQ(client_.finish(client_.get("/livez")).body, "ok\n");
}

TEST_F(WebSocketOverHttp2, RefusesWhatIsNoHandshake) {
  const auto status = [&](std::string_view protocol,
                          const std::vector<Http2TestClient::Field>& fields) {
    return client_.finish(client_.connect("/v1/stream", protocol, fields)).fields.at(":status");
  };
  EXPECT_EQ(status("websocket", {}), "426");
  EXPECT_EQ(status("other", {{"sec-websocket-version", "13"}}), "426");
  EXPECT_EQ(status("websocket", {{"sec-websocket-version", "13"}, {"origin", "https://evil"}}),
            "403");
  // An answer that is good would say that there is a tunnel.
  const auto& other =
      client_.finish(client_.connect("/livez", "websocket", {{"sec-websocket-version", "13"}}));
  EXPECT_EQ(other.fields.at(":status"), "501");
  EXPECT_EQ(client_.finish(client_.get("/v1/stream")).fields.at(":status"), "426");
}

TEST_F(WebSocketOverHttp2, AWindowThatStaysShutHoldsLittleAndNotForEver) {
  const std::int32_t id = open();
  client_.opens_windows(false);
  say(id, R"({"op":"subscribe","id":1,"topic":"orders","credit":1000})");
  const std::string value(10'000, 'x');
  for (int n = 0; n < 50; ++n) {
    core::BatchBuilder builder;
    builder.add({.timestamp = 1000, .value = as_bytes(value)});
    ASSERT_TRUE(broker_.server().append(broker_.server().partition("orders"), *builder.build({})));
  }
  wait();
  EXPECT_LT(client_.answer(id).body.size(), 100'000U);
  EXPECT_EQ(broker_.statistics().tunnels_open, 1U);
  client_.run_for(std::chrono::minutes(3));
  EXPECT_EQ(broker_.statistics().tunnels_open, 0U);
}

TEST_F(WebSocketOverHttp2, DrainingSaysToComeAgain) {
  const std::int32_t id = open();
  broker_.drain();
  wait();
  EXPECT_THAT(client_.answer(id).body, HasSubstr("\x03\xF4the server stops"));
  EXPECT_EQ(client_.goaway(), std::uint32_t{NGHTTP2_NO_ERROR});
  client_.end_writing(id);
  EXPECT_EQ(client_.finish(id).error, 0U);
}

}  // namespace
}  // namespace koine::http
