#include "core/queues/queues.h"

#include <utility>

#include "base/check.h"
#include "core/engine_logs.h"

namespace koine::core {

Queues::Queues(runtime::Shard& shard) : shard_(shard), changes_(shard.reactor(), gate_) {}

Queues::~Queues() = default;

void Queues::for_each_level(const std::function<void(QueueLevel&)>& visit) const {
  for (const auto& [id, store] : stores_) store->for_each_level(visit);
}

std::vector<std::byte> Queues::save() {
  QueueStatesWriter writer;
  // While opening, some are not with their queue yet.
  states_.save(writer);
  for (const auto& [id, store] : stores_) {
    if (DeduplicationWindow* window = store->window())
      writer.add_seen(id, window->seen(shard_.wall_clock_ms()));
  }
  for_each_level([&](QueueLevel& level) {
    if (!level.is_untouched()) writer.add(level.log_id(), level.state());
    level.release_cursors();
    if (level.is_empty_untrimmed()) changes_.trim(level);
  });
  changes_.on_saved();
  return writer.take(journal_ == nullptr ? states_.was_stopped() : changes_.is_stopped());
}

void Queues::attach(journal::Journal& journal) {
  journal_ = &journal;
  was_stopped_ = states_.was_stopped();
  changes_.attach(journal, journal.ensure(state_log_id(shard_.id(), StateLogNumber::queues)));
}

Task<void> Queues::start() {
  states_.forget();
  if (!was_stopped_) co_return;
  changes_.started();
  // Refused: it stays noted, and is tried again.
  (void)co_await changes_.durable();
}

Task<void> Queues::close() {
  std::vector<QueueLevel*> levels;
  for_each_level([&](QueueLevel& level) { levels.push_back(&level); });
  co_await changes_.close(std::move(levels));
  co_await gate_.close();
}

JournalQueueStore& Queues::open(QueuePtr queue) {
  CHECK(journal_ != nullptr);
  auto& store = stores_[queue->id()];
  if (store != nullptr) {
    store->set_info(std::move(queue));
    return *store;
  }
  const JournalQueueStore::Shared shared{
      .place = {.reactor = shard_.reactor(), .journal = *journal_, .gate = gate_},
      .changes = changes_};
  store = std::make_unique<JournalQueueStore>(shared, queue);
  if (DeduplicationWindow* window = store->window())
    window->restore(states_.take_seen(queue->id()), shard_.wall_clock_ms());
  for (std::size_t number = 0; number < queue->logs.size(); ++number) {
    const LogId id = queue->logs[number];
    auto state = states_.take(id);
    if (journal::Log* log = journal_->find(id))
      store->open_level(static_cast<std::uint8_t>(number), *log, std::move(state), was_stopped_);
  }
  return *store;
}

void Queues::remove(LogId queue) {
  const auto found = stores_.find(queue);
  if (found == stores_.end()) return;
  const auto store = std::move(found->second);
  stores_.erase(found);
  store->remove();
}

JournalQueueStore* Queues::find(LogId queue) const {
  const auto found = stores_.find(queue);
  return found != stores_.end() ? found->second.get() : nullptr;
}

}  // namespace koine::core
