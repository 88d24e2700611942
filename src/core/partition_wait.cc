#include "core/partition_wait.h"

#include <memory>
#include <span>
#include <utility>

#include "core/engine.h"
#include "core/on_owners.h"
#include "core/partition.h"
#include "runtime/gate.h"
#include "runtime/shard.h"
#include "runtime/signal.h"
#include "runtime/wait_any.h"

namespace koine::core {

namespace {

// A flag that somebody waits for.
struct Event {
  explicit Event(io::Reactor& reactor) : changed(reactor) {}
  void set() {
    is_set = true;
    changed.notify_all();
  }
  bool is_set = false;
  runtime::Signal changed;
};

// The partitions of one shard, held while they are waited on.
struct Partitions {
  std::vector<std::shared_ptr<Partition>> held;
  std::vector<runtime::Signal*> signals;
  bool has_changed = false;
};

Partitions look(Engine& owner, std::span<const WatchedPartition> watched) {
  Partitions partitions;
  for (const WatchedPartition& each : watched) {
    auto partition = owner.partition(each.log);
    if (partition == nullptr || partition->is_removed() ||
        partition->high_watermark() != each.high_watermark ||
        partition->start_offset() > each.from) {
      partitions.has_changed = true;
      break;
    }
    partitions.signals.push_back(&partition->changed());
    partitions.held.push_back(std::move(partition));
  }
  return partitions;
}

// On the owner's shard, until a change or the end that it is told.
Task<bool> watch_there(Engine* owner, std::vector<WatchedPartition> watched,
                       std::shared_ptr<Event> ended) {
  Partitions partitions = look(*owner, watched);
  if (partitions.has_changed || ended->is_set) co_return true;
  partitions.signals.push_back(&ended->changed);
  co_await runtime::WaitAny(partitions.signals, never);
  co_return true;
}

Task<bool> end_there(std::shared_ptr<Event> ended) {
  ended->set();
  co_return true;
}

// One other shard's share of a wait.
struct Elsewhere {
  Engine* owner = nullptr;
  std::shared_ptr<Event> ended;  // lives on the owner's shard
};

Task<void> watch(Engine* here, Elsewhere elsewhere, std::vector<WatchedPartition> watched,
                 Event* changed) {
  co_await runtime::call_on<bool>(
      here->shard(), elsewhere.owner->shard(), [elsewhere, watched = std::move(watched)]() mutable {
        return watch_there(elsewhere.owner, std::move(watched), elsewhere.ended);
      });
  changed->set();
}

Task<void> end(Engine* here, Elsewhere elsewhere) {
  co_await runtime::call_on<bool>(here->shard(), elsewhere.owner->shard(),
                                  [ended = elsewhere.ended] { return end_there(ended); });
}

}  // namespace

Task<void> wait_for_change(Engine& here, std::vector<WatchedPartition> watched,
                           runtime::Signal& interruption, MonotonicTime deadline) {
  Event changed(here.shard().reactor());
  runtime::Gate gate;
  Partitions partitions;
  std::vector<Elsewhere> others;
  for (auto& owned : detail::by_owner(here, std::move(watched))) {
    if (owned.owner == &here) {
      partitions = look(here, owned.items);
      continue;
    }
    others.push_back({owned.owner, std::make_shared<Event>(owned.owner->shard().reactor())});
    gate.spawn(watch(&here, others.back(), std::move(owned.items), &changed));
  }
  if (!partitions.has_changed && !changed.is_set) {
    partitions.signals.push_back(&changed.changed);
    partitions.signals.push_back(&interruption);
    co_await runtime::WaitAny(partitions.signals, deadline);
  }
  for (const Elsewhere& other : others) co_await end(&here, other);
  co_await gate.close();
}

}  // namespace koine::core
