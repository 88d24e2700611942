#include "core/queues/dead_letter.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "core/queues/properties.h"

namespace koine::core {
namespace {

constexpr WallTimeMs now_ms = 1'700'000'000'500;

QueueSpec queue(std::string name, std::optional<std::string> key = std::nullopt) {
  QueueSpec spec{.name = {"/", std::move(name)}};
  spec.settings.dead_letter_exchange = "dead";
  spec.settings.dead_letter_routing_key = std::move(key);
  return spec;
}

struct Published {
  explicit Published(const Properties& properties) {
    encode_properties(properties, encoded);
    view = {.exchange = "orders",
            .routing_key = "order.new",
            .properties = encoded,
            .body = as_bytes("body"),
            .published_ms = now_ms - 1000,
            .expires_ms = now_ms,
            .priority = 3};
  }
  std::vector<std::byte> encoded;
  MessageView view;
};

FieldTable headers_of(const DeadLetter& letter) {
  return *decode_properties(letter.properties)->headers;
}

const FieldTable& death(const FieldTable& headers, std::size_t n) {
  const auto& deaths = std::get<FieldArray>(find_field(headers, "x-death")->value);
  return std::get<FieldTable>(deaths.at(n).value);
}

std::string text(const FieldTable& table, std::string_view name) {
  const FieldValue* value = find_field(table, name);
  return value != nullptr ? *value->as_text() : "none";
}

DeadLetter dies(const QueueSpec& spec, const MessageView& message, DeathReason reason) {
  auto letter = make_dead_letter(spec, message, reason, now_ms);
  EXPECT_TRUE(letter);
  return std::move(*letter);
}

TEST(DeadLetter, TellsWhereAndWhyItDied) {
  const Published message({.content_type = "text/plain", .expiration = "1000"});
  const DeadLetter letter = dies(queue("jobs"), message.view, DeathReason::expired);
  EXPECT_EQ(letter.exchange, "dead");
  EXPECT_EQ(letter.routing_keys, std::vector<std::string>{"order.new"});
  EXPECT_EQ(letter.body.text(), "body");
  EXPECT_EQ(letter.priority, 3);
  const Properties properties = *decode_properties(letter.properties);
  EXPECT_EQ(properties.content_type, "text/plain");
  EXPECT_EQ(properties.expiration, std::nullopt);
  const FieldTable headers = headers_of(letter);
  const FieldTable& first = death(headers, 0);
  EXPECT_EQ(find_field(first, "count")->value, FieldValue::Variant(std::int64_t{1}));
  EXPECT_EQ(find_field(first, "time")->value, FieldValue::Variant(Timestamp{1'700'000'000}));
  EXPECT_EQ(text(first, "queue"), "jobs");
  EXPECT_EQ(text(first, "reason"), "expired");
  EXPECT_EQ(text(first, "exchange"), "orders");
  EXPECT_EQ(text(first, "original-expiration"), "1000");
  EXPECT_EQ(find_field(first, "routing-keys")->value,
            FieldValue::Variant(FieldArray{FieldValue{std::string("order.new")}}));
  for (const std::string when : {"first", "last"}) {
    EXPECT_EQ(text(headers, "x-" + when + "-death-queue"), "jobs");
    EXPECT_EQ(text(headers, "x-" + when + "-death-reason"), "expired");
    EXPECT_EQ(text(headers, "x-" + when + "-death-exchange"), "orders");
  }
  const MessageView view = letter.message(now_ms);
  EXPECT_EQ(view.expires_ms, no_expiry);
  EXPECT_EQ(view.published_ms, now_ms);
}

TEST(DeadLetter, CountsTheSameDeathAndPutsTheLastOneFirst) {
  const Published message({});
  MessageView view = message.view;
  std::vector<DeadLetter> letters;
  letters.push_back(dies(queue("jobs"), view, DeathReason::rejected));
  letters.push_back(dies(queue("retry"), letters.back().message(now_ms), DeathReason::expired));
  letters.push_back(dies(queue("jobs"), letters.back().message(now_ms), DeathReason::rejected));
  const FieldTable headers = headers_of(letters.back());
  EXPECT_EQ(text(death(headers, 0), "queue"), "jobs");
  EXPECT_EQ(find_field(death(headers, 0), "count")->as_integer(), 2);
  EXPECT_EQ(text(death(headers, 0), "exchange"), "orders");  // as it was the first time
  EXPECT_EQ(text(death(headers, 1), "queue"), "retry");
  EXPECT_EQ(text(death(headers, 1), "exchange"), "dead");
  EXPECT_EQ(text(headers, "x-first-death-queue"), "jobs");
  EXPECT_EQ(text(headers, "x-last-death-queue"), "jobs");
  EXPECT_EQ(text(headers, "x-last-death-exchange"), "dead");
}

TEST(DeadLetter, GoesOnWithItsCarbonCopiesUnlessTheQueueHasAKey) {
  Properties properties;
  properties.headers = {{"CC", FieldValue{FieldArray{FieldValue{std::string("copy")}}}}};
  const Published message(properties);
  const DeadLetter own = dies(queue("jobs"), message.view, DeathReason::rejected);
  EXPECT_EQ(own.routing_keys, (std::vector<std::string>{"order.new", "copy"}));
  EXPECT_NE(find_field(headers_of(own), "CC"), nullptr);
  const DeadLetter fixed = dies(queue("jobs", "parked"), message.view, DeathReason::rejected);
  EXPECT_EQ(fixed.routing_keys, std::vector<std::string>{"parked"});
  EXPECT_EQ(find_field(headers_of(fixed), "CC"), nullptr);
  const FieldTable headers = headers_of(fixed);
  EXPECT_EQ(std::get<FieldArray>(find_field(death(headers, 0), "routing-keys")->value).size(), 2U);
}

TEST(DeadLetter, IsACycleWhereItDiedAlreadyAndNobodyRejectedItSince) {
  const Published message({});
  const DeadLetter expired = dies(queue("a"), message.view, DeathReason::expired);
  EXPECT_TRUE(expired.is_cycle_to("a"));
  EXPECT_FALSE(expired.is_cycle_to("b"));
  const DeadLetter second = dies(queue("b"), expired.message(now_ms), DeathReason::maxlen);
  EXPECT_TRUE(second.is_cycle_to("a"));
  const DeadLetter rejected = dies(queue("b"), expired.message(now_ms), DeathReason::rejected);
  EXPECT_FALSE(rejected.is_cycle_to("a"));
  EXPECT_FALSE(rejected.is_cycle_to("b"));
  const DeadLetter after = dies(queue("c"), rejected.message(now_ms), DeathReason::expired);
  EXPECT_FALSE(after.is_cycle_to("a"));
  EXPECT_TRUE(after.is_cycle_to("c"));
}

TEST(DeadLetter, TakesAnXDeathThatSomebodyMadeUp) {
  Properties properties;
  properties.headers = {
      {"x-death",
       FieldValue{FieldArray{FieldValue{std::int32_t{5}},
                             FieldValue{FieldTable{{"queue", FieldValue{std::int32_t{7}}}}}}}}};
  const Published message(properties);
  const DeadLetter letter = dies(queue("a"), message.view, DeathReason::expired);
  EXPECT_EQ(letter.deaths.size(), 2U);
  properties.headers = {{"x-death", FieldValue{std::string("oops")}}};
  const Published odd(properties);
  EXPECT_EQ(dies(queue("a"), odd.view, DeathReason::expired).deaths.size(), 1U);
}

TEST(DeadLetter, RefusesPropertiesThatAreNone) {
  const std::vector<std::byte> wrong = {std::byte{0xFF}, std::byte{0xFF}};
  const auto letter =
      make_dead_letter(queue("a"), {.properties = wrong}, DeathReason::expired, now_ms);
  EXPECT_EQ(letter.error().code(), ErrorCode::corrupt);
}

}  // namespace
}  // namespace koine::core
