// Those who change topics and delete records.
#include <fmt/format.h>

#include <algorithm>

#include "clients.h"

namespace koine::simulation {
namespace {

constexpr std::uint64_t names_per_administrator = 3;
constexpr std::uint64_t partitions_max = 4;
constexpr std::uint32_t retention_bytes_given = 1U << 1U;
constexpr std::uint32_t timestamp_source_given = 1U << 3U;

// Smaller, and everything would be gone before it can be checked.
std::int64_t random_retention(io::RandomNumbers& numbers) {
  return numbers.coin() ? core::unlimited
                        : static_cast<std::int64_t>(numbers.between(100 * KiB, MiB));
}

// The last state is what the topic is as long as no change failed.
const TopicState& current(const std::vector<TopicState>& states) { return states.back(); }

}  // namespace

void Administrator::settle(core::Engine& home, const std::string& name, bool answered,
                           TopicState wanted) {
  auto& states = ledger_.topic(name);
  if (answered) {
    const auto topic = home.catalog().find(name);
    states.assign(1, wanted);
    // What was acknowledged is visible at once, on every shard.
    ledger_.check_topic(name, topic.get());
  } else {
    states.insert(states.end() - 1, std::move(wanted));
  }
}

Task<Result<>> Administrator::create(core::Engine& home, std::string name) {
  core::TopicSpec spec;
  spec.name = name;
  spec.partition_count = static_cast<std::uint32_t>(numbers_.between(1, partitions_max));
  spec.settings_given = retention_bytes_given;
  spec.settings.retention_bytes = random_retention(numbers_);
  if (numbers_.chance(0.2)) {
    spec.settings_given |= timestamp_source_given;
    spec.settings.timestamp_source = core::TimestampSource::append;
  }
  TopicState wanted{.exists = true,
                    .id = std::nullopt,
                    .logs = {},
                    .partition_count = spec.partition_count,
                    .retention_bytes = spec.settings.retention_bytes};
  auto created = co_await home.create_topic(std::move(spec));
  settle(home, name, created.has_value(), std::move(wanted));
  if (!created) co_return fail(std::move(created).error());
  co_return Result<>{};
}

Task<Result<>> Administrator::add_partitions(core::Engine& home, std::string name) {
  TopicState wanted = current(ledger_.topic(name));
  ++wanted.partition_count;
  auto changed = co_await home.add_partitions(name, wanted.partition_count);
  settle(home, name, changed.has_value(), std::move(wanted));
  if (!changed) co_return fail(std::move(changed).error());
  co_return Result<>{};
}

Task<Result<>> Administrator::change_settings(core::Engine& home, std::string name) {
  TopicState wanted = current(ledger_.topic(name));
  wanted.retention_bytes = random_retention(numbers_);
  ledger_.note_retention(*wanted.id, wanted.retention_bytes);
  core::TopicSettings settings;
  settings.retention_bytes = wanted.retention_bytes;
  auto changed = co_await home.change_settings(name, settings, retention_bytes_given);
  settle(home, name, changed.has_value(), std::move(wanted));
  if (!changed) co_return fail(std::move(changed).error());
  co_return Result<>{};
}

Task<Result<>> Administrator::remove(core::Engine& home, std::string name) {
  if (const auto topic = home.catalog().find(name)) ledger_.deleting(topic->id);
  auto deleted = co_await home.delete_topic(name);
  settle(home, name, deleted.has_value(), {});
  co_return deleted;
}

Task<void> Administrator::act(Process& process, core::Engine& home) {
  const std::string name = fmt::format("{}-{}", prefix_, numbers_.below(names_per_administrator));
  auto& states = ledger_.topic(name);
  if (states.empty()) states.push_back({});
  Result<> outcome;
  if (!current(states).exists)
    outcome = co_await create(home, name);
  else if (numbers_.chance(0.04))
    outcome = co_await remove(home, name);
  else if (numbers_.chance(0.1))
    outcome = co_await add_partitions(home, name);
  else if (numbers_.chance(0.2))
    outcome = co_await change_settings(home, name);
  if (!outcome) check_refusal(process, fmt::format("a change of topic {}", name), outcome.error());
  // Deleting is two changes: the second may fail after the first was applied.
  if (!outcome && !process.is_dead() && !process.is_stopping()) {
    const auto topic = home.catalog().find(name);
    ledger_.find_topic(name, topic.get());
  }
  const auto pause = std::chrono::microseconds(numbers_.below(20'000));
  co_await home.shard().sleep_for(pause);
}

namespace {

Task<Result<Offset>> delete_here(core::Engine* engine, LogId log, double share, Ledger* ledger,
                                 core::TopicPtr topic) {
  const auto partition = engine->partition(log);
  if (!partition) co_return fail(ErrorCode::not_found, "no such partition");
  const Offset first = partition->start_offset();
  const Offset last = partition->high_watermark();
  const Offset start = first + static_cast<std::int64_t>(share * static_cast<double>(last - first));
  PartitionLedger& known = ledger->partition(log, *topic);
  known.start_requested = std::max(known.start_requested, start);
  CO_TRY(const Offset now, co_await partition->delete_records(start));
  PartitionLedger& after = ledger->partition(log, *topic);
  after.start_acknowledged = std::max(after.start_acknowledged, start);
  if (now < start) ledger->violation("records were deleted, but the start is lower");
  co_return now;
}

Task<bool> keep_house(core::Engine* engine) {
  co_await engine->enforce_retention();
  co_return true;
}

}  // namespace

Task<void> Housekeeper::delete_records(Process& process, core::Engine& home) {
  const auto target = choose_target(home);
  if (!target) co_return;
  const double share = static_cast<double>(numbers_.below(101)) / 100;
  core::Engine& owner = home.owner_of(target->log);
  const auto deleted = co_await runtime::call_on<Result<Offset>>(
      home.shard(), owner.shard(), [engine = &owner, target = *target, share, ledger = &ledger_] {
        return delete_here(engine, target.log, share, ledger, target.topic);
      });
  if (!deleted) check_refusal(process, "deleting records", deleted.error());
}

Task<void> Housekeeper::act(Process& process, core::Engine& home) {
  core::Engine& any = *home.all()[numbers_.below(home.all().size())];
  switch (numbers_.below(4)) {
    case 0: co_await delete_records(process, home); break;
    case 1: {
      const auto written = co_await runtime::call_on<Result<>>(
          home.shard(), any.shard(), [engine = &any] { return engine->journal().checkpoint(); });
      if (!written) check_refusal(process, "a checkpoint", written.error());
      break;
    }
    default:
      (void)co_await runtime::call_on<bool>(home.shard(), any.shard(),
                                            [engine = &any] { return keep_house(engine); });
  }
  const auto pause = std::chrono::microseconds(numbers_.below(30'000));
  co_await home.shard().sleep_for(pause);
}

}  // namespace koine::simulation
