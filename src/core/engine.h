// Engine: everything that one shard owns: its journal, partitions, groups and copy of the catalog. The protocols call
// the engine of their connection's shard; it finds the owner and calls on.
//
//   Engine (shard 0)            Engine (shard 1)
//     catalog (owner)             catalog (copy)
//     partitions of shard 0       partitions of shard 1
//     groups of shard 0           groups of shard 1
//     journal 0                   journal 1
//
// A topic's partitions are spread over the shards from hash(topic) on; a group lives on hash(group), a queue on hash(virtual
// host, name).
//
// On disk, below the data directory: `identity` (core/data_directory.h), `lock`, and a folder for each shard's journal.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/task.h"
#include "core/catalog.h"
#include "core/catalog_writer.h"
#include "core/data_directory.h"
#include "core/group_options.h"
#include "core/idempotency.h"
#include "core/journal_state_log.h"
#include "core/partition.h"
#include "core/producer_ids.h"
#include "core/queues/local_queue_client.h"
#include "core/queues/queue_owner.h"
#include "core/topic_spec.h"
#include "io/disk.h"
#include "io/random.h"
#include "journal/journal.h"
#include "runtime/gate.h"
#include "runtime/semaphore.h"
#include "runtime/shard.h"
#include "runtime/signal.h"

namespace koine::core {

class GroupCoordinator;
class IdempotencyLog;
class Queues;
class ShardQueues;
class TopicBindings;

struct EngineOptions {
  journal::Options journal;  // directory and shard are set by the engine
  std::string data_directory;
  std::uint32_t partitions_default = 1;
  bool auto_create_topics = true;
  std::uint32_t partitions_total_max = 100'000;
  std::vector<std::string> virtual_hosts = {"/"};
  // Of all virtual hosts together.
  std::size_t queues_total_max = 1'000'000;
  std::size_t exchanges_total_max = 100'000;
  std::size_t bindings_total_max = 5'000'000;
  // Delayed messages in memory, on each shard; about 80 bytes each (core/queues/delayed_queue.h).
  std::size_t delayed_near_max = 65'536;
  TopicSettings topic_defaults;  // what create_topic takes for settings that are not given
  Duration retention_check_interval = std::chrono::minutes(5);
  GroupOptions groups;
  std::int64_t producer_id_expiration_ms = 24LL * 3600 * 1000;
  std::size_t producers_per_partition_max = 10'000;
  IdempotencyOptions idempotency;
};

class Engine final : private journal::StateOwner, private CatalogAudience {
 public:
  // The engines of all shards share `engines`, by shard id, filled before open() is called on any; it and what the
  // engine is given outlive it. Call open() on shard 0 first, then on the others, then start() on each.
  Engine(runtime::Shard& shard, io::Disk& disk, io::Random& random, EngineOptions options,
         const std::vector<Engine*>& engines);
  ~Engine() override;

  // Shard 0 takes the data directory's lock. Errors: conflict (another process has it), invalid_argument (made with
  // another number of shards), unsupported (a newer format), corrupt, denied, io_error, no_space.
  Task<Result<>> open();
  // Background work: retention, expiry.
  void start();
  // Answers everybody who waits for the other members of a group, so that connections can end; later calls to groups are
  // refused. Before close().
  Task<void> close_groups();
  // After the last call from outside; shard 0 last. Needed also after an open() that failed.
  Task<void> close();

  runtime::Shard& shard() { return shard_; }
  const Catalog& catalog() const { return catalog_; }
  // Since the start, by every protocol.
  struct CatalogCounts {
    std::uint64_t queues_created = 0;
    std::uint64_t queues_deleted = 0;
  };
  const CatalogCounts& catalog_counts() const { return catalog_counts_; }
  const EngineOptions& options() const { return options_; }
  journal::Journal& journal() { return *journal_; }
  // Random, made with the data directory, the same on every shard.
  const std::string& cluster_id() const { return cluster_id_; }

  // The engine that owns the log or the group; call on it with runtime::call_on(shard(), owner.shard(), ...).
  Engine& owner_of(LogId log);
  Engine& owner_of_group(std::string_view group);
  Engine& owner_of_queue(NameView name);
  // Where requests with the key meet (core/idempotency_log.h).
  Engine& owner_of_key(const IdempotencyDigest& key) {
    return *engines_[key.number() % engines_.size()];
  }
  Engine& first() { return *engines_.front(); }
  std::span<Engine* const> all() const { return engines_; }

  // This shard's partition, or null. Hold the pointer while a call on it is under way.
  std::shared_ptr<Partition> partition(LogId log) const;
  GroupCoordinator& groups() { return *groups_; }
  IdempotencyLog& idempotency() { return *idempotency_; }
  // The messages of this shard's queues.
  Queues& queues() { return *queues_; }
  // Who consumes them.
  ShardQueues& live_queues() { return *live_queues_; }

  LocalQueueClient& queue_client() { return queue_client_; }
  // Instead of live_queues(), or nobody; for tests. Before open(); outlives the engine's close().
  void set_queue_owner(QueueOwner* owner) { queue_owner_ = owner; }
  QueueOwner* queue_owner() { return queue_owner_; }
  // Shard 0's.
  CatalogWriter& catalog_writer() { return catalog_writer_; }
  // Shard 0: a place in the shard's sequence of logs that nobody else gets. What takes it must be given to the catalog writer
  // in the same turn, so that shards learn of logs in order.
  std::uint64_t take_log_sequence(ShardId shard);

