// Engine: everything that one shard owns: its journal, partitions, groups and copy of the catalog. The protocols call
// the engine of their connection's shard; it finds the owner and calls on.
//
//   Engine (shard 0)            Engine (shard 1)
//     catalog (owner)             catalog (copy)
//     partitions of shard 0       partitions of shard 1
//     groups of shard 0           groups of shard 1
//     journal 0                   journal 1
//
// A topic's partitions are spread over the shards from hash(topic) on; a group lives on hash(group).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/task.h"
#include "core/catalog.h"
#include "core/partition.h"
#include "core/state_log.h"
#include "io/disk.h"
#include "io/random.h"
#include "journal/journal.h"
#include "runtime/shard.h"

namespace koine::core {

class GroupCoordinator;

struct EngineOptions {
  journal::Options journal;  // directory and shard are set by the engine
  std::string data_directory;
  std::uint32_t partitions_default = 1;
  bool auto_create_topics = true;
  std::uint32_t partitions_total_max = 100'000;
  Duration retention_check_interval = std::chrono::minutes(5);
  std::int64_t offsets_retention_ms = 7LL * 24 * 3600 * 1000;
  std::int64_t producer_id_expiration_ms = 24LL * 3600 * 1000;
  std::size_t producers_per_partition_max = 10'000;
};

struct TopicSpec {
  std::string name;
  std::uint32_t partition_count = 1;
  TopicSettings settings;
  std::uint32_t settings_given = 0;
};

class Engine {
 public:
  // Opens this shard's journal. The engines of all shards share `engines`, by shard id, filled before open() is called
  // on any; call open() on shard 0 first, then on the others, then start() on each.
  Engine(runtime::Shard& shard, io::Disk& disk, io::Random& random, EngineOptions options,
         const std::vector<Engine*>& engines);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  Task<Result<>> open();
  // Background work: retention, expiry.
  void start();
  Task<void> close();

  runtime::Shard& shard() { return shard_; }
  const Catalog& catalog() const { return catalog_; }
  const EngineOptions& options() const { return options_; }
  journal::Journal& journal() { return *journal_; }

  // The engine that owns the log or the group; call on it with runtime::call_on(shard(), owner.shard(), ...).
  Engine& owner_of(LogId log);
  Engine& owner_of_group(std::string_view group);
  std::span<Engine* const> all() const;

  // This shard's partition, or null.
  Partition* partition(LogId log);
  GroupCoordinator& groups() { return *groups_; }

  // From any shard; done when every shard knows. Errors: already_exists, invalid_argument (name, counts, settings),
  // not_found, too_large (over partitions_total_max), no_space, io_error.
  Task<Result<TopicPtr>> create_topic(TopicSpec spec);
  Task<Result<>> delete_topic(std::string name);
  // To a total of `count`, more than now.
  Task<Result<TopicPtr>> add_partitions(std::string name, std::uint32_t count);
  Task<Result<TopicPtr>> change_settings(std::string name, TopicSettings settings,
                                         std::uint32_t settings_given);

  // Never given out twice, also across restarts.
  Task<Result<ProducerId>> new_producer_id();

 private:
  runtime::Shard& shard_;
  io::Disk& disk_;
  io::Random& random_;
  EngineOptions options_;
  const std::vector<Engine*>& engines_;
  Catalog catalog_;
  std::unique_ptr<journal::Journal> journal_;
  std::unordered_map<LogId, std::unique_ptr<Partition>> partitions_;
  std::unique_ptr<GroupCoordinator> groups_;
};

}  // namespace koine::core
