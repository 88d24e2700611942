// RoutingTable: a catalog to be filled and asked by name, for tests.
//
//   RoutingTable table;
//   table.exchange("logs", ExchangeType::topic);
//   table.queue("errors");
//   table.bind("logs", "errors", "*.error");
//   EXPECT_EQ(table.route("logs", "kern.error"), "errors");
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/check.h"
#include "core/catalog.h"
#include "core/engine_logs.h"
#include "core/routing/router.h"

namespace koine::core {

class RoutingTable {
 public:
  QueuePtr queue(std::string name, std::string vhost = "/") {
    auto queue = std::make_shared<QueueInfo>();
    queue->spec.name = {.vhost = std::move(vhost), .name = std::move(name)};
    queue->logs = {queue_log_id(ShardId{0}, catalog_.next_log_number(ShardId{0}))};
    CHECK(catalog_.apply(AddQueue{queue}));
    return queue;
  }
  void exchange(std::string name, ExchangeType type, auto configure) {
    ExchangeSpec spec;
    spec.name = {.vhost = "/", .name = std::move(name)};
    spec.type = type;
    configure(spec);
    CHECK(catalog_.apply(AddExchange{std::make_shared<const ExchangeSpec>(spec)}));
  }
  void exchange(std::string name, ExchangeType type = ExchangeType::direct) {
    exchange(std::move(name), type, [](ExchangeSpec&) {});
  }
  void topic(std::string name) {
    auto topic = std::make_shared<Topic>();
    topic->name = std::move(name);
    topic->id.bytes[0] = static_cast<std::byte>(catalog_.topics().size() + 1);
    topic->partitions = {partition_log_id(ShardId{0}, catalog_.next_log_number(ShardId{0}))};
    CHECK(catalog_.apply(PutTopic{topic}));
  }
  static Binding binding(std::string source, std::string target, std::string key = "",
                         FieldTable arguments = {}, TargetKind kind = TargetKind::queue) {
    return {.source = {.vhost = "/", .name = std::move(source)},
            .target_kind = kind,
            .target = std::move(target),
            .routing_key = std::move(key),
            .arguments = std::move(arguments)};
  }
  void bind(std::string source, std::string target, std::string key = "", FieldTable arguments = {},
            TargetKind kind = TargetKind::queue) {
    const auto bound = catalog_.apply(AddBinding{
        binding(std::move(source), std::move(target), std::move(key), std::move(arguments), kind)});
    CHECK(bound);
  }

  // Names of queues, then of topics ("topic orders"), each sorted and separated by blanks; or the error's code.
  std::string route(std::string_view exchange, std::string_view key = "",
                    const FieldTable& headers = {}) const {
    Route route;
    std::vector<std::byte> encoded;
    if (!headers.empty()) encode_field_table(headers, encoded);
    const RoutingQuestion question{
        .vhost = "/", .exchange = exchange, .routing_key = key, .headers = encoded};
    if (const auto found = find_route(catalog_, question, route); !found)
      return std::string(name_of(found.error().code()));
    return names(route);
  }
  static std::string names(const Route& route) {
    std::vector<std::string> queues;
    for (const QueuePtr& queue : route.queues) queues.push_back(queue->spec.name.name);
    std::ranges::sort(queues);
    std::vector<std::string> topics;
    for (const TopicPtr& topic : route.topics) topics.push_back("topic " + topic->name);
    std::ranges::sort(topics);
    queues.insert(queues.end(), topics.begin(), topics.end());
    return fmt::format("{}", fmt::join(queues, " "));
  }

  Catalog& catalog() { return catalog_; }
  const Catalog& catalog() const { return catalog_; }

 private:
  Catalog catalog_;
};

inline Field text_field(std::string name, std::string value) {
  return {.name = std::move(name), .value = {.value = std::move(value)}};
}

template <typename T>
Field field(std::string name, T value) {
  return {.name = std::move(name), .value = {.value = value}};
}

}  // namespace koine::core
