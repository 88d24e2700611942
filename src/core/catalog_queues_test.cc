#include <gtest/gtest.h>

#include "core/catalog.h"
#include "core/queues/queue_spec_check.h"
#include "core/routing/routing_fixture.h"

namespace koine::core {
namespace {

template <typename T>
ErrorCode code_of(const Result<T>& result) {
  EXPECT_FALSE(result);
  return result ? ErrorCode::duplicate : result.error().code();
}

QueueInfo queue_info(std::string name, std::vector<LogId> logs) {
  QueueInfo queue;
  queue.spec.name = {.vhost = "/", .name = std::move(name)};
  queue.logs = std::move(logs);
  return queue;
}

AddQueue add(QueueInfo queue) { return {std::make_shared<const QueueInfo>(std::move(queue))}; }
AddExchange add(ExchangeSpec spec) {
  return {std::make_shared<const ExchangeSpec>(std::move(spec))};
}
ExchangeSpec exchange_spec(std::string name, ExchangeType type = ExchangeType::direct) {
  ExchangeSpec spec;
  spec.name = {.vhost = "/", .name = std::move(name)};
  spec.type = type;
  return spec;
}

TEST(CatalogQueues, AreFoundByNameAndByEachLog) {
  Catalog catalog;
  const LogId first = queue_log_id(ShardId{1}, 2000);
  const LogId second = queue_log_id(ShardId{1}, 2001);
  ASSERT_TRUE(catalog.apply(add(queue_info("email", {first, second}))));
  const QueuePtr queue = catalog.queues().find({"/", "email"});
  ASSERT_NE(queue, nullptr);
  EXPECT_EQ(catalog.queues().find(first), queue);
  EXPECT_EQ(catalog.queues().find(second), queue);
  EXPECT_TRUE(catalog.has_log(second));
  EXPECT_EQ(catalog.queues().find({"other", "email"}), nullptr);
  EXPECT_EQ(catalog.next_log_number(ShardId{1}), 2002U);
  EXPECT_EQ(catalog.partition_count(), 0U);
  ASSERT_TRUE(catalog.apply(RemoveQueue{first}));
  EXPECT_EQ(catalog.queues().size(), 0U);
  EXPECT_FALSE(catalog.has_log(second));
  EXPECT_EQ(code_of(catalog.apply(RemoveQueue{first})), ErrorCode::not_found);
  EXPECT_EQ(catalog.next_log_number(ShardId{1}), 2002U);
}

TEST(CatalogQueues, LogsAreToldApartByTheirIds) {
  EXPECT_TRUE(is_queue_log(queue_log_id(ShardId{3}, 1024)));
  EXPECT_FALSE(is_queue_log(partition_log_id(ShardId{3}, 1024)));
  EXPECT_FALSE(is_queue_log(state_log_id(ShardId{3}, StateLogNumber::groups)));
  EXPECT_EQ(sequence_of(queue_log_id(ShardId{3}, 1024)), 1024U);
  EXPECT_EQ(journal::shard_of(queue_log_id(ShardId{3}, 1024)), ShardId{3});
}

TEST(CatalogQueues, AreListedByVirtualHostAndOwner) {
  RoutingTable table;
  table.queue("b");
  table.queue("a");
  table.queue("c", "blue");
  QueueInfo mine = queue_info("mine", {queue_log_id(ShardId{0}, 5000)});
  mine.spec.exclusive_owner = 7;
  ASSERT_TRUE(table.catalog().apply(add(mine)));
  std::string names;
  for (const QueuePtr& queue : table.catalog().queues().in("/")) names += queue->spec.name.name;
  EXPECT_EQ(names, "abmine");
  ASSERT_EQ(table.catalog().queues().owned_by(7).size(), 1U);
  EXPECT_TRUE(table.catalog().queues().owned_by(0).empty());
  ASSERT_TRUE(table.catalog().apply(RemoveQueue{mine.id()}));
  EXPECT_TRUE(table.catalog().queues().owned_by(7).empty());
}

TEST(CatalogQueues, EveryEffectiveChangeIsANewVersion) {
  RoutingTable table;
  const auto before = table.catalog().version();
  table.queue("a");
  const auto after = table.catalog().version();
  EXPECT_NE(before, after);
  EXPECT_FALSE(table.catalog().apply(add(exchange_spec("amq.topic"))));
  EXPECT_EQ(table.catalog().version(), after);
}

TEST(CatalogNames, AreTakenOnce) {
  RoutingTable table;
  Catalog& catalog = table.catalog();
  table.queue("a");
  table.exchange("x");
  table.topic("t");
  EXPECT_EQ(code_of(catalog.apply(add(queue_info("a", {LogId{9000}})))), ErrorCode::already_exists);
  EXPECT_EQ(code_of(catalog.apply(add(exchange_spec("x")))), ErrorCode::already_exists);
  EXPECT_EQ(code_of(catalog.apply(add(exchange_spec("t")))), ErrorCode::already_exists);
  auto topic = std::make_shared<Topic>();
  for (const char* name : {"x", "amq.topic"}) {
    topic->name = name;
    EXPECT_EQ(code_of(catalog.check(PutTopic{topic})), ErrorCode::already_exists) << name;
  }
  // Queues are another space of names; so are other virtual hosts.
  table.exchange("a");
  ExchangeSpec elsewhere = exchange_spec("t");
  elsewhere.name.vhost = "blue";
  EXPECT_TRUE(catalog.apply(add(elsewhere)));
}

TEST(CatalogNames, ALogBelongsToOneThing) {
  RoutingTable table;
  const QueuePtr queue = table.queue("a");
  EXPECT_EQ(code_of(table.catalog().check(add(queue_info("b", {queue->id()})))),
            ErrorCode::corrupt);
  auto topic = std::make_shared<Topic>();
  topic->name = "t";
  topic->partitions = {queue->id()};
  EXPECT_EQ(code_of(table.catalog().check(PutTopic{topic})), ErrorCode::corrupt);
}

TEST(CatalogNames, QueuesAreLookedAtInOrderFromAnyNameOn) {
  QueueTable table;
  std::uint64_t number = 0;
  const auto add = [&](const char* vhost, const char* name) {
    auto queue = std::make_shared<QueueInfo>();
    queue->spec.name = {.vhost = vhost, .name = name};
    queue->logs = {LogId{++number}};
    table.add(queue);
    return queue;
  };
  for (const char* name : {"c", "a", "b"}) add("/", name);
  add("!", "x");
  add("0", "y");
  const auto gone = add("/", "bb");
  table.remove(gone);
  const auto visited = [&](auto visit, std::size_t max = 10) {
    std::string names;
    visit([&](const QueuePtr& queue) {
      names += queue->spec.name.name;
      return names.size() < max;
    });
    return names;
  };
  const auto after = [&](const char* name) {
    return [&table, name](auto visit) { table.visit_after({"/", name}, visit); };
  };
  const auto before = [&](const char* name) {
    return [&table, name](auto visit) { table.visit_before({"/", name}, visit); };
  };
  EXPECT_EQ(visited(after("")), "abc");
  EXPECT_EQ(visited(after(""), 2), "ab");
  EXPECT_EQ(visited(after("a")), "bc");
  EXPECT_EQ(visited(after("aa")), "bc");
  EXPECT_EQ(visited(after("c")), "");
  EXPECT_EQ(visited(before("")), "cba");
  EXPECT_EQ(visited(before("b")), "a");
  EXPECT_EQ(visited(before("a")), "");
}

TEST(CatalogExchanges, PredeclaredOnesStay) {
  RoutingTable table;
  std::size_t count = 0;
  table.catalog().routing().visit_sources_after({"/", ""}, [&](const RoutingNode&) {
    ++count;
    return true;
  });
  EXPECT_EQ(count, 6U);
  EXPECT_EQ(table.catalog().routing().exchange_count(), 0U);
  for (const char* name :
       {"", "amq.direct", "amq.fanout", "amq.topic", "amq.headers", "amq.match"}) {
    ASSERT_NE(table.catalog().routing().find_exchange({"/", name}), nullptr) << name;
    EXPECT_EQ(code_of(table.catalog().apply(RemoveExchange{{.vhost = "/", .name = name}})),
              ErrorCode::denied);
  }
  EXPECT_EQ(table.catalog().routing().find_exchange({"blue", "amq.topic"}), nullptr);
}

TEST(CatalogExchanges, GoWithTheirBindings) {
  RoutingTable table;
  table.exchange("x", ExchangeType::fanout);
  table.queue("a");
  table.bind("x", "a");
  table.bind("amq.fanout", "x", "", {}, TargetKind::exchange);
  EXPECT_EQ(table.catalog().routing().binding_count(), 2U);
  EXPECT_EQ(code_of(table.catalog().apply(RemoveExchange{{.vhost = "/", .name = "x"}, true})),
            ErrorCode::conflict);
  ASSERT_TRUE(table.catalog().apply(RemoveExchange{{.vhost = "/", .name = "x"}}));
  EXPECT_EQ(table.catalog().routing().binding_count(), 0U);
  EXPECT_EQ(table.route("amq.fanout"), "");
  EXPECT_EQ(code_of(table.catalog().apply(RemoveExchange{{.vhost = "/", .name = "x"}})),
            ErrorCode::not_found);
}

TEST(CatalogExchanges, AutoDeleteGoesWithTheLastBinding) {
  RoutingTable table;
  const auto auto_delete = [](ExchangeSpec& spec) { spec.is_auto_delete = true; };
  const auto exists = [&](const char* name) {
    return table.catalog().routing().find_exchange({"/", name}) != nullptr;
  };
  table.exchange("first", ExchangeType::fanout, auto_delete);
  table.exchange("second", ExchangeType::fanout, auto_delete);
  const QueuePtr a = table.queue("a");
  const QueuePtr b = table.queue("b");
  table.bind("first", "second", "", {}, TargetKind::exchange);
  table.bind("second", "a");
  table.bind("second", "b");
  ASSERT_TRUE(table.catalog().apply(RemoveQueue{a->id()}));
  EXPECT_TRUE(exists("second"));
  // The second one loses its last queue, the first one thereby its last target.
  ASSERT_TRUE(table.catalog().apply(RemoveQueue{b->id()}));
  EXPECT_FALSE(exists("second"));
  EXPECT_FALSE(exists("first"));
  EXPECT_EQ(table.catalog().routing().binding_count(), 0U);
  EXPECT_EQ(table.catalog().routing().exchange_count(), 0U);
}

TEST(CatalogExchanges, AutoDeleteWaitsForAFirstBinding) {
  RoutingTable table;
  table.exchange("x", ExchangeType::fanout, [](ExchangeSpec& spec) { spec.is_auto_delete = true; });
  table.bind("amq.fanout", "x", "", {}, TargetKind::exchange);
  const auto incoming = RoutingTable::binding("amq.fanout", "x", "", {}, TargetKind::exchange);
  ASSERT_TRUE(table.catalog().apply(RemoveBinding{incoming}));
  EXPECT_NE(table.catalog().routing().find_exchange({"/", "x"}), nullptr);
  table.bind("x", "x", "", {}, TargetKind::exchange);
  const auto itself = RoutingTable::binding("x", "x", "", {}, TargetKind::exchange);
  ASSERT_TRUE(table.catalog().apply(RemoveBinding{itself}));
  EXPECT_EQ(table.catalog().routing().find_exchange({"/", "x"}), nullptr);
}

TEST(CatalogBindings, EqualOnesAreOne) {
  RoutingTable table;
  table.queue("a");
  const FieldTable arguments = {text_field("k", "v"), text_field("l", "w")};
  const FieldTable turned = {text_field("l", "w"), text_field("k", "v")};
  table.bind("amq.topic", "a", "#", arguments);
  table.bind("amq.topic", "a", "#", turned);
  EXPECT_EQ(table.catalog().routing().binding_count(), 1U);
  table.bind("amq.topic", "a", "#");
  EXPECT_EQ(table.catalog().routing().binding_count(), 2U);
  const auto unbind = [&](const FieldTable& of) {
    ASSERT_TRUE(
        table.catalog().apply(RemoveBinding{RoutingTable::binding("amq.topic", "a", "#", of)}));
  };
  unbind({text_field("k", "other")});
  EXPECT_EQ(table.catalog().routing().binding_count(), 2U);
  unbind(turned);
  EXPECT_EQ(table.route("amq.topic", "x"), "a");
  unbind({});
  EXPECT_EQ(table.route("amq.topic", "x"), "");
  EXPECT_EQ(table.catalog().routing().find_queue(table.queue("b")->id()), nullptr);
}

TEST(CatalogBindings, AreListedBySourceAndTarget) {
  RoutingTable table;
  const QueuePtr queue = table.queue("a");
  table.topic("t");
  table.bind("amq.topic", "a", "one");
  table.bind("t", "a", "two");
  table.bind("amq.topic", "t", "three", {}, TargetKind::topic);
  const RoutingGraph& routing = table.catalog().routing();
  EXPECT_EQ(routing.bindings_to_queue(*queue).size(), 2U);
  EXPECT_EQ(routing.bindings_from({"/", "amq.topic"}).size(), 2U);
  ASSERT_EQ(routing.bindings_to({"/", "t"}).size(), 1U);
  EXPECT_EQ(routing.bindings_to({"/", "t"}).front(),
            RoutingTable::binding("amq.topic", "t", "three", {}, TargetKind::topic));
  EXPECT_TRUE(routing.bindings_from({"/", "nothing"}).empty());
}

TEST(CatalogBindings, GoWithATopic) {
  RoutingTable table;
  table.queue("a");
  table.topic("t");
  table.bind("t", "a", "#");
  table.bind("amq.fanout", "t", "", {}, TargetKind::topic);
  ASSERT_TRUE(table.catalog().apply(RemoveTopic{"t"}));
  EXPECT_EQ(table.catalog().routing().binding_count(), 0U);
  EXPECT_EQ(table.route("amq.fanout"), "");
  table.exchange("t");  // the name is free
  EXPECT_EQ(table.route("t"), "");
}

TEST(CatalogBindings, FollowATopicsSettings) {
  RoutingTable table;
  table.topic("t");
  table.bind("amq.fanout", "t", "", {}, TargetKind::topic);
  auto changed = std::make_shared<Topic>(*table.catalog().find("t"));
  changed->settings.retention_ms = 5;
  ASSERT_TRUE(table.catalog().apply(PutTopic{changed}));
  Route route;
  ASSERT_TRUE(find_route(table.catalog(), {.vhost = "/", .exchange = "amq.fanout"}, route));
  EXPECT_EQ(route.topics, std::vector<TopicPtr>{changed});
}

TEST(CatalogBindings, RefusesWhatMakesNoSense) {
  RoutingTable table;
  table.queue("a");
  table.topic("t");
  table.exchange("hash", ExchangeType::consistent_hash);
  struct Wrong {
    Binding binding;
    ErrorCode code;
  };
  const auto binding = &RoutingTable::binding;
  const TargetKind queue = TargetKind::queue;
  for (const Wrong& wrong : {
           Wrong{binding("no", "a", "", {}, queue), ErrorCode::not_found},
           Wrong{binding("amq.topic", "no", "", {}, queue), ErrorCode::not_found},
           Wrong{binding("amq.topic", "a", "", {}, TargetKind::exchange), ErrorCode::not_found},
           Wrong{binding("amq.topic", "a", "", {}, TargetKind::topic), ErrorCode::not_found},
           Wrong{binding("", "a", "a", {}, queue), ErrorCode::denied},
           Wrong{binding("amq.topic", "", "", {}, TargetKind::exchange), ErrorCode::denied},
           Wrong{binding("hash", "a", "", {}, queue), ErrorCode::invalid_argument},
           Wrong{binding("hash", "a", "0", {}, queue), ErrorCode::invalid_argument},
           Wrong{binding("hash", "a", "1x", {}, queue), ErrorCode::invalid_argument},
           Wrong{binding("hash", "a", "1000001", {}, queue), ErrorCode::invalid_argument},
           Wrong{binding("amq.match", "a", "", {text_field("x-match", "no")}, queue),
                 ErrorCode::invalid_argument},
           Wrong{binding("t", "a", "", {text_field("x-match", "all")}, queue),
                 ErrorCode::unsupported},
           Wrong{binding("amq.topic", "a", std::string(256, 'k'), {}, queue),
                 ErrorCode::invalid_argument},
           Wrong{binding("amq.topic", "a", "",
                         {text_field("k", std::string(arguments_bytes_max, 'v'))}, queue),
                 ErrorCode::too_large},
       }) {
    EXPECT_EQ(code_of(table.catalog().apply(AddBinding{wrong.binding})), wrong.code)
        << wrong.binding.source.name << " " << wrong.binding.target;
  }
  EXPECT_EQ(table.catalog().routing().binding_count(), 0U);
  EXPECT_EQ(code_of(table.catalog().apply(RemoveBinding{binding("", "a", "a", {}, queue)})),
            ErrorCode::denied);
}

TEST(CatalogExchanges, RefusesWhatMakesNoSense) {
  Catalog catalog;
  const auto code = [&](ExchangeType type, FieldTable arguments) {
    ExchangeSpec spec = exchange_spec("x", type);
    spec.arguments = std::move(arguments);
    return code_of(catalog.check(add(spec)));
  };
  const Field header = text_field("hash-header", "h");
  const Field property = text_field("hash-property", "message_id");
  EXPECT_EQ(code(ExchangeType::consistent_hash, {header, property}), ErrorCode::invalid_argument);
  EXPECT_EQ(code(ExchangeType::consistent_hash, {text_field("hash-property", "app_id")}),
            ErrorCode::invalid_argument);
  EXPECT_EQ(code(ExchangeType::consistent_hash, {field("hash-property", true)}),
            ErrorCode::invalid_argument);
  EXPECT_EQ(code(ExchangeType::consistent_hash, {field("hash-header", true)}),
            ErrorCode::invalid_argument);
  EXPECT_EQ(code(ExchangeType::direct, {header}), ErrorCode::invalid_argument);
  ExchangeSpec delayed = exchange_spec("x", ExchangeType::delayed_message);
  EXPECT_TRUE(catalog.check(add(delayed)));
  delayed.delayed_type = ExchangeType::delayed_message;
  EXPECT_EQ(code_of(catalog.check(add(delayed))), ErrorCode::invalid_argument);
  EXPECT_EQ(code(ExchangeType::direct, {text_field("k", std::string(arguments_bytes_max, 'v'))}),
            ErrorCode::too_large);
  EXPECT_EQ(code_of(catalog.check(add(exchange_spec(std::string(256, 'x'))))),
            ErrorCode::invalid_argument);
  EXPECT_EQ(code_of(catalog.check(add(exchange_spec("")))), ErrorCode::invalid_argument);
  ExchangeSpec alternate = exchange_spec("x");
  alternate.alternate_exchange = std::string(256, 'x');
  EXPECT_EQ(code_of(catalog.check(add(alternate))), ErrorCode::invalid_argument);
}

TEST(CatalogTransient, IsForgotten) {
  RoutingTable table;
  Catalog& catalog = table.catalog();
  const QueuePtr durable = table.queue("durable");
  EXPECT_FALSE(catalog.has_transient());
  QueueInfo transient = queue_info("transient", {queue_log_id(ShardId{0}, 3000)});
  transient.spec.is_durable = false;
  QueueInfo exclusive = queue_info("exclusive", {queue_log_id(ShardId{0}, 3001)});
  exclusive.spec.exclusive_owner = 1;
  ASSERT_TRUE(catalog.apply(add(transient)));
  EXPECT_TRUE(catalog.has_transient());
  ASSERT_TRUE(catalog.apply(add(exclusive)));
  table.exchange("passing", ExchangeType::fanout,
                 [](ExchangeSpec& spec) { spec.is_durable = false; });
  table.bind("passing", "durable");
  table.bind("amq.fanout", "durable");
  table.bind("amq.fanout", "transient");
  table.bind("amq.fanout", "exclusive");
  ASSERT_TRUE(catalog.apply(ForgetTransient{}));
  EXPECT_FALSE(catalog.has_transient());
  EXPECT_EQ(catalog.queues().all(), std::vector<QueuePtr>{durable});
  EXPECT_EQ(catalog.routing().binding_count(), 1U);
  EXPECT_EQ(table.route("passing"), "not_found");
  EXPECT_EQ(table.route("amq.fanout"), "durable");
}

TEST(QueueSpec, IsChecked) {
  const auto code = [](auto change) {
    QueueSpec spec;
    spec.name = {.vhost = "/", .name = "q"};
    EXPECT_TRUE(check_queue_spec(spec));
    change(spec);
    return code_of(check_queue_spec(spec));
  };
  const auto invalid = ErrorCode::invalid_argument;
  EXPECT_EQ(code([](QueueSpec& spec) { spec.name.name = ""; }), invalid);
  EXPECT_EQ(code([](QueueSpec& spec) { spec.name.name = std::string(256, 'q'); }), invalid);
  EXPECT_EQ(code([](QueueSpec& spec) { spec.settings.message_ttl_ms = -1; }), invalid);
  EXPECT_EQ(code([](QueueSpec& spec) { spec.settings.expires_ms = 0; }), invalid);
  EXPECT_EQ(code([](QueueSpec& spec) { spec.settings.length_max = -1; }), invalid);
  EXPECT_EQ(code([](QueueSpec& spec) { spec.settings.length_bytes_max = -1; }), invalid);
  EXPECT_EQ(code([](QueueSpec& spec) { spec.settings.delivery_limit = -1; }), invalid);
  EXPECT_EQ(code([](QueueSpec& spec) { spec.settings.consumer_timeout_ms = 0; }), invalid);
  EXPECT_EQ(code([](QueueSpec& spec) { spec.settings.deduplication_window_ms = 0; }), invalid);
  EXPECT_EQ(code([](QueueSpec& spec) { spec.settings.deduplication_keys_max = 0; }), invalid);
  EXPECT_EQ(code([](QueueSpec& spec) { spec.settings.deduplication_keys_max = 1'000'001; }),
            invalid);
  EXPECT_EQ(code([](QueueSpec& spec) { spec.settings.dead_letter_routing_key = "k"; }), invalid);
  EXPECT_EQ(
      code([](QueueSpec& spec) { spec.settings.dead_letter_exchange = std::string(256, 'x'); }),
      invalid);
  EXPECT_EQ(code([](QueueSpec& spec) {
              spec.arguments = {text_field("k", std::string(arguments_bytes_max, 'v'))};
            }),
            ErrorCode::too_large);
}

}  // namespace
}  // namespace koine::core
