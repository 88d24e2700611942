// StreamSubscription: a topic read as if it were a queue that keeps everything, for protocols that deliver messages one by
// one and wait for acknowledgements: each delivery takes credit, each settlement gives it back, and that is all that it does.
//
//   TopicReader -- record --> message (core/message_record.h), with the headers
//                             x-stream-offset      its offset
//                             x-stream-partition   its partition, if the topic has several
//
// Whoever does not settle, or has no room, is not read for: one batch at a time is in memory, and only during a read. Partitions
// take turns. queue() is a name for what is read: QueueClient::settle with it comes back here.
//
// What retention has removed meanwhile is passed over. On the consumer's shard; the partitions may be on any.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/message_record.h"
#include "core/queues/subscription.h"
#include "core/topic_reader.h"
#include "runtime/signal.h"

namespace koine::core {

struct StreamOptions {
  std::optional<PartitionId> partition;  // none: all
  ReadStart start;
  bool is_from_last = false;   // instead: the last record of each partition
  std::uint32_t prefetch = 1;  // at least 1
};

class StreamSubscription final : public Subscription, private RecordSink {
 public:
  // As Subscription::open. A position that is gone is the first one left, one that is to come is waited for. Errors: not_found,
  // corrupt, io_error, closed.
  static Task<Result<std::unique_ptr<Subscription>>> open(Engine& here, TopicPtr topic,
                                                          QueuePtr name, StreamOptions options,
                                                          DeliverySink& sink);
  // For one subscription: what its queue() is.
  static QueuePtr new_name(Engine& here, const Topic& topic);
  ~StreamSubscription() override;

  void resume() override;
  Task<void> cancel() override;
  // Records are not leased.
  void add_credit(std::uint32_t count) override;
  Task<void> cancel_and_return(Settlement::Kind kind) override;
  const QueuePtr& queue() const override { return name_; }

  // For ShardQueues. So many deliveries were settled.
  void give_back(std::size_t count);
  void end(SubscriptionEnd reason);
  // Until it is cancelled or ended.
  Task<void> run();

 private:
  StreamSubscription(Engine& here, TopicPtr topic, QueuePtr name, const StreamOptions& options,
                     DeliverySink& sink);
  Task<Result<>> seek(ReadStart start);
  Task<Result<>> seek_last();
  Task<Result<>> go_to_first_left();
  Task<Result<>> read_on();
  void stop_for(const Error& error);
  bool may_deliver() const;
  Next take(PartitionId partition, const Record& record) override;

  Engine& here_;
  TopicReader reader_;
  DeliverySink& sink_;
  std::uint32_t prefetch_;
  QueuePtr name_;
  MessageOfRecord message_;
  Offset first_{0};  // what comes before is passed over
  std::int64_t delivered_ = 0;
  std::size_t unsettled_ = 0;
  bool is_started_ = false;
  bool is_ended_ = false;
  bool is_running_ = false;
  runtime::Signal changed_;
};

}  // namespace koine::core
