#include "core/engine.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "base/check.h"
#include "base/crc32c.h"
#include "core/engine_logs.h"
#include "core/group_coordinator.h"
#include "core/idempotency_log.h"
#include "core/queues/queues.h"
#include "core/queues/shard_queues.h"
#include "core/topic_bindings.h"

namespace koine::core {

Engine::Engine(runtime::Shard& shard, io::Disk& disk, io::Random& random, EngineOptions options,
               const std::vector<Engine*>& engines)
    : shard_(shard),
      disk_(disk),
      random_(random),
      options_(std::move(options)),
      engines_(engines),
      catalog_(options_.virtual_hosts),
      topic_changes_(shard.reactor(), 1),
      catalog_log_(shard),
      group_log_(shard),
      producer_id_log_(shard),
      producer_ids_(shard.reactor(), producer_id_log_),
      groups_(
          std::make_unique<GroupCoordinator>(shard.reactor(), random, group_log_, options_.groups)),
      idempotency_(std::make_unique<IdempotencyLog>(shard, options_.idempotency)),
      queue_client_(*this),
      queues_(std::make_unique<Queues>(shard)),
      live_queues_(std::make_unique<ShardQueues>(*this, *queues_)),
      topic_bindings_(std::make_unique<TopicBindings>(shard, catalog_, *queues_, *live_queues_)),
      queue_owner_(live_queues_.get()),
      stopping_signal_(shard.reactor()),
      catalog_writer_(shard.reactor(), gate_, catalog_log_, *this) {
  queues_->set_idempotency(*idempotency_);
  queues_->set_partitions([this](LogId log) { return partition(log); });
}

Engine::~Engine() = default;

Task<Result<>> Engine::open() {
  if (is_first()) {
    CO_TRY(co_await open_data_directory());
  } else {
    cluster_id_ = co_await runtime::call_on<std::string>(
        shard_, first().shard_,
        // NOLINTNEXTLINE(cppcoreguidelines-avoid-capturing-lambda-coroutines): call_on keeps it alive.
        [first = &first()]() -> Task<std::string> { co_return first->cluster_id_; });
  }
  CO_TRY(co_await open_journal());
  if (is_first()) {
    CO_TRY(co_await forget_transient());
  } else {
    CO_TRY(co_await copy_catalog());
  }
  for (const auto& [name, topic] : catalog_.topics()) open_partitions(topic);
  recovered_producers_.clear();
  for (const QueuePtr& queue : catalog_.queues().all()) open_queue(queue);
  live_queues_->open();
  co_await queues_->start();
  co_return co_await drop_orphans(Orphans::all);
}

Task<Result<>> Engine::open_data_directory() {
  const std::string& directory = options_.data_directory;
  CO_TRY(co_await disk_.make_directory(directory));
  auto lock = disk_.lock(directory);
  if (!lock) co_return fail(std::move(lock).error().while_doing(directory));
  lock_ = std::move(*lock);
  const auto shard_count = static_cast<std::uint32_t>(engines_.size());
  CO_TRY(auto identity, co_await open_identity(disk_, random_, directory, shard_count));
  cluster_id_ = std::move(identity.cluster_id);
  co_return Result<>{};
}

Task<Result<>> Engine::open_journal() {
  journal::Options options = options_.journal;
  options.directory = fmt::format("{}/shard-{}", options_.data_directory, shard_.id().value());
  options.shard = shard_.id();
  CO_TRY(co_await disk_.make_directory(options.directory));
  CO_TRY(journal_, co_await journal::Journal::open(shard_.reactor(), disk_, options, *this));
  const auto attach = [this](JournalStateLog& log, StateLogNumber number) {
    log.attach(*journal_, journal_->ensure(state_log_id(shard_.id(), number)));
  };
  if (is_first()) {
    attach(catalog_log_, StateLogNumber::catalog);
    attach(producer_id_log_, StateLogNumber::producer_ids);
  }
  attach(group_log_, StateLogNumber::groups);
  queues_->attach(*journal_);
  idempotency_->attach(*journal_,
                       journal_->ensure(state_log_id(shard_.id(), StateLogNumber::idempotency)));
  co_return Result<>{};
}

Task<Result<>> Engine::copy_catalog() {
  struct Copy {
    std::vector<CatalogChange> contents;
    std::vector<std::uint64_t> next_log_numbers;
  };
  Copy copy = co_await runtime::call_on<Copy>(
      shard_, first().shard_,
      // NOLINTNEXTLINE(cppcoreguidelines-avoid-capturing-lambda-coroutines): call_on keeps it alive.
      [first = &first()]() -> Task<Copy> {
        co_return Copy{.contents = first->catalog_.contents(),
                       .next_log_numbers = first->catalog_.next_log_numbers()};
      });
  co_return catalog_.restore(copy.contents, std::move(copy.next_log_numbers));
}

void Engine::start() {
  groups_->start();
  live_queues_->start();
  gate_.spawn(run_retention());
}

Task<void> Engine::close_groups() { return groups_->close(); }

Task<void> Engine::close() {
  stopping_ = true;
  stopping_signal_.notify_all();
  co_await groups_->close();
  co_await live_queues_->close();
  co_await gate_.close();
  co_await queues_->close();
  catalog_log_.detach();
  producer_id_log_.detach();
  group_log_.detach();
  if (journal_ != nullptr) {
    co_await journal_->close();
    // What was still on its way is in the last checkpoint.
    idempotency_->detach();
    for (const auto& [log, partition] : partitions_) partition->mark_removed();
  }
  lock_.reset();
}

Engine& Engine::owner_of(LogId log) { return *engines_[journal::shard_of(log).value()]; }

Engine& Engine::owner_of_queue(NameView name) {
  const std::uint32_t hash = crc32c(as_bytes(name.name), crc32c(as_bytes(name.vhost)));
  return *engines_[hash % engines_.size()];
}

Engine& Engine::owner_of_group(std::string_view group) {
  return *engines_[crc32c(as_bytes(group)) % engines_.size()];
}

std::shared_ptr<Partition> Engine::partition(LogId log) const {
  const auto found = partitions_.find(log);
  return found != partitions_.end() ? found->second : nullptr;
}

Task<Result<io::DiskSpace>> Engine::disk_space() {
  co_return co_await disk_.space(options_.data_directory);
}

Task<Result<ProducerId>> Engine::new_producer_id() {
  co_return co_await runtime::call_on<Result<ProducerId>>(
      shard_, first().shard_, [first = &first()] { return first->producer_ids_.next(); });
}

Task<void> Engine::run_retention() {
  while (!stopping_) {
    co_await stopping_signal_.wait(shard_.now() + options_.retention_check_interval);
    if (!stopping_) co_await enforce_retention();
  }
}

Task<void> Engine::enforce_retention() {
  std::vector<std::shared_ptr<Partition>> partitions;
  partitions.reserve(partitions_.size());
  for (const auto& [log, partition] : partitions_) partitions.push_back(partition);
  const WallTimeMs idle_since = shard_.wall_clock_ms() - options_.producer_id_expiration_ms;
  for (const auto& partition : partitions) {
    if (stopping_) co_return;
    partition->producers().expire(idle_since);
    // A full or failed disk: the next round finds the same records again.
    (void)co_await partition->enforce_retention();
  }
  (void)co_await groups_->expire();
  (void)co_await drop_orphans(Orphans::known);
}

// Logs whose topic or queue is gone: deleted, and the process ended or the disk was full before the log went. While the
// engine runs, a log that this shard's catalog can't know yet is of a queue that is being declared.
Task<Result<>> Engine::drop_orphans(Orphans which) {
  const std::uint64_t next = catalog_.next_log_number(shard_.id());
  for (const LogId log : journal_->logs()) {
    if (journal::number_of(log) < journal::first_dynamic_log || is_delayed_log(log) ||
        catalog_.has_log(log)) {
      continue;
    }
    if (which == Orphans::known && sequence_of(log) >= next) continue;
    CO_TRY(co_await drop_log(log));
  }
  co_return Result<>{};
}

Task<Result<>> Engine::drop_log(LogId id) {
  CO_TRY(co_await journal_->room());
  journal::Log* log = journal_->find(id);
  if (log == nullptr) co_return Result<>{};
  CO_TRY(auto commit, journal_->drop(*log));
  co_return co_await journal::done(std::move(commit));
}

}  // namespace koine::core
