// What a catalog keeps on disk comes back as it was, and damage to it gives errors.

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "core/catalog.h"
#include "core/routing/routing_fixture.h"

namespace koine::core {
namespace {

QueueInfo elaborate_queue() {
  QueueInfo queue;
  queue.spec = {.name = {.vhost = "/", .name = "elaborate"},
                .is_durable = false,
                .is_auto_delete = true,
                .exclusive_owner = 9,
                .settings = {.message_ttl_ms = 0,
                             .expires_ms = 2,
                             .length_max = 3,
                             .length_bytes_max = 4,
                             .overflow = Overflow::reject_publish_dead_letter,
                             .dead_letter_exchange = "",
                             .dead_letter_routing_key = "dead",
                             .priority_max = 1,
                             .is_single_active_consumer = true,
                             .delivery_limit = 5,
                             .consumer_timeout_ms = 6,
                             .deduplication_window_ms = 7,
                             .deduplication_keys_max = 8},
                .arguments = {text_field("x-overflow", "reject-publish-dlx")}};
  queue.logs = {queue_log_id(ShardId{1}, 2000), queue_log_id(ShardId{1}, 2001)};
  queue.created_ms = 12345;
  return queue;
}

// One of everything.
void fill(RoutingTable& table) {
  table.topic("orders");
  table.queue("email");
  ASSERT_TRUE(
      table.catalog().apply(AddQueue{std::make_shared<const QueueInfo>(elaborate_queue())}));
  table.exchange("rest", ExchangeType::headers, [](ExchangeSpec& spec) {
    spec.is_durable = false;
    spec.is_auto_delete = true;
    spec.is_internal = true;
    spec.alternate_exchange = "amq.fanout";
    spec.arguments = {text_field("alternate-exchange", "amq.fanout")};
  });
  table.bind("rest", "email", "key", {text_field("x-match", "any"), text_field("a", "b")});
  table.bind("orders", "elaborate", "#");
  table.bind("amq.topic", "orders", "o.#", {}, TargetKind::topic);
  table.bind("amq.topic", "rest", "r.#", {}, TargetKind::exchange);
}

std::vector<CatalogChange> one_of_each() {
  RoutingTable table;
  fill(table);
  std::vector<CatalogChange> changes = table.catalog().contents();
  changes.emplace_back(RemoveTopic{"orders"});
  changes.emplace_back(RemoveQueue{LogId{7}});
  changes.emplace_back(RemoveExchange{{.vhost = "/", .name = "rest"}, true});
  changes.emplace_back(RemoveBinding{RoutingTable::binding("orders", "elaborate", "#")});
  changes.emplace_back(ForgetTransient{});
  return changes;
}

TEST(CatalogSave, BringsEverythingBack) {
  RoutingTable table;
  fill(table);
  RoutingTable restored;
  ASSERT_TRUE(restored.catalog().restore(table.catalog().save()));
  const QueuePtr queue = restored.catalog().queues().find({"/", "elaborate"});
  ASSERT_NE(queue, nullptr);
  const QueueInfo expected = elaborate_queue();
  EXPECT_EQ(queue->spec.settings, expected.spec.settings);
  EXPECT_EQ(queue->spec.arguments, expected.spec.arguments);
  EXPECT_EQ(queue->spec.exclusive_owner, 9U);
  EXPECT_FALSE(queue->spec.is_durable);
  EXPECT_TRUE(queue->spec.is_auto_delete);
  EXPECT_EQ(queue->logs, expected.logs);
  EXPECT_EQ(queue->created_ms, 12345);
  const ExchangePtr rest = restored.catalog().routing().find_exchange({"/", "rest"});
  ASSERT_NE(rest, nullptr);
  EXPECT_EQ(rest->type, ExchangeType::headers);
  EXPECT_EQ(rest->alternate_exchange, "amq.fanout");
  EXPECT_EQ(rest->arguments.size(), 1U);
  EXPECT_TRUE(!rest->is_durable && rest->is_auto_delete && rest->is_internal);
  EXPECT_EQ(restored.catalog().routing().binding_count(), 4U);
  EXPECT_EQ(restored.route("rest", "", {text_field("a", "b")}), "email");
  EXPECT_EQ(restored.route("amq.topic", "o.1"), "elaborate topic orders");
  EXPECT_EQ(restored.catalog().next_log_number(ShardId{1}), 2002U);
  EXPECT_EQ(restored.catalog().next_log_number(ShardId{0}),
            table.catalog().next_log_number(ShardId{0}));
}

TEST(CatalogSave, CopiesShareWhatIsImmutable) {
  RoutingTable table;
  fill(table);
  Catalog copy;
  ASSERT_TRUE(copy.restore(table.catalog().contents(), table.catalog().next_log_numbers()));
  EXPECT_EQ(copy.queues().find({"/", "email"}), table.catalog().queues().find({"/", "email"}));
  EXPECT_EQ(copy.save().size(), table.catalog().save().size());
  EXPECT_EQ(copy.next_log_numbers(), table.catalog().next_log_numbers());
}

TEST(CatalogChanges, RoundTrip) {
  const auto changes = one_of_each();
  const auto encoded = encode_changes(changes);
  const auto decoded = decode_changes(encoded);
  ASSERT_TRUE(decoded) << decoded.error().to_string();
  ASSERT_EQ(decoded->size(), changes.size());
  for (std::size_t n = 0; n < changes.size(); ++n)
    EXPECT_EQ((*decoded)[n].index(), changes[n].index());
  EXPECT_EQ(encode_changes(*decoded), encoded);
}

TEST(CatalogChanges, RefusesDamage) {
  const auto encoded = encode_changes(one_of_each());
  for (std::size_t size = 0; size < encoded.size(); ++size)
    EXPECT_FALSE(decode_changes(ByteView(encoded).first(size))) << size;
  auto wrong = encoded;
  wrong.push_back(std::byte{0});
  EXPECT_EQ(decode_changes(wrong).error().code(), ErrorCode::corrupt);
  wrong = encoded;
  wrong[0] = std::byte{3};
  EXPECT_EQ(decode_changes(wrong).error().code(), ErrorCode::unsupported);
  wrong = encoded;
  wrong[5] = std::byte{99};
  EXPECT_EQ(decode_changes(wrong).error().code(), ErrorCode::corrupt);
}

// Any byte may be anything: an error, or a catalog that can be saved again and routes.
TEST(CatalogSave, EndsInAnErrorOrACatalogWhateverTheBytes) {
  RoutingTable table;
  fill(table);
  const auto saved = table.catalog().save();
  for (std::size_t size = 0; size < saved.size(); ++size)
    EXPECT_FALSE(Catalog().restore(ByteView(saved).first(size))) << size;
  int restored_count = 0;
  std::mt19937 random(7);
  for (int round = 0; round < 20'000; ++round) {
    auto damaged = saved;
    const std::size_t count = 1 + random() % 3;
    for (std::size_t n = 0; n < count; ++n)
      damaged[random() % damaged.size()] = static_cast<std::byte>(random());
    RoutingTable restored;
    if (!restored.catalog().restore(damaged)) continue;
    ++restored_count;
    Catalog again;
    EXPECT_TRUE(again.restore(restored.catalog().save()));
    (void)restored.route("amq.topic", "o.1");
    (void)restored.route("rest", "x", {text_field("a", "b")});
  }
  EXPECT_GT(restored_count, 0);  // texts and numbers may differ and still be right
}

TEST(CatalogChanges, EndInAnErrorOrChangesWhateverTheBytes) {
  const auto encoded = encode_changes(one_of_each());
  std::mt19937 random(11);
  for (int round = 0; round < 20'000; ++round) {
    auto damaged = encoded;
    for (int n = 0; n < 2; ++n)
      damaged[random() % damaged.size()] = static_cast<std::byte>(random());
    const auto decoded = decode_changes(damaged);
    if (!decoded) continue;
    RoutingTable table;
    for (const CatalogChange& change : *decoded) (void)table.catalog().apply(change);
    EXPECT_TRUE(Catalog().restore(table.catalog().save()));
  }
}

// The catalog of another shard, and of another start, is made by the same changes.
TEST(CatalogChanges, GiveEqualCatalogsEvenWhenSomeAreRefused) {
  std::mt19937 random(3);
  const auto names = std::to_array<const char*>({"a", "b", "c"});
  RoutingTable one;
  RoutingTable other;
  std::uint64_t sequence = 2000;
  for (int step = 0; step < 3000; ++step) {
    const auto name = [&] { return std::string(names[random() % names.size()]); };
    const auto kind = static_cast<TargetKind>(1 + random() % 2);
    CatalogChange change;
    switch (random() % 6) {
      case 0: {
        auto queue = std::make_shared<QueueInfo>();
        queue->spec.name = {.vhost = "/", .name = name()};
        queue->spec.is_durable = random() % 2 == 0;
        queue->logs = {queue_log_id(ShardId{0}, sequence++)};
        change = AddQueue{queue};
        break;
      }
      case 1: {
        const QueuePtr queue = one.catalog().queues().find({"/", name()});
        change = RemoveQueue{queue != nullptr ? queue->id() : LogId{1}};
        break;
      }
      case 2: {
        auto exchange = std::make_shared<ExchangeSpec>();
        exchange->name = {.vhost = "/", .name = name()};
        exchange->type = static_cast<ExchangeType>(1 + random() % 5);
        exchange->is_auto_delete = random() % 2 == 0;
        change = AddExchange{exchange};
        break;
      }
      case 3: change = RemoveExchange{{.vhost = "/", .name = name()}, random() % 2 == 0}; break;
      case 4: change = AddBinding{RoutingTable::binding(name(), name(), "1", {}, kind)}; break;
      default: change = RemoveBinding{RoutingTable::binding(name(), name(), "1", {}, kind)}; break;
    }
    if (step % 500 == 499) change = ForgetTransient{};
    const auto decoded = decode_changes(encode_changes({&change, 1}));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(one.catalog().apply(change).has_value(),
              other.catalog().apply(decoded->front()).has_value());
    RoutingTable restored;
    if (step % 10 == 0) ASSERT_TRUE(restored.catalog().restore(one.catalog().save()));
    for (const char* from : names) {
      ASSERT_EQ(one.route(from, "1"), other.route(from, "1")) << step;
      if (step % 10 == 0) ASSERT_EQ(one.route(from, "1"), restored.route(from, "1")) << step;
    }
  }
}

}  // namespace
}  // namespace koine::core
