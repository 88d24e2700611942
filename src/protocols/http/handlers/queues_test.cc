// Queues, exchanges and bindings as HTTP clients meet them.
#include "protocols/http/handlers/queues.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "protocols/http/session_test_bench.h"

namespace koine::http {
namespace {

struct Queues : testing::Test {
  TestBroker broker{{.shard_count = 2}};

  Answered call(std::string_view method, std::string_view target, std::string_view body = {},
                std::string_view fields = {}) {
    return broker.call(fmt::format("{} {} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n{}\r\n{}",
                                   method, target, body.size(), fields, body));
  }
  Answered get(std::string_view target) { return call("GET", target); }
  Answered put(std::string_view target, std::string_view body = {}) {
    return call("PUT", target, body);
  }
  Answered post(std::string_view target, std::string_view body, std::string_view fields = {}) {
    return call("POST", target, body, fields);
  }
};

TEST_F(Queues, AreDeclaredShownAndDeleted) {
  const Answered made = put("/v1/queues/email", R"({"message_ttl_ms":60000,"priority_max":9})");
  EXPECT_EQ(made.status, 201);
  EXPECT_EQ(made.field("Location"), "/v1/queues/email");
  EXPECT_EQ(put("/v1/queues/email", R"({"priority_max":9,"message_ttl_ms":60000})").status, 200);
  const Answered shown = get("/v1/queues/email");
  EXPECT_EQ(shown.status, 200);
  EXPECT_TRUE(shown.body.contains(R"("message_ttl_ms":60000)")) << shown.body;
  EXPECT_TRUE(shown.body.contains(R"("ready":0)")) << shown.body;
  EXPECT_EQ(call("DELETE", "/v1/queues/email").status, 200);
  EXPECT_EQ(get("/v1/queues/email").status, 404);
  EXPECT_EQ(call("DELETE", "/v1/queues/email").status, 404);
}

TEST_F(Queues, ThatDifferAreRefusedWithWhatIsAndWhatWasAsked) {
  put("/v1/queues/email", R"({"message_ttl_ms":10})");
  const Answered other = put("/v1/queues/email", R"({"message_ttl_ms":5})");
  EXPECT_EQ(other.status, 409);
  EXPECT_TRUE(other.body.contains("queue 'email' is there with message_ttl_ms 10, expected 5"))
      << other.body;
  EXPECT_TRUE(other.body.contains(R"("setting":"message_ttl_ms","found":"10","expected":"5")"))
      << other.body;
  EXPECT_TRUE(put("/v1/queues/email").body.contains("message_ttl_ms 10, expected null"));
}

TEST_F(Queues, SettingsAreEnforcedOrRefusedByName) {
  EXPECT_TRUE(put("/v1/queues/q", R"({"max_length":5})").body.contains("max_length"));
  EXPECT_EQ(put("/v1/queues/q", R"({"message_ttl_ms":-1})").status, 400);
  EXPECT_EQ(put("/v1/queues/q", R"({"priority_max":256})").status, 400);
  EXPECT_EQ(put("/v1/queues/q", R"({"overflow":"drop_tail"})").status, 400);
  EXPECT_EQ(put("/v1/queues/q", R"({"dead_letter_routing_key":"k"})").status, 400);
  EXPECT_EQ(put("/v1/queues/amq.q").status, 400);
  EXPECT_EQ(put("/v1/queues/q?vhost=other").status, 404);
  EXPECT_EQ(get("/v1/queues/q").status, 404);
}

TEST_F(Queues, AreListedInPages) {
  for (int n = 0; n < 5; ++n) put(fmt::format("/v1/queues/q{}", n));
  put("/v1/queues/other");
  const Answered first = get("/v1/queues?limit=2&search=q");
  EXPECT_TRUE(first.body.contains(R"("name":"q0")")) << first.body;
  EXPECT_TRUE(first.body.ends_with(R"("next":"q1"})")) << first.body;
  EXPECT_EQ(first.field("Link"), "</v1/queues?limit=2&search=q&after=q1>; rel=\"next\"");
  const Answered last = get("/v1/queues?limit=3&search=q&after=q1");
  EXPECT_TRUE(last.body.contains("q2") && last.body.contains("q4")) << last.body;
  EXPECT_FALSE(last.body.contains("next")) << last.body;
  EXPECT_EQ(get("/v1/queues?sort=color").status, 400);
}

TEST_F(Queues, AreSortedByAFigureInPages) {
  for (int n = 0; n < 4; ++n) {
    put(fmt::format("/v1/queues/q{}", n));
    for (int m = 0; m < n % 3; ++m) post(fmt::format("/v1/queues/q{}/messages", n), "x");
  }
  const Answered first = get("/v1/queues?limit=2&sort=-ready");
  EXPECT_LT(first.body.find(R"("name":"q2")"), first.body.find(R"("name":"q1")")) << first.body;
  EXPECT_TRUE(first.body.ends_with(R"("next":"1 q1"})")) << first.body;
  const Answered last = get("/v1/queues?limit=2&sort=-ready&after=1%20q1");
  EXPECT_LT(last.body.find(R"("name":"q3")"), last.body.find(R"("name":"q0")")) << last.body;
  EXPECT_FALSE(last.body.contains("next")) << last.body;
}

TEST_F(Queues, AMessageIsSentAndSeenWithItsProperties) {
  put("/v1/queues/email");
  const Answered sent = post("/v1/queues/email/messages", R"({"total": 12})",
                             "Content-Type: application/json\r\nKoine-Message-Id: 17\r\n"
                             "Koine-Header-Shop: M%C3%BCnchen\r\ntraceparent: 00-1\r\n"
                             "ce-Type: order.new\r\nce-id: 1\r\nce-source: /shop\r\n"
                             "ce-specversion: 1.0\r\nKoine-Priority: 3\r\n"
                             "Koine-Expiration-Ms: 60000\r\n");
  EXPECT_EQ(sent.status, 201) << sent.body;
  EXPECT_EQ(sent.body, R"({"sent":1})");
  const std::string body = get("/v1/queues/email/messages").body;
  for (const std::string_view part :
       {R"("exchange":"","routing_key":"email")", R"("content_type":"application/json")",
        R"("message_id":"17")", R"("Shop":"München")", R"("traceparent":"00-1")",
        R"("cloudEvents:type":"order.new")", R"("priority":3)", R"("expiration_ms":60000)",
        R"("value":{"total":12})", R"("redelivered":false)"}) {
    EXPECT_TRUE(body.contains(part)) << part << " in " << body;
  }
  EXPECT_EQ(call("DELETE", "/v1/queues/email/messages").body, R"({"purged":1})");
  EXPECT_EQ(get("/v1/queues/email/messages").body, R"({"messages":[]})");
}

TEST_F(Queues, SendingNamesWhatIsWrong) {
  put("/v1/queues/email");
  const auto refused = [&](std::string_view field) {
    const Answered answer = post("/v1/queues/email/messages", "x", std::string(field) + "\r\n");
    return answer.status == 400 ? answer.body : fmt::format("{}", answer.status);
  };
  EXPECT_TRUE(refused("Koine-Color: red")
                  .contains("Koine-Color: is unknown; known here: Koine-Message-Id"));
  EXPECT_TRUE(refused("Koine-Priority: 256").contains("found 256, expected 0 to 255"));
  EXPECT_TRUE(refused("Koine-Priority: high").contains("found 'high'"));
  EXPECT_TRUE(refused("Koine-Header-A: %zz").contains("'%'"));
  EXPECT_TRUE(refused("Koine-Delay-Ms: -5").contains("found -5, expected 0 to"));
  EXPECT_EQ(post("/v1/queues/none/messages", "x").status, 404);
  EXPECT_EQ(get("/v1/queues/email/messages").body, R"({"messages":[]})");
}

constexpr std::string_view event =
    R"({"specversion":"1.0","id":"7","source":"/shop","type":"order.placed","data":{"total":5}})";

TEST_F(Queues, CloudEventsOfEveryModeAreSentAndSeen) {
  put("/v1/queues/email");
  const auto send = [&](std::string_view body, std::string_view fields) {
    return post("/v1/queues/email/messages", body, fields);
  };
  EXPECT_EQ(send(R"({"total":5})",
                 "Content-Type: application/json\r\nce-specversion: 1.0\r\nce-id: 6\r\n"
                 "ce-source: /shop\r\nce-type: order.placed\r\n")
                .status,
            201);
  EXPECT_EQ(send(event, "Content-Type: application/cloudevents+json; charset=utf-8\r\n").body,
            R"({"sent":1})");
  EXPECT_EQ(send(fmt::format("[{},{}]", event, event),
                 "Content-Type: application/cloudevents-batch+json\r\n")
                .body,
            R"({"sent":2})");
  send("no event", "Content-Type: text/plain\r\n");
  const std::string as_message = get("/v1/queues/email/messages").body;
  EXPECT_TRUE(as_message.contains(R"("content_type":"application/cloudevents+json")"));
  EXPECT_TRUE(as_message.contains(R"("cloudEvents:id":"6")"));
  const Answered events = broker.call(
      "GET /v1/queues/email/messages HTTP/1.1\r\nHost: x\r\n"
      "Accept: application/cloudevents-batch+json\r\n\r\n");
  EXPECT_EQ(events.field("Content-Type"), "application/cloudevents-batch+json");
  EXPECT_EQ(events.body,
            fmt::format(R"([{{"specversion":"1.0","id":"6","source":"/shop","type":"order.placed",)"
                        R"("datacontenttype":"application/json","data":{{"total":5}}}},{},{},{}])",
                        event, event, event));
}

TEST_F(Queues, CloudEventsAreLeasedWithTheirLease) {
  put("/v1/queues/email");
  post("/v1/queues/email/messages", event, "Content-Type: application/cloudevents+json\r\n");
  constexpr std::string_view as_events = "Accept: application/cloudevents-batch+json\r\n";
  const Answered leased = post("/v1/queues/email/leases", "{}", as_events);
  EXPECT_EQ(leased.status, 200);
  const std::size_t at = leased.body.find(R"(,"koinelease":")");
  ASSERT_NE(at, std::string::npos) << leased.body;
  EXPECT_EQ(leased.body.substr(0, at), "[" + std::string(event.substr(0, event.size() - 1)));
  const std::string lease = leased.body.substr(at + 15, 34);
  EXPECT_EQ(call("DELETE", "/v1/queues/email/leases/" + lease).status, 204);
  post("/v1/queues/email/messages", "no event");
  EXPECT_EQ(post("/v1/queues/email/leases", "{}", as_events).status, 406);
  EXPECT_TRUE(get("/v1/queues/email").body.contains(R"("ready":1,"unsettled":0)"));
}

TEST_F(Queues, WhatIsNoCloudEventIsNamed) {
  put("/v1/queues/email");
  const auto refused = [&](std::string_view body, std::string_view fields) {
    const Answered answer = post("/v1/queues/email/messages", body, fields);
    return answer.status == 400 ? answer.body : fmt::format("{}", answer.status);
  };
  constexpr std::string_view structured = "Content-Type: application/cloudevents+json\r\n";
  EXPECT_TRUE(refused("x", "ce-id: 1\r\n").contains("ce-specversion: is missing"));
  EXPECT_TRUE(refused(R"({"id":"1"})", structured).contains("body.specversion: is missing"));
  EXPECT_TRUE(
      refused(event, std::string(structured) + "ce-id: 1\r\n").contains("expected one of them"));
  EXPECT_TRUE(refused(fmt::format("[{},{{}}]", event),
                      "Content-Type: application/cloudevents-batch+json\r\n")
                  .contains("body[1].specversion: is missing"));
  EXPECT_TRUE(refused("[]",
                      "Content-Type: application/cloudevents-batch+json\r\n"
                      "Koine-Message-Id: 17\r\n")
                  .contains("Koine-Message-Id: is about one"));
  EXPECT_EQ(get("/v1/queues/email/messages").body, R"({"messages":[]})");
}

// More than are looked at in one go.
TEST_F(Queues, ALongListIsPagedInEveryOrder) {
  constexpr int count = 2100;
  for (int n = 0; n < count; ++n) {
    core::QueueSpec spec{.name = {.vhost = "/", .name = fmt::format("q{:05}", n)}};
    ASSERT_TRUE(broker.server().run(broker.server().engine().queue_client().declare_queue(spec)));
  }
  post("/v1/queues/q02099/messages", "x");
  post("/v1/queues/q00007/messages", "x");
  EXPECT_TRUE(get("/v1/queues?limit=2&sort=-ready").body.ends_with(R"("next":"1 q00007"})"));
  EXPECT_TRUE(get("/v1/queues?limit=1&sort=-name").body.contains("q02099"));
  EXPECT_TRUE(get("/v1/queues?limit=1&search=q0209&sort=name").body.contains("q02090"));
  for (const std::string sort : {"name", "-name", "ready", "-ready"}) {
    std::string target = "/v1/queues?limit=1000&sort=" + sort;
    std::size_t seen = 0;
    for (std::string next = target; !next.empty();) {
      const Answered page = get(next);
      for (std::size_t at = 0; (at = page.body.find(R"({"name":"q)", at)) != std::string::npos;
           ++at)
        ++seen;
      const std::string link = page.field("Link");
      next = link.empty() ? "" : link.substr(1, link.find('>') - 1);
    }
    EXPECT_EQ(seen, static_cast<std::size_t>(count)) << sort;
  }
}

TEST_F(Queues, ExchangesArePagedWithTheNamelessOneAmongThem) {
  std::string names;
  for (std::string next = "/v1/exchanges?limit=1"; !next.empty();) {
    const Answered page = get(next);
    const std::size_t begin = page.body.find(R"("name":")") + 8;
    names += page.body.substr(begin, page.body.find('"', begin) - begin) + " ";
    const std::string link = page.field("Link");
    next = link.empty() ? "" : link.substr(1, link.find('>') - 1);
  }
  EXPECT_EQ(names, " amq.direct amq.fanout amq.headers amq.match amq.topic ");
}

constexpr std::string_view batch_type = "Content-Type: application/vnd.koine.messages+json\r\n";

TEST_F(Queues, ABatchIsSentWholeOrNotAtAll) {
  put("/v1/queues/email");
  const Answered sent =
      post("/v1/queues/email/messages",
           R"({"messages":[{"value":"a","headers":{"n":1,"deep":{"list":[true,null,1.5]}}},)"
           R"({"value":{"b":2}},{"value_base64":"/w=="},{"value":null}]})",
           batch_type);
  EXPECT_EQ(sent.body, R"({"sent":4})");
  const std::string body = get("/v1/queues/email/messages").body;
  EXPECT_TRUE(body.contains(R"("headers":{"n":1,"deep":{"list":[true,null,1.5]}},"value":"a")"))
      << body;
  EXPECT_TRUE(body.contains(R"("content_type":"application/json","value":{"b":2})")) << body;
  EXPECT_TRUE(body.contains(R"("value_base64":"/w==")")) << body;
  EXPECT_TRUE(body.contains(R"("value":null)")) << body;
  const Answered wrong = post("/v1/queues/email/messages",
                              R"({"messages":[{"value":"a"},{"valeu":"b"}]})", batch_type);
  EXPECT_EQ(wrong.status, 400);
  EXPECT_TRUE(wrong.body.contains("body.messages[1].valeu: unknown field")) << wrong.body;
  EXPECT_TRUE(get("/v1/queues/email").body.contains(R"("ready":4)"));
}

TEST_F(Queues, AMessageIsHeldForItsDelay) {
  put("/v1/queues/email");
  EXPECT_EQ(post("/v1/queues/email/messages", "later", "Koine-Delay-Ms: 5000\r\n").status, 201);
  broker.world().run_for(std::chrono::seconds(3));
  EXPECT_EQ(get("/v1/queues/email/messages").body, R"({"messages":[]})");
  broker.world().run_for(std::chrono::seconds(4));
  EXPECT_TRUE(get("/v1/queues/email/messages").body.contains(R"("value":"later")"));
}

TEST_F(Queues, ARepeatedMessageIsDropped) {
  put("/v1/queues/email", R"({"deduplication_window_ms":60000})");
  for (int n = 0; n < 2; ++n) {
    EXPECT_EQ(post("/v1/queues/email/messages", "x", "Koine-Message-Id: 17\r\n").status, 201);
  }
  EXPECT_TRUE(get("/v1/queues/email").body.contains(R"("ready":1)"));
}

TEST_F(Queues, AnExchangeLeadsToATopicAndToQueues) {
  EXPECT_TRUE(broker.server().run(broker.server().engine().create_topic({.name = "orders"})));
  put("/v1/queues/email");
  for (const std::string_view target :
       {R"("target_kind":"topic","target":"orders")", R"("target":"email")"}) {
    post("/v1/bindings", fmt::format(R"({{"source":"amq.fanout",{}}})", target));
  }
  EXPECT_EQ(post("/v1/exchanges/amq.fanout/messages", "x").body, R"({"routed":2})");
  EXPECT_TRUE(get("/v1/queues/email").body.contains(R"("ready":1)"));
}

TEST_F(Queues, ThatAreFullRefuse) {
  put("/v1/queues/small", R"({"length_max":1,"overflow":"reject_publish"})");
  EXPECT_EQ(post("/v1/queues/small/messages", "1").status, 201);
  const Answered full = post("/v1/queues/small/messages", "2");
  EXPECT_EQ(full.status, 429);
  EXPECT_TRUE(full.body.contains("1 of 1 messages were refused")) << full.body;
}

TEST_F(Queues, ExchangesAreDeclaredBoundPublishedToAndExplained) {
  EXPECT_EQ(put("/v1/exchanges/shop", R"({"type":"topic"})").status, 201);
  EXPECT_EQ(put("/v1/exchanges/shop", R"({"type":"topic"})").status, 200);
  const Answered other = put("/v1/exchanges/shop", R"({"type":"fanout"})");
  EXPECT_EQ(other.status, 409);
  EXPECT_TRUE(other.body.contains("is there with type topic, expected fanout")) << other.body;
  put("/v1/queues/email");
  put("/v1/queues/sms");
  const std::string binding =
      R"({"source":"shop","target":"email","routing_key":"order.*","arguments":{"n":1}})";
  const Answered bound = post("/v1/bindings", binding);
  EXPECT_EQ(bound.status, 201) << bound.body;
  EXPECT_EQ(post("/v1/bindings", binding).status, 200);
  post("/v1/bindings", R"({"source":"shop","target":"sms","routing_key":"#"})");
  EXPECT_EQ(post("/v1/bindings", R"({"source":"shop","target":"none"})").status, 404);

  EXPECT_EQ(post("/v1/exchanges/shop/messages", "hello", "Koine-Routing-Key: order.new\r\n").body,
            R"({"routed":2})");
  EXPECT_EQ(
      post("/v1/exchanges/shop/messages",
           R"({"messages":[{"value":"a","routing_key":"order.x"},{"value":"b"}]})", batch_type)
          .body,
      R"({"routed":[2,1]})");
  EXPECT_TRUE(get("/v1/queues/email/messages")
                  .body.contains(R"("exchange":"shop","routing_key":"order.new")"));
  const std::string route = get("/v1/exchanges/shop/route?routing_key=order.new").body;
  EXPECT_TRUE(route.contains("exchange shop") && route.contains("queue email")) << route;
  EXPECT_TRUE(get("/v1/queues/email").body.contains(R"("binding_count":1)"));

  const std::string id = bound.body.substr(7, bound.body.find('"', 7) - 7);
  EXPECT_EQ(call("DELETE", "/v1/bindings?id=" + id).status, 204);
  EXPECT_EQ(call("DELETE", "/v1/bindings?id=" + id).status, 404);
  EXPECT_EQ(call("DELETE", "/v1/bindings?source=shop&target=sms&routing_key=%23").status, 204);
  EXPECT_EQ(post("/v1/exchanges/shop/messages", "x", "Koine-Mandatory: true\r\n").status, 404);
  EXPECT_EQ(call("DELETE", "/v1/exchanges/shop").status, 204);
  EXPECT_EQ(get("/v1/exchanges/shop").status, 404);
  EXPECT_EQ(call("DELETE", "/v1/exchanges/amq.topic").status, 403);
}

TEST_F(Queues, BindingsAreListedInPages) {
  put("/v1/queues/q");
  for (const std::string_view source : {"amq.direct", "amq.topic"}) {
    for (int n = 0; n < 2; ++n) {
      post("/v1/bindings",
           fmt::format(R"({{"source":"{}","target":"q","routing_key":"k{}"}})", source, n));
    }
  }
  const Answered first = get("/v1/bindings?limit=3");
  EXPECT_EQ(std::string_view(first.body).substr(first.body.find("next")),
            R"(next":"amq.topic > queue q k0 "})");
  const Answered last = get("/v1/bindings?limit=3&after=amq.topic%20%3E%20queue%20q%20k0%20");
  EXPECT_TRUE(last.body.contains("k1") && !last.body.contains("k0")) << last.body;
  EXPECT_FALSE(get("/v1/bindings?source=amq.topic").body.contains("amq.direct"));
  EXPECT_TRUE(get("/v1/bindings?target=q").body.contains("amq.direct"));
}

TEST_F(Queues, DeadLettersAreSeenMovedBackAndDiscarded) {
  put("/v1/queues/dead");
  put("/v1/queues/work", R"({"dead_letter_exchange":"","dead_letter_routing_key":"dead",)"
                         R"("message_ttl_ms":50})");
  for (int n = 0; n < 3; ++n) {
    post("/v1/queues/work/messages", fmt::format("{}", n),
         n == 0 ? "Koine-Header-Color: red\r\n" : "");
  }
  broker.world().run_for(std::chrono::milliseconds(200));
  const std::string holders = get("/v1/dead-letters").body;
  EXPECT_TRUE(holders.contains(
      R"({"queue":"dead","ready":3,"looked_at":3,"from":[{"queue":"work","reason":"expired",)"
      R"("exchange":"","routing_key":"work","count":3}]})"))
      << holders;
  const Answered dry = post("/v1/queues/dead/redrive", R"({"dry_run":true})");
  EXPECT_EQ(dry.body, R"({"dry_run":true,"complete":true,"looked_at":3,"matched":3,"moved":3,)"
                      R"("unroutable":0,"refused":0,"destinations":{"work":3}})");
  const Answered some =
      post("/v1/queues/dead/redrive", R"({"filter":{"headers":{"Color":"red"}}})");
  EXPECT_TRUE(some.body.contains(R"("looked_at":3,"matched":1,"moved":1)")) << some.body;
  EXPECT_TRUE(get("/v1/queues/dead").body.contains(R"("ready":2)"));
  const Answered gone =
      post("/v1/queues/dead/discard", R"({"filter":{"reason":"expired"},"limit":1})");
  EXPECT_EQ(gone.body,
            R"({"dry_run":false,"complete":true,"looked_at":1,"matched":1,"discarded":1})");
  put("/v1/queues/other");
  EXPECT_TRUE(post("/v1/queues/dead/move", R"({"to":{"queue":"other"}})")
                  .body.contains(R"("destinations":{"other":1})"));
  EXPECT_EQ(post("/v1/queues/dead/move", R"({"to":{"queue":"dead"}})").status, 400);
  EXPECT_EQ(post("/v1/queues/dead/move", R"({"to":{"queue":"none"}})").status, 404);
  EXPECT_EQ(post("/v1/queues/dead/move", R"({"to":{}})").status, 400);
}

}  // namespace
}  // namespace koine::http
