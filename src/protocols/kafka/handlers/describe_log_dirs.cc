#include "protocols/kafka/handlers/describe_log_dirs.h"

#include <numeric>
#include <unordered_map>
#include <utility>
#include <vector>

#include "protocols/kafka/errors.h"
#include "protocols/kafka/handlers/partitions.h"

namespace koine::kafka {

namespace {

using Sizes = std::unordered_map<LogId, std::uint64_t>;
using LogsByOwner = std::unordered_map<core::Engine*, std::vector<LogId>>;

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

LogsByOwner by_owner(const Scope& scope, const std::vector<Asked>& topics) {
  LogsByOwner logs;
  for (const Asked& asked : topics) {
    for (const std::int32_t index : asked.partitions) {
      const LogId log = log_of(asked, index);
      logs[&scope.engine.owner_of(log)].push_back(log);
    }
  }
  return logs;
}

Task<Sizes> sizes_on(Scope& scope, core::Engine& owner, std::vector<LogId> logs) {
  return runtime::call_on<Sizes>(
      scope.shard(), owner.shard(), [&owner, logs = std::move(logs)]() -> Task<Sizes> {
        Sizes sizes;
        for (const LogId log : logs) {
          if (const auto partition = owner.partition(log)) sizes.emplace(log, partition->body_bytes());
        }
        co_return sizes;
      });
}

// Without the partitions that were deleted meanwhile.
DescribeLogDirsResponse::Topic to_wire(const Asked& asked, const Sizes& sizes) {
  DescribeLogDirsResponse::Topic topic{.name = asked.topic->name};
  for (const std::int32_t index : asked.partitions) {
    const auto size = sizes.find(log_of(asked, index));
    if (size == sizes.end()) continue;
    topic.partitions.push_back({.partition_index = index,
                                .partition_size = static_cast<std::int64_t>(size->second)});
  }
  return topic;
}

}  // namespace

Task<DescribeLogDirsResponse> handle(Scope& scope, DescribeLogDirsRequest request,
                                     Version /*version*/) {
  const std::vector<Asked> topics = find_asked(scope, std::move(request));
  Sizes sizes;
  for (auto& [owner, logs] : by_owner(scope, topics)) {
    const auto call = sizes_on(scope, *owner, std::move(logs));
    sizes.merge(co_await call);
  }
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
