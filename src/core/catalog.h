// Catalog: what exists and where: topics, queues, exchanges and bindings, copied to every shard so that routing never leaves
// a shard.
//
// Shard 0 owns it: changes are committed to shard 0's journal, applied there, and then sent to every other shard;
// the caller gets its answer when all shards know (core/catalog_writer.h). Others only read their copy. What is applied
// in the same order gives the same catalog, with the same changes refused. On disk: see catalog.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "core/catalog_change.h"
#include "core/queues/name_view.h"
#include "core/queues/queue_table.h"
#include "core/routing/routing_graph.h"
#include "core/topic.h"

namespace koine::core {

class Catalog {
 public:
  // Objects of other virtual hosts than these, from a time when there were more, are kept but nobody gets at them.
  explicit Catalog(std::vector<std::string> virtual_hosts = {"/"});

  TopicPtr find(std::string_view name) const;
  TopicPtr find(const TopicId& id) const;
  // By a name in a virtual host.
  TopicPtr find_topic(NameView name) const;
  // Sorted by name.
  const std::map<std::string, TopicPtr, std::less<>>& topics() const { return topics_; }

  const QueueTable& queues() const { return queues_; }
  const RoutingGraph& routing() const { return routing_; }
  bool has_virtual_host(std::string_view name) const;
  std::span<const std::string> virtual_hosts() const { return virtual_hosts_; }

  // Whether it belongs to something that exists.
  bool has_log(LogId log) const;
  // The number that the next log on the shard gets (core/engine_logs.h).
  std::uint64_t next_log_number(ShardId shard) const;
  // Over all topics.
  std::size_t partition_count() const { return by_log_.size(); }
  // Another one after every change: what was found before may be wrong now.
  std::uint64_t version() const { return version_; }

  // Whether the change could be applied now. Errors: already_exists (the name is taken), not_found (which is named),
  // denied (a predeclared exchange), conflict (in use), invalid_argument and unsupported (see check_queue_spec,
  // check_exchange_spec, check_binding), corrupt (logs of something else).
  Result<> check(const CatalogChange& change) const;
  // An error, as above: nothing has changed.
  Result<> apply(const CatalogChange& change);
  // Whether ForgetTransient would change anything.
  bool has_transient() const;

  // What makes an equal catalog of an empty one, with next_log_numbers(); shares what is immutable.
  std::vector<CatalogChange> contents() const;
  const std::vector<std::uint64_t>& next_log_numbers() const { return next_log_numbers_; }

  std::vector<std::byte> save() const;
  // Replaces everything, except for the virtual hosts. Errors: corrupt, unsupported (another version).
  Result<> restore(ByteView saved);
  Result<> restore(std::span<const CatalogChange> contents,
                   std::vector<std::uint64_t> next_log_numbers);

 private:
  struct Check;
  struct Apply;

  void put(const TopicPtr& topic);
  void remove_topic(std::string_view name);
  void remove_queue(const QueuePtr& queue);
  void forget_transient();
  void use_up(std::span<const LogId> logs);
  // What a binding leads from or to; none: there is no such thing.
  std::optional<RoutingGraph::End> find_source(NameView name) const;
  std::optional<RoutingGraph::End> find_target(const Binding& binding) const;
  Result<> put_back(const CatalogChange& content);
  std::size_t content_count() const;
  void for_each_content(auto visit) const;

  std::vector<std::string> virtual_hosts_;
  std::map<std::string, TopicPtr, std::less<>> topics_;
  std::map<TopicId, TopicPtr> by_id_;
  std::unordered_map<LogId, TopicPtr> by_log_;
  QueueTable queues_;
  RoutingGraph routing_;
  std::vector<std::uint64_t> next_log_numbers_;  // by shard
  std::uint64_t version_ = 0;
};

}  // namespace koine::core
