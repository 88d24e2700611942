// The clients of topics with bound queues: producers of records, as Kafka's are, and a reader.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "queue_clients.h"

namespace koine::simulation {

// Appends batches, some at once, each once.
class RecordProducer : public QueueUser {
 public:
  using QueueUser::QueueUser;

 protected:
  struct Batch {
    std::vector<MessageNumber> numbers;
    Bytes bytes;
  };
  struct Destination {
    core::TopicPtr topic;
    std::size_t partition = 0;
    LogId log() const { return topic->partitions[partition]; }
  };

  Task<void> act(Process& process, core::Engine& home) override;

  std::optional<Destination> choose(const core::Engine& home);
  Batch make_batch(core::Engine& home, const Destination& destination,
                   const BatchIdentity& identity);
  // Whether it was taken.
  bool note(const Process& process, const Batch& batch, const Result<core::Appended>& outcome);
};

// Sends in order, several at once, and again what was not answered, also to the next process.
class IdempotentRecordProducer final : public RecordProducer {
 public:
  using RecordProducer::RecordProducer;

 protected:
  Task<void> act(Process& process, core::Engine& home) override;
  void begin_life() override { in_this_life_ = false; }

 private:
  Task<bool> prepare(core::Engine& home);

  std::optional<Destination> destination_;
  ProducerId id_ = core::no_producer;
  std::int32_t next_sequence_ = 0;
  std::deque<Batch> unanswered_;
  bool in_this_life_ = false;
};

// Sees what is there: from then on it is in the bound queues, too.
class RecordReader final : public QueueUser {
 public:
  using QueueUser::QueueUser;

 protected:
  Task<void> act(Process& process, core::Engine& home) override;
};

}  // namespace koine::simulation
