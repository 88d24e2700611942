#include "protocols/kafka/handlers/describe_log_dirs.h"

#include <numeric>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/on_owners.h"
#include "protocols/kafka/errors.h"
#include "protocols/kafka/handlers/partitions.h"

namespace koine::kafka {

namespace {

// By log; those that were deleted meanwhile are not in it.
using Sizes = std::unordered_map<LogId, std::uint64_t>;

struct Item {
  LogId log;
};

// A topic that is asked for, with the partitions of it that exist.
struct Asked {
  core::TopicPtr topic;
  std::vector<std::int32_t> partitions;
};

std::vector<Asked> find_asked(const Scope& scope, DescribeLogDirsRequest request) {
  std::vector<Asked> asked;
  if (!request.topics) {
    for (const auto& [name, topic] : scope.engine.catalog().topics()) {
      Asked& all = asked.emplace_back();
      all.topic = topic;
      all.partitions.resize(topic->partitions.size());
      std::iota(all.partitions.begin(), all.partitions.end(), 0);
    }
    return asked;
  }
  for (DescribeLogDirsRequest::Topic& named : *request.topics) {
    const auto topic = scope.engine.catalog().find(named.topic);
    if (topic == nullptr) continue;
    std::erase_if(named.partitions,
                  [&](std::int32_t index) { return !has_partition(*topic, index); });
    asked.push_back({.topic = topic, .partitions = std::move(named.partitions)});
  }
  return asked;
}

LogId log_of(const Asked& asked, std::int32_t index) {
  return asked.topic->partitions[static_cast<std::size_t>(index)];
}

Task<std::vector<std::optional<std::uint64_t>>> measure(core::Engine& owner,
                                                        std::vector<Item> items) {
  std::vector<std::optional<std::uint64_t>> sizes;
  sizes.reserve(items.size());
  for (const Item& item : items) {
    const auto partition = owner.partition(item.log);
    sizes.push_back(partition != nullptr ? std::optional(partition->body_bytes()) : std::nullopt);
  }
  co_return sizes;
}

Task<Sizes> sizes_of(Scope& scope, const std::vector<Asked>& topics) {
  std::vector<Item> items;
  for (const Asked& asked : topics) {
    for (const std::int32_t index : asked.partitions) items.push_back({log_of(asked, index)});
  }
  const auto measured =
      co_await on_owners<Item, std::optional<std::uint64_t>>(scope.engine, items, measure);
  Sizes sizes;
  for (std::size_t n = 0; n < items.size(); ++n) {
    if (measured[n]) sizes.emplace(items[n].log, *measured[n]);
  }
  co_return sizes;
}

// Without the partitions that were deleted meanwhile.
DescribeLogDirsResponse::Topic to_wire(const Asked& asked, const Sizes& sizes) {
  DescribeLogDirsResponse::Topic topic{.name = asked.topic->name};
  for (const std::int32_t index : asked.partitions) {
    const auto size = sizes.find(log_of(asked, index));
    if (size == sizes.end()) continue;
    topic.partitions.push_back(
        {.partition_index = index, .partition_size = static_cast<std::int64_t>(size->second)});
  }
  return topic;
}

}  // namespace

Task<DescribeLogDirsResponse> handle(Scope& scope, DescribeLogDirsRequest request,
                                     Version /*version*/) {
  const std::vector<Asked> topics = find_asked(scope, std::move(request));
  const auto measuring = sizes_of(scope, topics);
  const Sizes sizes = co_await measuring;
  DescribeLogDirsResponse::TopicResult directory{.log_dir = scope.engine.options().data_directory};
  for (const Asked& asked : topics) directory.topics.push_back(to_wire(asked, sizes));
  const auto space = co_await scope.engine.disk_space();
  if (space) {
    directory.total_bytes = static_cast<std::int64_t>(space->total_bytes);
    directory.usable_bytes = static_cast<std::int64_t>(space->free_bytes);
  } else {
    directory.error_code = to_kafka_error(space.error());
  }
  DescribeLogDirsResponse response;
  response.results.push_back(std::move(directory));
  co_return response;
}

}  // namespace koine::kafka
