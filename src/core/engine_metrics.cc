#include "core/engine_metrics.h"

#include "core/group_coordinator.h"
#include "core/idempotency_log.h"

namespace koine::core {

namespace {

constexpr Metric topics = {"koine_topics", "Topics that exist."};
constexpr Metric partitions = {"koine_partitions", "Partitions of all topics."};
constexpr Metric queues = {"koine_queues", "Queues that exist."};
constexpr Metric queues_created = {"koine_queues_created_total", "Queues that were made."};
constexpr Metric queues_deleted = {"koine_queues_deleted_total", "Queues that were deleted."};
constexpr Metric exchanges = {"koine_exchanges", "Exchanges that exist."};
constexpr Metric bindings = {"koine_bindings", "Bindings that exist."};
constexpr Metric catalog_changes = {"koine_catalog_changes_total",
                                    "Changes of what exists, since the start."};
constexpr Metric keys = {"koine_idempotency_keys", "Idempotency-Keys that are kept."};
constexpr Metric key_bytes = {"koine_idempotency_bytes",
                              "Memory that they and their answers take."};
constexpr Metric keys_forgotten = {"koine_idempotency_keys_forgotten_early_total",
                                   "Keys that were forgotten before their time, for lack of room."};
constexpr Metric groups = {"koine_consumer_groups", "Consumer groups that exist."};

constexpr Metric commits = {"koine_journal_commits_total", "Commits of the journals."};
constexpr Metric committed_bytes = {"koine_journal_committed_bytes_total",
                                    "Bytes that were committed."};
constexpr Metric syncs = {"koine_journal_syncs_total", "Times that the disk was told to sync."};
constexpr Metric chunks = {"koine_journal_chunks", "Chunk files of the journals."};
constexpr Metric disk_bytes = {"koine_journal_disk_bytes", "What the journals take on the disk."};
constexpr Metric live_bytes = {"koine_journal_live_bytes",
                               "What is needed of it, in sealed chunks."};
constexpr Metric cache_bytes = {"koine_journal_cache_bytes",
                                "Memory of the journals for their blocks."};
constexpr Metric cache_hits = {"koine_journal_cache_hits_total", "Blocks found in memory."};
constexpr Metric cache_misses = {"koine_journal_cache_misses_total", "Blocks read from the disk."};
constexpr Metric checkpoints = {"koine_journal_checkpoints_total", "Checkpoints that were made."};
constexpr Metric cleaned_bytes = {"koine_journal_cleaned_bytes_total",
                                  "Bytes that the cleaner copied."};

}  // namespace

void report(Engine& engine, Figures& to) {
  if (engine.shard().id() == ShardId{0}) {
    const Catalog& catalog = engine.catalog();
    to.add(topics, catalog.topics().size());
    to.add(partitions, catalog.partition_count());
    to.add(queues, catalog.queues().size());
    to.add(queues_created, engine.catalog_counts().queues_created);
    to.add(queues_deleted, engine.catalog_counts().queues_deleted);
    to.add(exchanges, catalog.routing().exchange_count());
    to.add(bindings, catalog.routing().binding_count());
    to.add(catalog_changes, catalog.version());
  }
  to.add(groups, engine.groups().group_count());
  to.add(keys, engine.idempotency().key_count());
  to.add(key_bytes, engine.idempotency().bytes());
  to.add(keys_forgotten, engine.idempotency().forgotten_early());
  const journal::Statistics journal = engine.journal().statistics();
  to.add(commits, journal.commits);
  to.add(committed_bytes, journal.committed_bytes);
  to.add(syncs, journal.syncs);
  to.add(chunks, journal.chunks);
  to.add(disk_bytes, journal.disk_bytes);
  to.add(live_bytes, journal.live_bytes);
  to.add(cache_bytes, journal.cache_bytes);
  to.add(cache_hits, journal.cache_hits);
  to.add(cache_misses, journal.cache_misses);
  to.add(checkpoints, journal.checkpoints);
  to.add(cleaned_bytes, journal.cleaned_bytes);
}

}  // namespace koine::core
