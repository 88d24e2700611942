#include "core/routing/router.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "core/routing/routing_fixture.h"

namespace koine::core {
namespace {

TEST(Route, TheDefaultExchangeLeadsToTheQueueOfTheKeysName) {
  RoutingTable table;
  table.queue("email");
  EXPECT_EQ(table.route("", "email"), "email");
  EXPECT_EQ(table.route("", "sms"), "");
}

TEST(Route, SaysWhenThereIsNoSuchExchange) {
  const RoutingTable table;
  EXPECT_EQ(table.route("nowhere", "a"), "not_found");
}

TEST(Route, EveryVirtualHostHasItsOwnNames) {
  Catalog catalog({"/", "blue"});
  auto queue = std::make_shared<QueueInfo>();
  queue->spec.name = {.vhost = "blue", .name = "email"};
  queue->logs = {queue_log_id(ShardId{0}, 1024)};
  ASSERT_TRUE(catalog.apply(AddQueue{queue}));
  Route route;
  ASSERT_TRUE(find_route(catalog, {.vhost = "/", .exchange = "", .routing_key = "email"}, route));
  EXPECT_TRUE(route.empty());
  ASSERT_TRUE(
      find_route(catalog, {.vhost = "blue", .exchange = "", .routing_key = "email"}, route));
  EXPECT_EQ(RoutingTable::names(route), "email");
  EXPECT_TRUE(find_route(catalog, {.vhost = "blue", .exchange = "amq.topic"}, route));
  EXPECT_FALSE(find_route(catalog, {.vhost = "red", .exchange = "amq.topic"}, route));
}

// RabbitMQ's fourth tutorial.
TEST(Route, DirectExchangesCompareKeys) {
  RoutingTable table;
  table.exchange("direct_logs");
  table.queue("errors");
  table.queue("all");
  table.bind("direct_logs", "errors", "error");
  for (const char* severity : {"info", "warning", "error"})
    table.bind("direct_logs", "all", severity);
  EXPECT_EQ(table.route("direct_logs", "error"), "all errors");
  EXPECT_EQ(table.route("direct_logs", "info"), "all");
  EXPECT_EQ(table.route("direct_logs", "debug"), "");
  EXPECT_EQ(table.route("direct_logs", ""), "");
}

TEST(Route, FanoutExchangesLeadToAll) {
  RoutingTable table;
  table.queue("a");
  table.queue("b");
  table.bind("amq.fanout", "a", "some key");
  table.bind("amq.fanout", "b");
  EXPECT_EQ(table.route("amq.fanout", "another key"), "a b");
}

TEST(Route, ATargetBoundTwiceGetsTheMessageOnce) {
  RoutingTable table;
  table.queue("a");
  table.bind("amq.topic", "a", "#");
  table.bind("amq.topic", "a", "order.*");
  table.bind("amq.topic", "a", "order.*", {text_field("why", "again")});
  EXPECT_EQ(table.route("amq.topic", "order.paid"), "a");
}

TEST(Route, AddsToARouteWithoutRepeating) {
  RoutingTable table;
  table.queue("a");
  table.queue("b");
  table.topic("orders");
  table.bind("amq.fanout", "a");
  table.bind("amq.fanout", "b");
  table.bind("amq.fanout", "orders", "", {}, TargetKind::topic);
  Route route;
  for (const RoutingQuestion& question :
       {RoutingQuestion{.vhost = "/", .exchange = "", .routing_key = "b"},
        RoutingQuestion{.vhost = "/", .exchange = "amq.fanout"},
        RoutingQuestion{.vhost = "/", .exchange = "orders"}}) {
    ASSERT_TRUE(find_route(table.catalog(), question, route));
  }
  EXPECT_EQ(RoutingTable::names(route), "a b topic orders");
}

TEST(Route, GoesFromExchangeToExchange) {
  RoutingTable table;
  table.exchange("first", ExchangeType::fanout);
  table.exchange("second", ExchangeType::topic);
  table.queue("a");
  table.queue("b");
  table.bind("first", "second", "", {}, TargetKind::exchange);
  table.bind("first", "a");
  table.bind("second", "b", "order.#");
  EXPECT_EQ(table.route("first", "order.paid"), "a b");
  EXPECT_EQ(table.route("first", "mail"), "a");
}

TEST(Route, EndsInCycles) {
  RoutingTable table;
  table.exchange("first", ExchangeType::fanout);
  table.exchange("second", ExchangeType::fanout);
  table.queue("a");
  table.bind("first", "second", "", {}, TargetKind::exchange);
  table.bind("second", "first", "", {}, TargetKind::exchange);
  table.bind("first", "first", "", {}, TargetKind::exchange);
  table.bind("second", "a");
  EXPECT_EQ(table.route("first"), "a");
}

TEST(Route, HoldsForChainsOfAnyLength) {
  RoutingTable table;
  constexpr int length = 100'000;
  for (int n = 0; n < length; ++n) table.exchange(std::to_string(n), ExchangeType::fanout);
  for (int n = 1; n < length; ++n)
    table.bind(std::to_string(n - 1), std::to_string(n), "", {}, TargetKind::exchange);
  table.queue("end");
  table.bind(std::to_string(length - 1), "end");
  EXPECT_EQ(table.route("0"), "end");
}

TEST(Route, TakesTheAlternateExchangeWhereNothingMatches) {
  RoutingTable table;
  const auto with_alternate = [](ExchangeSpec& spec) { spec.alternate_exchange = "rest"; };
  table.exchange("rest", ExchangeType::fanout);
  table.exchange("orders", ExchangeType::direct, with_alternate);
  table.queue("paid");
  table.queue("others");
  table.bind("orders", "paid", "paid");
  table.bind("rest", "others");
  EXPECT_EQ(table.route("orders", "paid"), "paid");
  EXPECT_EQ(table.route("orders", "lost"), "others");
}

// As in RabbitMQ: a binding that matched counts, also when it leads to an exchange that leads nowhere.
TEST(Route, AnExchangesAlternateIsForItsOwnBindings) {
  RoutingTable table;
  const auto with_alternate = [](ExchangeSpec& spec) { spec.alternate_exchange = "rest"; };
  table.exchange("rest", ExchangeType::fanout);
  table.queue("others");
  table.bind("rest", "others");
  table.exchange("empty");
  table.exchange("orders", ExchangeType::fanout, with_alternate);
  table.bind("orders", "empty", "", {}, TargetKind::exchange);
  EXPECT_EQ(table.route("orders"), "");
}

TEST(Route, AlternatesMayBeMissingTheDefaultOneOrATopic) {
  RoutingTable table;
  table.queue("a");
  table.topic("archive");
  for (const char* alternate : {"missing", "", "archive"}) {
    table.exchange(std::string("to ") + alternate, ExchangeType::direct,
                   [&](ExchangeSpec& spec) { spec.alternate_exchange = alternate; });
  }
  EXPECT_EQ(table.route("to missing", "a"), "");
  EXPECT_EQ(table.route("to ", "a"), "a");
  EXPECT_EQ(table.route("to archive", "a"), "topic archive");
  table.exchange("both", ExchangeType::fanout);
  table.bind("both", "to archive", "", {}, TargetKind::exchange);
  table.bind("both", "to ", "", {}, TargetKind::exchange);
  table.bind("both", "a");
  EXPECT_EQ(table.route("both", "a"), "a topic archive");
}

TEST(Route, TopicsAreSourcesAndTargets) {
  RoutingTable table;
  table.topic("orders");
  table.topic("audit");
  table.queue("email");
  EXPECT_EQ(table.route("orders", "eu.1"), "topic orders");
  table.bind("orders", "email", "eu.*");
  table.bind("orders", "audit", "#", {}, TargetKind::topic);
  table.bind("amq.fanout", "orders", "", {}, TargetKind::topic);
  EXPECT_EQ(table.route("orders", "eu.1"), "email topic audit topic orders");
  EXPECT_EQ(table.route("orders", "us.1"), "topic audit topic orders");
  EXPECT_EQ(table.route("amq.fanout", "eu.1"), "email topic audit topic orders");
  EXPECT_EQ(table.route("audit", "eu.1"), "topic audit");
}

TEST(Route, RefusesHeadersThatCantBeRead) {
  RoutingTable table;
  table.queue("a");
  table.bind("amq.headers", "a", "", {text_field("x", "1")});
  const auto broken = std::to_array({std::byte{0}, std::byte{0}, std::byte{9}});
  Route route;
  const auto found = find_route(
      table.catalog(), {.vhost = "/", .exchange = "amq.headers", .headers = broken}, route);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code(), ErrorCode::corrupt);
  // Nobody else looks at them.
  EXPECT_TRUE(find_route(table.catalog(),
                         {.vhost = "/", .exchange = "amq.topic", .headers = broken}, route));
}

TEST(Route, IsExplained) {
  RoutingTable table;
  table.exchange("rest", ExchangeType::fanout);
  table.exchange("orders", ExchangeType::topic,
                 [](ExchangeSpec& spec) { spec.alternate_exchange = "rest"; });
  table.queue("email");
  table.queue("others");
  table.bind("orders", "email", "paid.*");
  table.bind("orders", "amq.direct", "paid.#", {}, TargetKind::exchange);
  table.bind("rest", "others");
  const auto explain = [&](std::string_view exchange, std::string_view key) {
    const auto steps =
        explain_route(table.catalog(), {.vhost = "/", .exchange = exchange, .routing_key = key});
    std::multiset<std::string> lines;
    for (const RouteStep& step : *steps)
      lines.insert(fmt::format("{}: {} -> {}", step.from, step.rule, step.to));
    return fmt::format("{}", fmt::join(lines, "\n"));
  };
  EXPECT_EQ(explain("orders", "paid.eu"),
            "exchange amq.direct: none of 0 bindings matches -> nowhere\n"
            "exchange orders: binding 'paid.#' matches -> exchange amq.direct\n"
            "exchange orders: binding 'paid.*' matches -> queue email");
  EXPECT_EQ(explain("orders", "lost"),
            "exchange orders: no binding matches; alternate exchange 'rest' -> exchange rest\n"
            "exchange rest: every binding of a fanout exchange matches -> queue others");
  EXPECT_EQ(explain("", "email"),
            "default exchange: the routing key is the queue's name -> queue email");
  EXPECT_EQ(explain("", "lost"), "default exchange: there is no queue 'lost' -> nowhere");
  EXPECT_FALSE(explain_route(table.catalog(), {.vhost = "/", .exchange = "no"}));
}

}  // namespace
}  // namespace koine::core
