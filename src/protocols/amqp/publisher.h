// Publisher: the messages of one connection on their way to the journal. What one read brought goes to each shard as one batch;
// several batches are under way at a time, in order, up to a limit above which the connection is not read.
//
//   add, add, add   -> batch for shard 0 [ m m m ]  \  submit()      QueueClient::publish ... durable
//                   -> batch for shard 1 [ m ]      /                                             -> Listener::on_published
//
// Owned by a Session, one shard.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "core/queues/publish_batch.h"
#include "protocols/amqp/core_access.h"
#include "protocols/amqp/route_cache.h"
#include "runtime/gate.h"
#include "runtime/signal.h"

namespace koine::amqp {

// Of one connection, not durable yet: what the disk takes in some milliseconds. More would only be memory.
inline constexpr std::size_t in_flight_bytes_max = 8 * MiB;
inline constexpr std::size_t in_flight_batches_max = 1024;

// How often a full disk is looked at again.
inline constexpr Duration full_disk_interval = std::chrono::seconds(1);

// Messages of one channel that follow each other in a batch.
struct PublishedRange {
  std::uint32_t channel = 0;  // Channel::instance
  std::uint32_t first_item = 0;
  std::uint32_t count = 0;
  std::uint64_t first_number = 0;  // of Confirms; 0: the channel is not in confirm mode
};

struct PublishOutcome {
  std::span<const PublishedRange> ranges;
  std::span<const std::uint32_t> rejected;  // items that a queue's limits refused
  const Result<>& result;
};

class Publisher {
 public:
  class Listener {
   public:
    Listener() = default;
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;
    virtual ~Listener() = default;
    virtual void on_published(const PublishOutcome& outcome) = 0;
  };

  Publisher(CoreAccess& core, runtime::Gate& gate, Listener& listener);
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  // `targets` are not empty; `number` as in PublishedRange.
  void add(const core::MessageView& message, const Targets& targets, std::uint32_t channel,
           std::uint64_t number);
  // Held on this shard until it is due.
  void add_delayed(const core::MessageView& message, const core::Delay& delay,
                   std::uint32_t channel, std::uint64_t number);
  // Sends off what was added.
  void submit();

  // Another one after each submit(): what one read brought for a topic, without a key, goes to one of its partitions.
  std::uint32_t spread() const { return spread_; }

  // No more should be added before has_room() again.
  bool has_room() const {
    return in_flight_bytes_ < in_flight_bytes_max && in_flight_batches_ < in_flight_batches_max &&
           !is_disk_full_;
  }
  bool is_disk_full() const { return is_disk_full_; }
  // Something is on its way to the disk.
  bool is_busy() const { return in_flight_batches_ > 0; }
  // Something has come to its end; or the deadline.
  runtime::Signal& changed() { return changed_; }
  // Returns when everything that was submitted has come to its end.
  Task<void> settled();
  // Nobody looks at the disk any more.
  void stop();

 private:
  struct Batch {
    core::PublishBatch messages;
    std::vector<PublishedRange> ranges;

    void note_last(std::uint32_t channel, std::uint64_t number);
  };
  Batch& open_batch(ShardId shard);
  Task<void> send(ShardId shard, Batch batch);
  Task<Result<>> publish(ShardId shard, core::PublishBatch messages,
                         std::vector<std::uint32_t>& rejected);
  Task<void> wait_for_space();

  CoreAccess& core_;
  runtime::Gate& gate_;
  Listener& listener_;
  runtime::Signal changed_;
  std::vector<std::optional<Batch>> open_;  // by shard
  std::uint32_t spread_ = 0;
  std::size_t in_flight_bytes_ = 0;
  std::size_t in_flight_batches_ = 0;
  bool is_disk_full_ = false;
  bool stopped_ = false;
};

}  // namespace koine::amqp
