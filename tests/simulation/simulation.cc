#include "simulation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <set>

#include "base/check.h"
#include "core/catalog_change.h"
#include "core/queues/shard_queues.h"
#include "delay_clients.h"
#include "lease_clients.h"
#include "queue_clients.h"
#include "record_clients.h"

namespace koine::simulation {
namespace {

constexpr std::uint64_t lives_min = 2;
constexpr std::uint64_t lives_max = 5;
constexpr int starts_max = 50;
constexpr std::uint64_t operations_max = 1'500;  // of one life
constexpr Duration life_time_max = std::chrono::milliseconds(400);
constexpr int delay_seconds_max = 110;
constexpr std::uint64_t never_killed = ~std::uint64_t{0};

io::SimFaults fair_weather(Canary canary) {
  io::SimFaults faults;
  faults.sync_lies = canary == Canary::sync_lies;
  return faults;
}

}  // namespace

Simulation::Simulation(const SimulationOptions& options)
    : options_(options),
      numbers_(options.seed ^ 0x51D1A7E5EEDULL),
      world_(options.seed),
      storage_(world_),
      queues_(ledger_, make_queue_plans(numbers_)) {
  process_options_.shard_count = static_cast<std::uint32_t>(numbers_.between(1, 3));
  process_options_.chunk_bytes = numbers_.chance(0.8) ? MiB : 6 * MiB;
  // A small cache makes cold reads of everything, which cost most of a run's time.
  process_options_.cache_bytes = numbers_.chance(0.2) ? 4 * MiB : 64 * MiB;
  storage_.faults() = fair_weather(options.canary);
  CHECK(storage_.make_directory(std::string(data_directory)));
  CHECK(storage_.sync_directory("/"));
  if (options.canary == Canary::lost_batch) ledger_.plant_a_lost_batch();
  if (options.canary == Canary::lost_message) queues_.plant_a_lost_message();
  if (options.canary == Canary::lost_ack) queues_.plant_lost_acks();
  if (options.canary == Canary::lost_binding) queues_.plant_lost_bindings();
  if (options.canary == Canary::short_lease) queues_.plant_short_leases();
  if (options.canary == Canary::short_delay) queues_.plant_short_delays();
  if (options.canary == Canary::lost_id) queues_.plant_lost_ids();
  make_clients();
}

void Simulation::make_clients() {
  clients_.push_back(std::make_unique<Housekeeper>(ledger_, weather_, numbers_.next()));
  const std::uint64_t choice = numbers_.below(3);
  if (choice != 0) make_topic_clients();
  if (choice != 1) make_queue_clients();
}

void Simulation::make_topic_clients() {
  const auto add = [&]<typename T>(std::uint64_t count, T make) {
    for (std::uint64_t n = 0; n < count; ++n) clients_.push_back(make(n));
  };
  const auto of = [&]<typename T>(std::type_identity<T>) {
    return [this](std::uint64_t) -> std::unique_ptr<Client> {
      return std::make_unique<T>(ledger_, weather_, numbers_.next());
    };
  };
  add(numbers_.between(1, 2), [this](std::uint64_t n) {
    return std::make_unique<Administrator>(ledger_, weather_, numbers_.next(),
                                           fmt::format("topic-{}", n));
  });
  add(numbers_.between(1, 4), of(std::type_identity<PlainProducer>{}));
  add(numbers_.between(1, 4), of(std::type_identity<IdempotentProducer>{}));
  add(numbers_.below(3), [this](std::uint64_t) {
    auto producer = std::make_unique<KeyedProducer>(ledger_, weather_, numbers_.next());
    if (options_.canary == Canary::lost_key) producer->plant_lost_keys();
    return producer;
  });
  add(numbers_.below(3), of(std::type_identity<Reader>{}));
  add(numbers_.below(2), of(std::type_identity<IdTaker>{}));
  add(numbers_.below(3), [this](std::uint64_t n) {
    offset_groups_.push_back(fmt::format("readers-{}", n));
    return std::make_unique<OffsetCommitter>(ledger_, weather_, numbers_.next(),
                                             offset_groups_.back());
  });
  add(numbers_.below(2), [this](std::uint64_t n) {
    return std::make_unique<GroupMember>(ledger_, weather_, numbers_.next(),
                                         fmt::format("members-{}", n));
  });
}

void Simulation::make_queue_clients() {
  const auto add = [this]<typename T>(std::type_identity<T>, std::uint64_t count) {
    for (; count > 0; --count) {
      clients_.push_back(
          std::make_unique<T>(ledger_, queues_, weather_, numbers_.next(), clients_.size()));
    }
  };
  add(std::type_identity<QueueAdministrator>{}, 1);
  add(std::type_identity<QueuePublisher>{}, numbers_.between(1, 3));
  add(std::type_identity<QueueConsumer>{}, numbers_.between(1, 5));
  add(std::type_identity<LeaseUser>{}, numbers_.below(3));
  add(std::type_identity<DelayingPublisher>{}, numbers_.below(2));
  add(std::type_identity<RepeatingPublisher>{}, numbers_.below(3));
  if (queues_.plans().topics.empty()) return;
  add(std::type_identity<RecordProducer>{}, numbers_.below(3));
  add(std::type_identity<IdempotentRecordProducer>{}, numbers_.below(3));
  add(std::type_identity<RecordReader>{}, numbers_.below(2));
}

void Simulation::say(const std::string& sentence) const {
  if (!options_.verbose) return;
  const auto now =
      std::chrono::duration_cast<std::chrono::microseconds>(world_.now().time_since_epoch());
  fmt::print("{:>12} us, operation {:>6}: {}\n", now.count(), storage_.operations(), sentence);
}

const std::vector<std::string>& Simulation::run() {
  say(fmt::format("{} shards, chunks of {} bytes, {} clients", process_options_.shard_count,
                  process_options_.chunk_bytes, clients_.size()));
  const auto lives = numbers_.between(lives_min, lives_max);
  for (std::uint64_t n = 0; n < lives && ledger_.violations().empty(); ++n) live(Life::faulty);
  for (const Life life : {Life::draining, Life::quiet}) {
    if (ledger_.violations().empty()) live(life);
  }
  for (const std::string& sentence : ledger_.violations()) say("VIOLATION: " + sentence);
  return ledger_.violations();
}

void Simulation::live(Life life) {
  const bool has_faults = life == Life::faulty;
  bool started = false;
  for (int n = 0; n < starts_max && !started && !stuck_; ++n)
    started = start(has_faults && n < starts_max / 2);
  if (stuck_) return;
  if (!started) return ledger_.violation("the server does not start");
  check_everything();
  if (has_faults && ledger_.violations().empty()) {
    choose_faults();
    work();
  }
  if (life == Life::draining && ledger_.violations().empty()) drain();
  const auto ends = {End::closed, End::killed, End::power_cut};
  if (!stuck_) end(*(ends.begin() + numbers_.below(ends.size())));
}

// False: it died on the way, as the faults wanted, and may be tried again.
bool Simulation::start(bool has_faults) {
  storage_.faults() = fair_weather(options_.canary);
  weather_ = {};
  io::SimFaults& faults = storage_.faults();
  if (has_faults) {
    const std::uint64_t soon = storage_.operations() + numbers_.below(60);
    if (numbers_.chance(0.2))
      faults.crashing_operation = soon;
    else if (numbers_.chance(0.2))
      faults.failing_operation = soon;
  }
  const bool faulty = faults.crashing_operation || faults.failing_operation;
  process_ = std::make_unique<Process>(storage_, process_options_);
  const auto started = process_->start();
  for (const std::string& notice : process_->notices()) say("notice: " + notice);
  if (started && !process_->is_dead()) {
    storage_.faults() = fair_weather(options_.canary);
    say("started");
    return true;
  }
  const std::string why = started ? "dead" : started.error().to_string();
  say("did not start: " + why);
  if (!faulty) ledger_.violation("the server does not start: " + why);
  const bool good_error = started || started.error().code() == ErrorCode::closed ||
                          started.error().code() == ErrorCode::io_error;
  if (!good_error)
    ledger_.violation("the server does not start after an error of the disk: " + why);
  end(End::killed);
  return false;
}

void Simulation::check_everything() {
  check_catalogs();
  check_topics();
  if (!stuck_) check_queues();
  if (!stuck_) check_memory();
}

void Simulation::check_topics() {
  core::Engine& engine = process_->engine(0);
  for (const auto& [name, states] : std::map(ledger_.topics())) {
    const auto topic = engine.catalog().find(name);
    ledger_.check_topic(name, topic.get());
    if (!topic) continue;
    for (const LogId log : topic->partitions) ledger_.partition(log, *topic);
  }
  for (const auto& [log, known] : std::map(ledger_.partitions())) {
    if (!engine.catalog().has_log(log)) {
      ledger_.check_absent(log);
      continue;
    }
    auto found = process_->run(read_partition(engine, log));
    if (!found) {
      stuck_ = true;
      return ledger_.violation(fmt::format("reading log {:#x} waits for ever", log.value()));
    }
    if (*found)
      ledger_.check_partition(log, **found);
    else
      ledger_.violation(
          fmt::format("log {:#x} can't be read: {}", log.value(), found->error().to_string()));
  }
  for (const std::string& group : offset_groups_) {
    const auto found = process_->run(fetch_offset(engine, group));
    if (found) ledger_.check_group_offset(group, *found);
  }
}

void Simulation::check_queues() {
  core::Engine& engine = process_->engine(0);
  for (const QueuePlan& plan : queues_.plans().queues) {
    queues_.check_queue(plan.name, engine.catalog().queues().find({"/", plan.name}).get());
  }
  const auto waiting = process_->run(read_waiting(engine));
  auto found = process_->run(read_queues(engine, queues_.plans()));
  auto records = found ? process_->run(read_records(engine, queues_)) : std::nullopt;
  if (!waiting || !found || !records) {
    stuck_ = true;
    return ledger_.violation("reading the queues waits for ever");
  }
  if (!*waiting)
    return ledger_.violation("delayed messages can't be read: " + waiting->error().to_string());
  if (!*found) return ledger_.violation("a queue can't be read: " + found->error().to_string());
  if (!*records) return ledger_.violation("records can't be read: " + records->error().to_string());
  std::ranges::move(**records, std::back_inserter(**found));
  for (const FoundQueue& queue : **found) {
    say(fmt::format("queue {} has {} messages", queue.queue->spec.name.name,
                    queue.messages.size()));
  }
  const auto after = still_waiting(engine, **waiting);
  queues_.check(**found, process_->shard(0).wall_clock_ms());
  std::set<MessageNumber> before;
  for (const WaitingMessage& each : **waiting) before.insert(each.number);
  queues_.check_delayed(before, after, process_->shard(0).wall_clock_ms());
}

// Their times come.
void Simulation::await_delayed() {
  const auto is_empty = [this] {
    for (std::size_t n = 0; n < process_->shard_count(); ++n) {
      if (process_->engine(n).live_queues().delayed().size() > 0) return false;
    }
    return true;
  };
  for (int seconds = 0; seconds < delay_seconds_max; ++seconds) {
    if (is_empty()) return;
    world_.run_for(std::chrono::seconds(1));
  }
  ledger_.violation("delayed messages wait for ever");
}

void Simulation::drain() {
  await_delayed();
  const auto drained = process_->run(drain_queues(process_->engine(0), queues_));
  if (!drained) {
    stuck_ = true;
    return ledger_.violation("consuming what is left waits for ever");
  }
  if (!*drained) ledger_.violation("consuming what is left: " + drained->error().to_string());
}

void Simulation::check_catalogs() {
  // In any order.
  const auto contents = [this](std::size_t shard) {
    std::multiset<std::vector<std::byte>> written;
    for (const auto& content : process_->engine(shard).catalog().contents()) {
      FieldWriter writer;
      core::write_change(writer, content);
      written.insert(writer.take());
    }
    return written;
  };
  for (std::size_t n = 1; n < process_->shard_count(); ++n) {
    const auto& numbers = process_->engine(n).catalog().next_log_numbers();
    if (contents(n) != contents(0) || numbers != process_->engine(0).catalog().next_log_numbers())
      ledger_.violation(fmt::format("the catalog of shard {} is not that of shard 0", n));
  }
}

// Nobody here holds blocks, and what waits to be durable is small: so nothing is beyond the budget (block_cache.h).
void Simulation::check_memory() {
  for (std::size_t n = 0; n < process_->shard_count(); ++n) {
    const auto used = process_->engine(n).journal().statistics().cache_bytes;
    if (used > process_options_.cache_bytes) {
      ledger_.violation(fmt::format("shard {} caches {} bytes of at most {}", n, used,
                                    process_options_.cache_bytes));
    }
  }
}

void Simulation::choose_faults() {
  io::SimFaults& faults = storage_.faults();
  const std::uint64_t some_operation = storage_.operations() + numbers_.below(operations_max);
  kill_at_operation_ = never_killed;
  if (numbers_.coin()) faults.latency_max = std::chrono::microseconds(numbers_.between(10, 3000));
  switch (numbers_.below(6)) {
    case 0: faults.crashing_operation = some_operation; break;
    case 1: kill_at_operation_ = some_operation; break;
    case 2: faults.failing_operation = some_operation; break;
    case 3: faults.sync_error_chance = 0.002; break;
    default: break;
  }
  if (numbers_.chance(0.2)) {
    faults.read_error_chance = 0.01;
    weather_.disk_may_fail = true;
  }
  if (numbers_.chance(0.3)) {
    faults.capacity_bytes = storage_.bytes_in_use() + numbers_.below(2 * MiB);
    weather_.disk_may_be_full = true;
  }
  if (faults.failing_operation || faults.sync_error_chance > 0) weather_.disk_may_fail = true;
}

void Simulation::work() {
  for (const auto& client : clients_) process_->clients().spawn(client->run(*process_));
  const std::uint64_t operations_end = storage_.operations() + operations_max;
  const MonotonicTime time_end = world_.now() + world_.random_duration(Duration{0}, life_time_max);
  world_.run_until([&] {
    return process_->is_dead() || world_.now() > time_end ||
           storage_.operations() >= operations_end || storage_.operations() >= kill_at_operation_;
  });
  if (!process_->is_dead()) check_memory();
  if (process_->is_broken()) say("a disk failed: the process must end");
  if (!process_->is_dead() && weather_.disk_may_be_full &&
      storage_.operations() < kill_at_operation_) {
    check_that_space_helps();
  }
}

// After a full disk: with space again, appending goes on by itself.
void Simulation::check_that_space_helps() {
  say("space again");
  storage_.faults().capacity_bytes = fair_weather(options_.canary).capacity_bytes;
  storage_.faults().crashing_operation.reset();
  process_->ask_clients_to_stop();
  world_.run_for(std::chrono::seconds(1));
  for (std::size_t n = 0; n < process_->shard_count() && !process_->is_dead(); ++n) {
    Result<> written;
    for (int tries = 0; tries < 3 && !process_->is_dead(); ++tries) {
      auto done = process_->run(process_->engine(n).journal().room());
      if (!done) {
        stuck_ = true;
        return ledger_.violation("appending waits for ever after the disk was full");
      }
      written = std::move(*done);
      if (written) break;
      world_.run_for(std::chrono::seconds(1));
    }
    if (!written && !process_->is_dead()) {
      ledger_.violation("appending is refused after the disk has space again: " +
                        written.error().to_string());
    }
  }
}

void Simulation::end(End end) {
  storage_.faults().crashing_operation.reset();
  if (end == End::power_cut) {
    say("power cut");
    storage_.crash();
  } else if (end == End::killed || process_->is_broken()) {
    say("killed");
    storage_.kill();
  } else {
    say("closed");
  }
  const bool has_trouble =
      process_->is_dead() || weather_.disk_may_be_full || weather_.disk_may_fail;
  if (!process_->stop()) {
    stuck_ = true;
    ledger_.violation("the process does not come to its end");
    return;
  }
  if (!has_trouble && !process_->is_dead()) queues_.closed_cleanly();
  queues_.begin_life();
  for (const std::string& notice : process_->notices()) say("notice: " + notice);
  process_.reset();
}

}  // namespace koine::simulation
