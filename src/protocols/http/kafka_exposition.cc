#include "protocols/http/kafka_exposition.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "core/count_partitions.h"
#include "core/group_coordinator.h"
#include "protocols/http/exposition.h"

namespace koine::http {

namespace {

constexpr std::size_t partitions_max = 10'000;
constexpr std::size_t groups_max = 1000;

// Lines by name, since those of one name stand together.
class Samples {
 public:
  void add(std::string_view name, const std::string& labels, std::int64_t value) {
    append_sample(by_name_[name], name, labels, static_cast<double>(value));
  }
  std::string to_text() const {
    std::string text;
    for (const auto& [name, lines] : by_name_) {
      append_family(text, name, "As in kafka_exporter.");
      text += lines;
    }
    return text;
  }

 private:
  std::map<std::string_view, std::string> by_name_;
};

struct GroupFigures {
  std::string name;
  std::size_t members = 0;
  std::vector<core::FetchedOffset> offsets;
};

Task<std::vector<GroupFigures>> groups_of(core::Engine* owner) {
  std::vector<GroupFigures> groups;
  for (const core::GroupSummary& group : owner->groups().list({})) {
    if (groups.size() == groups_max) break;
    groups.push_back(
        {.name = group.group,
         .members = owner->groups().describe(group.group).members.size(),
         .offsets = owner->groups().fetch({.group = group.group, .partitions = {}}).offsets});
  }
  co_return groups;
}

// What was found of the topics.
using Ends = std::map<core::TopicPartition, core::PartitionCounts>;

std::string labels_of(const core::TopicPartition& partition) {
  std::string labels;
  append_label(labels, "topic", partition.topic);
  append_label(labels, "partition", std::to_string(partition.partition.value()));
  return labels;
}

Task<Ends> add_topics(Scope& scope, std::string_view search, Samples& samples) {
  std::vector<core::TopicPartition> partitions;
  std::vector<LogId> logs;
  for (const auto& [name, topic] : scope.engine().catalog().topics()) {
    if (!name.contains(search)) continue;
    if (logs.size() + topic->partitions.size() > partitions_max) break;
    std::string labels;
    append_label(labels, "topic", name);
    samples.add("kafka_topic_partitions", labels,
                static_cast<std::int64_t>(topic->partitions.size()));
    for (std::size_t n = 0; n < topic->partitions.size(); ++n) {
      partitions.push_back({name, PartitionId(static_cast<std::int32_t>(n))});
      logs.push_back(topic->partitions[n]);
    }
  }
  const auto counts = co_await core::count_partitions(scope.engine(), std::move(logs));
  Ends ends;
  for (std::size_t n = 0; n < counts.size(); ++n) {
    if (!counts[n]) continue;
    const std::string labels = labels_of(partitions[n]);
    samples.add("kafka_topic_partition_current_offset", labels, counts[n]->end.value());
    samples.add("kafka_topic_partition_oldest_offset", labels, counts[n]->start.value());
    samples.add("kafka_topic_partition_leader", labels, scope.options().kafka_broker_id);
    samples.add("kafka_topic_partition_leader_is_preferred", labels, 1);
    samples.add("kafka_topic_partition_replicas", labels, 1);
    samples.add("kafka_topic_partition_in_sync_replica", labels, 1);
    samples.add("kafka_topic_partition_under_replicated_partition", labels, 0);
    ends.emplace(partitions[n], *counts[n]);
  }
  co_return ends;
}

void add_group(const GroupFigures& group, const Ends& ends, Samples& samples) {
  std::string name;
  append_label(name, "consumergroup", group.name);
  samples.add("kafka_consumergroup_members", name, static_cast<std::int64_t>(group.members));
  struct Sum {
    std::int64_t offset = 0;
    std::int64_t lag = 0;
  };
  std::map<std::string_view, Sum> sums;  // by topic
  for (const core::FetchedOffset& each : group.offsets) {
    const auto found = ends.find(each.partition);
    if (!each.committed || found == ends.end()) continue;
    const std::int64_t offset = each.committed->offset.value();
    const std::int64_t lag = std::max<std::int64_t>(
        0, found->second.end.value() - std::max(offset, found->second.start.value()));
    const std::string labels = name + "," + labels_of(each.partition);
    samples.add("kafka_consumergroup_current_offset", labels, offset);
    samples.add("kafka_consumergroup_lag", labels, lag);
    Sum& sum = sums[each.partition.topic];
    sum.offset += offset;
    sum.lag += lag;
  }
  for (const auto& [topic, sum] : sums) {
    std::string labels = name;
    append_label(labels, "topic", topic);
    samples.add("kafka_consumergroup_current_offset_sum", labels, sum.offset);
    samples.add("kafka_consumergroup_lag_sum", labels, sum.lag);
  }
}

}  // namespace

Task<std::string> kafka_exposition(Scope& scope, std::string_view search,
                                   std::string_view address) {
  Samples samples;
  samples.add("kafka_brokers", {}, 1);
  const std::string& advertised = scope.options().kafka_advertised;
  std::string broker;
  append_label(broker, "id", std::to_string(scope.options().kafka_broker_id));
  append_label(broker, "address", advertised.empty() ? address : advertised);
  samples.add("kafka_broker_info", broker, 1);
  const Ends ends = co_await add_topics(scope, search, samples);
  for (core::Engine* const owner : scope.engine().all()) {
    const auto groups = co_await runtime::call_on<std::vector<GroupFigures>>(
        scope.shard(), owner->shard(), [owner] { return groups_of(owner); });
    for (const GroupFigures& group : groups) add_group(group, ends, samples);
  }
  co_return samples.to_text();
}

}  // namespace koine::http
