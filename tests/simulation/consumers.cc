// Those who read, and consumer groups.
#include <fmt/format.h>

#include <algorithm>

#include "clients.h"
#include "core/group_coordinator.h"

namespace koine::simulation {
namespace {

constexpr std::size_t read_bytes = 256 * KiB;
constexpr std::int32_t session_timeout_ms = 10'000;
constexpr Duration silence_max = std::chrono::seconds(5);

core::TopicPartition committed_partition() {
  return {.topic = "elsewhere", .partition = PartitionId(0)};
}

Task<Result<std::vector<FoundBatch>>> read_from(core::Engine* engine, LogId log, Offset from) {
  const auto partition = engine->partition(log);
  if (!partition) co_return fail(ErrorCode::not_found, "no such partition");
  CO_TRY(const auto entries, co_await partition->read(from, read_bytes));
  std::vector<FoundBatch> found;
  for (const journal::EntryRef& entry : entries) {
    CO_TRY(const auto body, co_await journal::load_whole(engine->journal(), entry));
    // Own memory: the blocks of the cache are not ours to keep.
    found.push_back({.base_offset = entry.item.base_offset, .body = Bytes::copy_of(body.view())});
  }
  co_return found;
}

Task<Result<std::vector<FoundBatch>>> read_at_random(core::Engine* engine, LogId log,
                                                     std::uint64_t number) {
  const auto partition = engine->partition(log);
  if (!partition) co_return fail(ErrorCode::not_found, "no such partition");
  const auto count =
      static_cast<std::uint64_t>(partition->high_watermark() - partition->start_offset());
  const Offset from = partition->start_offset() + static_cast<std::int64_t>(number % (count + 1));
  auto reading = read_from(engine, log, from);
  co_return co_await reading;
}

Task<Result<FoundPartition>> read_all(core::Engine* engine, LogId log) {
  const auto partition = engine->partition(log);
  if (!partition) co_return fail(ErrorCode::not_found, "no such partition");
  FoundPartition found{.start = partition->start_offset(),
                       .high_watermark = partition->high_watermark(),
                       .batches = {}};
  for (Offset at = found.start; at < found.high_watermark;) {
    CO_TRY(auto batches, co_await read_from(engine, log, at));
    if (batches.empty()) break;
    for (FoundBatch& batch : batches) {
      CO_TRY(const auto header, core::decode_batch_header(batch.body.view()));
      at = batch.base_offset + std::int64_t{header.record_count};
      found.batches.push_back(std::move(batch));
    }
  }
  co_return found;
}

Task<core::GroupError> commit_here(core::Engine* engine, core::CommitRequest request) {
  const auto errors = co_await engine->groups().commit(std::move(request));
  co_return errors.front();
}

Task<std::optional<std::int64_t>> fetch_here(core::Engine* engine, std::string group) {
  const core::FetchResult fetched = engine->groups().fetch(
      {.group = std::move(group), .partitions = std::vector{committed_partition()}});
  if (fetched.offsets.empty() || !fetched.offsets.front().committed) co_return std::nullopt;
  co_return fetched.offsets.front().committed->offset.value();
}

Task<core::GroupError> heartbeat_here(core::Engine* engine, core::HeartbeatRequest request) {
  co_return engine->groups().heartbeat(request);
}

Task<core::GroupError> leave_here(core::Engine* engine, std::string group, std::string member) {
  std::vector<core::LeavingMember> leaving{
      {.member_id = std::move(member), .instance_id = std::nullopt}};
  const auto left = co_await engine->groups().leave(std::move(group), std::move(leaving));
  co_return left.error == core::GroupError::none ? left.by_member.front() : left.error;
}

bool is_storage_trouble(core::GroupError error) {
  return error == core::GroupError::storage || error == core::GroupError::coordinator_not_available;
}

}  // namespace

Task<Result<FoundPartition>> read_partition(core::Engine& home, LogId log) {
  core::Engine& owner = home.owner_of(log);
  co_return co_await runtime::call_on<Result<FoundPartition>>(
      home.shard(), owner.shard(), [engine = &owner, log] { return read_all(engine, log); });
}

Task<std::optional<std::int64_t>> fetch_offset(core::Engine& home, std::string group) {
  core::Engine& owner = home.owner_of_group(group);
  co_return co_await runtime::call_on<std::optional<std::int64_t>>(
      home.shard(), owner.shard(),
      [engine = &owner, group = std::move(group)] { return fetch_here(engine, group); });
}

Task<void> Reader::act(Process& process, core::Engine& home) {
  const auto target = choose_target(home);
  if (!target) co_return;
  ledger_.partition(target->log, *target->topic);
  core::Engine& owner = home.owner_of(target->log);
  const std::uint64_t number = numbers_.next();
  const auto found = co_await runtime::call_on<Result<std::vector<FoundBatch>>>(
      home.shard(), owner.shard(),
      [engine = &owner, log = target->log, number] { return read_at_random(engine, log, number); });
  if (process.is_dead()) co_return;
  if (!found) {
    check_refusal(process, "reading", found.error());
    co_return;
  }
  for (const FoundBatch& batch : *found) ledger_.saw(target->log, batch);
}

Task<void> OffsetCommitter::act(Process& process, core::Engine& home) {
  core::Engine& owner = home.owner_of_group(group_);
  const std::int64_t value = ++ledger_.group_offsets()[group_].attempted;
  core::CommitRequest request{.group = group_};
  request.offsets.push_back(
      {.partition = committed_partition(), .offset = Offset(value), .metadata = {}});
  const auto error = co_await runtime::call_on<core::GroupError>(
      home.shard(), owner.shard(),
      [engine = &owner, request = std::move(request)] { return commit_here(engine, request); });
  if (error == core::GroupError::none) {
    ledger_.group_offsets()[group_].acknowledged = value;
    const auto found = co_await fetch_offset(home, group_);
    if (!process.is_stopping()) ledger_.check_group_offset(group_, found);
  } else if (!process.is_dead() && !process.is_stopping()) {
    if (!is_storage_trouble(error) || !weather_.disk_may_be_full) {
      ledger_.violation(
          fmt::format("a commit of group {} was refused: {}", group_, core::name_of(error)));
    }
  }
}

Task<void> GroupMember::join(Process& process, core::Engine& home) {
  core::Engine& owner = home.owner_of_group(group_);
  core::JoinRequest request{.group = group_,
                            .member_id = {},
                            .instance_id = std::nullopt,
                            .client_id = "client",
                            .client_host = "/127.0.0.1",
                            .session_timeout_ms = session_timeout_ms,
                            .rebalance_timeout_ms = session_timeout_ms,
                            .protocol_type = std::string(core::consumer_protocol_type)};
  request.protocols.push_back(
      {.name = "range", .metadata = {}, .topics = std::vector<std::string>{"elsewhere"}});
  const auto joined = co_await runtime::call_on<core::JoinResult>(
      home.shard(), owner.shard(),
      [engine = &owner, request = std::move(request)] { return engine->groups().join(request); });
  if (joined.error != core::GroupError::none || process.is_stopping()) co_return;
  core::SyncRequest sync{
      .group = group_, .member_id = joined.member_id, .generation = joined.generation};
  for (const auto& member : joined.members)
    sync.assignments.push_back({member.member_id, Bytes::copy_of("all")});
  const auto synced = co_await runtime::call_on<core::SyncResult>(
      home.shard(), owner.shard(),
      [engine = &owner, sync = std::move(sync)] { return engine->groups().sync(sync); });
  if (synced.error != core::GroupError::none) co_return;
  member_ = joined.member_id;
  generation_ = joined.generation;
  heard_ = home.shard().now();
}

Task<void> GroupMember::heartbeat(core::Engine& home) {
  core::Engine& owner = home.owner_of_group(group_);
  core::HeartbeatRequest request{.group = group_,
                                 .member_id = member_,
                                 .instance_id = std::nullopt,
                                 .generation = generation_};
  const bool is_in_time = home.shard().now() - heard_ < silence_max;
  const auto error = co_await runtime::call_on<core::GroupError>(
      home.shard(), owner.shard(),
      [engine = &owner, request = std::move(request)] { return heartbeat_here(engine, request); });
  heard_ = home.shard().now();
  if (error == core::GroupError::none || error == core::GroupError::coordinator_not_available)
    co_return;
  if (is_in_time) {
    ledger_.violation(fmt::format("group {}: the member of generation {} was told {}", group_,
                                  generation_, core::name_of(error)));
  }
  member_.clear();
}

Task<void> GroupMember::leave(core::Engine& home) {
  core::Engine& owner = home.owner_of_group(group_);
  std::string member = std::exchange(member_, {});
  (void)co_await runtime::call_on<core::GroupError>(
      home.shard(), owner.shard(), [engine = &owner, group = group_, member = std::move(member)] {
        return leave_here(engine, group, member);
      });
}

Task<void> GroupMember::act(Process& process, core::Engine& home) {
  if (member_.empty())
    co_await join(process, home);
  else if (numbers_.chance(0.1))
    co_await leave(home);
  else
    co_await heartbeat(home);
}

}  // namespace koine::simulation
