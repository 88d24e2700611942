// JournalQueueStore: the QueueStore of a queue whose levels are logs of the shard's journal. Made and owned by Queues. A level
// that never had a message is a null pointer.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/queues/deduplication_window.h"
#include "core/queues/queue_changes.h"
#include "core/queues/queue_level.h"
#include "core/queues/queue_spec.h"
#include "core/queues/queue_store.h"

namespace koine::core {

class JournalQueueStore final : public QueueStore {
 public:
  // All outlive it.
  struct Shared {
    QueueLevel::Place place;
    QueueChanges& changes;
  };
  JournalQueueStore(const Shared& shared, QueuePtr info);
  ~JournalQueueStore() override;

  const QueuePtr& info() const { return info_; }
  // Its settings changed; its logs did not.
  void set_info(QueuePtr info);

  // What recovery knows of a level whose log is there.
  void open_level(std::uint8_t level, journal::Log& log, LevelState state, bool was_stopped);
  // The level of a message of that priority, made if it is its first.
  QueueLevel& level_for(std::uint8_t priority);
  // Null: it never had a message.
  QueueLevel* level(std::uint8_t number) const {
    return number < levels_.size() ? levels_[number].get() : nullptr;
  }
  void for_each_level(const std::function<void(QueueLevel&)>& visit) const;
  const QueueTotals& totals() const { return totals_; }

  // Told of new messages and asked about limits from now on; null: nobody.
  void observe(QueueEvents* events) { totals_.events = events; }
  // Of those whose messages may be refused.
  bool has_limits() const { return totals_.events != nullptr && has_limits_; }
  // With limits: whether it takes one more message; if not, the observer was told.
  bool accepts(ByteView stored, std::size_t body_size);
  // The same, after so many more, and nobody is told.
  bool has_room(std::size_t body_size, std::uint64_t more = 0, std::uint64_t more_bytes = 0) const {
    return totals_.events->accepts(body_size, totals_.waiting + more,
                                   totals_.waiting_bytes + more_bytes);
  }

  // What settle_all_except() would settle, for a commit that does.
  std::vector<QueueChanges::Settled> all_except(std::uint8_t level,
                                                std::span<const Kept> kept) const;

  // Of the keys that it has seen; null: it does not deduplicate.
  DeduplicationWindow* window() { return window_.get(); }

  // Its logs go away: it is empty, and loading gives not_found.
  void remove();

  std::size_t level_count() const override { return info_->logs.size(); }
  Offset first_unsettled(std::uint8_t level) const override;
  Offset committed_end(std::uint8_t level) const override;
  std::optional<QueuePosition> next_unsettled(QueuePosition from) const override;
  bool is_settled(QueuePosition position) const override;
  std::uint64_t message_count() const override { return totals_.messages; }
  std::uint64_t body_bytes() const override;
  std::optional<StoredMessage> try_read(QueuePosition position) override;
  Task<Result<>> load(QueuePosition position) override;
  void settle(QueuePosition position, std::size_t body_size) override;
  std::uint64_t settle_all_except(std::uint8_t level, std::span<const Kept> kept) override;
  std::uint32_t failures(QueuePosition position) const override;
  std::uint32_t count_failure(QueuePosition position) override;
  Repetitions repetitions() const override;
  void note_delivered(QueuePosition position) override;
  Offset delivered_before_start(std::uint8_t level) const override;

 private:
  std::uint64_t settle_run(QueueLevel& level, Offset from, Offset to, std::int64_t body_bytes);

  Shared shared_;
  QueuePtr info_;
  QueueTotals totals_;
  std::vector<std::unique_ptr<QueueLevel>> levels_;  // to the highest that has messages
  bool has_limits_ = false;
  std::unique_ptr<DeduplicationWindow> window_;
};

}  // namespace koine::core