  // From any shard; done when every shard knows. Errors: already_exists, invalid_argument (name, counts, settings),
  // not_found, too_large (over partitions_total_max), no_space, io_error, closed.
  // `keyed`: a piece of a request with a key, in the same commit; null: none.
  Task<Result<TopicPtr>> create_topic(TopicSpec spec, IdempotentPiecePtr keyed = nullptr);
  // With its records, and the offsets that groups committed in it.
  Task<Result<>> delete_topic(std::string name, IdempotentPiecePtr keyed = nullptr);
  // To a total of `count`, more than now.
  Task<Result<TopicPtr>> add_partitions(std::string name, std::uint32_t count,
                                        IdempotentPiecePtr keyed = nullptr);
  // Changes the settings whose bits are in `changed`; the others stay, also when somebody else changes them at the same
  // time. Of the changed ones, those that are not given fall back to EngineOptions::topic_defaults.
  Task<Result<TopicPtr>> change_settings(std::string name, TopicSettings settings,
                                         std::uint32_t settings_given,
                                         std::uint32_t changed = all_settings,
                                         IdempotentPiecePtr keyed = nullptr);
  // What the three above would refuse, without doing it (validate_only). Reads this shard's copy of the catalog.
  Result<> check_create(const TopicSpec& spec) const;
  Result<> check_add_partitions(std::string_view name, std::uint32_t count) const;

  // Of the disk that has the data. Errors: io_error, not_found.
  Task<Result<io::DiskSpace>> disk_space();

  // Never given out twice, also across restarts. From any shard. Errors: no_space, io_error, closed.
  Task<Result<ProducerId>> new_producer_id();

  // Applies the retention of every partition of this shard and forgets idle producers, once; start() does it regularly.
  Task<void> enforce_retention();

 private:
  // engine_state.cc: what checkpoints keep.
  std::vector<std::byte> save() override;
  Result<> restore(ByteView saved) override;
  Result<> replay(const journal::ReplayedEntry& entry) override;
  Result<> restore_section(std::uint8_t section, ByteView saved);
  Result<> restore_producers(ByteView saved);
  std::vector<std::byte> save_producers() const;
  Producers& recovered_producers(LogId log);

  // engine.cc
  bool is_first() const { return shard_.id() == ShardId{0}; }
  Task<Result<>> open_data_directory();
  Task<Result<>> open_journal();
  Task<Result<>> copy_catalog();
  enum class Orphans : std::uint8_t { all, known };
  Task<Result<>> drop_orphans(Orphans which);
  Task<void> run_retention();
  Task<Result<>> drop_log(LogId id);
  Task<void> drop_soon(LogId log);

  // engine_topics.cc
  Task<Result<TopicPtr>> create_topic_here(TopicSpec spec, IdempotentPiecePtr keyed);
  Task<Result<>> delete_topic_here(std::string name, IdempotentPiecePtr keyed);
  Task<Result<TopicPtr>> add_partitions_here(std::string name, std::uint32_t count,
                                             IdempotentPiecePtr keyed);
  Task<Result<TopicPtr>> change_settings_here(std::string name, TopicSettings settings,
                                              std::uint32_t settings_given, std::uint32_t changed,
                                              IdempotentPiecePtr keyed);
  Result<> check_partition_total(std::uint32_t added) const;
  void add_logs(Topic& topic, std::uint32_t count);
  TopicSettings with_defaults(const TopicSettings& settings, std::uint32_t settings_given) const;
  void open_partitions(const TopicPtr& topic);
  void remove_partitions(const Topic& topic);

  // engine_catalog.cc
  Task<void> announce(std::shared_ptr<const CatalogBatch> batch) override;
  std::vector<Result<>> apply(const CatalogBatch& batch) override;
  Task<void> tell(std::shared_ptr<const CatalogBatch> batch) override;
  Result<> apply(const CatalogChange& change);
  Result<> replay_catalog(ByteView entry);
  void keep_key(const RememberKey& change);
  Task<Result<>> forget_transient();
  bool is_here(const QueueInfo& queue) const;
  bool has_new_queues(const CatalogBatch& batch) const;
  void open_new_queues(const CatalogBatch& batch);
  void remove_refused_queues(const CatalogBatch& batch);
  void open_queue(const QueuePtr& queue);
  void remove_queue(const QueueInfo& queue);

  runtime::Shard& shard_;
  io::Disk& disk_;
  io::Random& random_;
  EngineOptions options_;
  const std::vector<Engine*>& engines_;
  std::unique_ptr<io::DirectoryLock> lock_;  // shard 0's
  std::string cluster_id_;
  Catalog catalog_;
  runtime::Semaphore topic_changes_;               // one at a time; shard 0's
  std::vector<std::uint64_t> next_log_sequences_;  // by shard, with those under way; shard 0's
  JournalStateLog catalog_log_;                    // shard 0's
  JournalStateLog group_log_;
  JournalStateLog producer_id_log_;  // shard 0's
  ProducerIds producer_ids_;         // shard 0's
  std::unique_ptr<journal::Journal> journal_;
  std::unordered_map<LogId, Producers> recovered_producers_;  // while opening
  std::unordered_map<LogId, std::shared_ptr<Partition>> partitions_;
  std::unique_ptr<GroupCoordinator> groups_;
  std::unique_ptr<IdempotencyLog> idempotency_;
  LocalQueueClient queue_client_;
  std::unique_ptr<Queues> queues_;
  std::unique_ptr<ShardQueues> live_queues_;
  std::unique_ptr<TopicBindings> topic_bindings_;
  QueueOwner* queue_owner_;
  runtime::Signal stopping_signal_;
  bool stopping_ = false;
  runtime::Gate gate_;
  CatalogWriter catalog_writer_;  // shard 0's
  CatalogCounts catalog_counts_;
};

}  // namespace koine::core
