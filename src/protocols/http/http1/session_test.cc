#include "protocols/http/http1/session.h"

#include <gtest/gtest.h>

#include "protocols/http/session_test_bench.h"

namespace koine::http {
namespace {

constexpr std::string_view livez = "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n";

TEST(Http1Session, AnswersAGet) {
  TestBroker broker;
  const Answered answer = broker.call(livez);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "ok\n");
  EXPECT_EQ(answer.field("Content-Type"), "text/plain; charset=utf-8");
  EXPECT_EQ(answer.field("Content-Length"), "3");
  EXPECT_TRUE(answer.field("Date").ends_with(" GMT"));
}

TEST(Http1Session, PipelinedRequestsAreAnsweredInOrder) {
  TestBroker broker;
  TestClient client = broker.connect({.cut_seed = 3});
  client.send(std::string(livez) + "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n" + std::string(livez));
  EXPECT_EQ(client.receive().status, 200);
  EXPECT_EQ(client.receive().status, 404);
  EXPECT_EQ(client.receive().status, 200);
}

TEST(Http1Session, AMalformedRequestIsAnsweredAndTheConnectionEnds) {
  TestBroker broker;
  TestClient client = broker.connect();
  const Answered answer = client.call("GET /livez HTTP/1.1\r\nHost : x\r\n\r\n");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.field("Content-Type"), "application/problem+json");
  EXPECT_EQ(answer.field("Connection"), "close");
  EXPECT_TRUE(client.is_ended());
  EXPECT_EQ(broker.statistics().malformed_requests, 1U);
}

TEST(Http1Session, DrainingEndsIdleConnections) {
  TestBroker broker;
  TestClient client = broker.connect();
  EXPECT_EQ(client.call(livez).status, 200);
  broker.drain();
  EXPECT_TRUE(client.is_ended());
}

}  // namespace
}  // namespace koine::http
