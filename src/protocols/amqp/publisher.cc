#include "protocols/amqp/publisher.h"

#include <utility>

namespace koine::amqp {

Publisher::Publisher(CoreAccess& core, runtime::Gate& gate, Listener& listener)
    : core_(core), gate_(gate), listener_(listener), changed_(core.shard().reactor()) {}

Publisher::Batch& Publisher::open_batch(ShardId shard) {
  if (open_.size() <= shard.value()) open_.resize(shard.value() + std::size_t{1});
  auto& batch = open_[shard.value()];
  return batch ? *batch : batch.emplace();
}

void Publisher::add(const core::MessageView& message, const Targets& targets, std::uint32_t channel,
                    std::uint64_t number) {
  for (const ShardTargets& target : targets) {
    Batch& batch = open_batch(target.shard);
    batch.messages.add(message, target.logs, target.refusal);
    batch.note_last(channel, number);
  }
}

void Publisher::add_delayed(const core::MessageView& message, const core::Delay& delay,
                            std::uint32_t channel, std::uint64_t number) {
  const ShardId here = core_.shard().id();
  Batch& batch = open_batch(here);
  batch.messages.add_delayed(message, delay, here, core_.shard().wall_clock_ms());
  batch.note_last(channel, number);
}

void Publisher::Batch::note_last(std::uint32_t channel, std::uint64_t number) {
  if (!ranges.empty()) {
    PublishedRange& last = ranges.back();
    const bool follows =
        number == 0 ? last.first_number == 0 : last.first_number + last.count == number;
    if (last.channel == channel && follows) {
      ++last.count;
      return;
    }
  }
  ranges.push_back({.channel = channel,
                    .first_item = static_cast<std::uint32_t>(messages.size() - 1),
                    .count = 1,
                    .first_number = number});
}

void Publisher::submit() {
  ++spread_;
  for (std::size_t n = 0; n < open_.size(); ++n) {
    if (!open_[n]) continue;
    Batch batch = std::move(*open_[n]);
    open_[n].reset();
    in_flight_bytes_ += batch.messages.bytes().size();
    ++in_flight_batches_;
    gate_.spawn(send(ShardId(static_cast<ShardId::rep>(n)), std::move(batch)));
  }
}

Task<Result<>> Publisher::publish(ShardId shard, core::PublishBatch messages,
                                  std::vector<std::uint32_t>& rejected) {
  auto published = co_await core_.queues().publish(std::move(messages));
  if (!published) co_return fail(std::move(published).error());
  rejected = std::move(published->rejected);
  if (published->commit == nullptr) co_return Result<>{};
  co_return co_await core_.queues().durable(shard, std::move(published->commit));
}

Task<void> Publisher::send(ShardId shard, Batch batch) {
  const std::size_t bytes = batch.messages.bytes().size();
  std::vector<std::uint32_t> rejected;
  const Result<> result = co_await publish(shard, std::move(batch.messages), rejected);
  in_flight_bytes_ -= bytes;
  --in_flight_batches_;
  if (!result && result.error().code() == ErrorCode::no_space && !is_disk_full_ && !stopped_) {
    is_disk_full_ = true;
    gate_.spawn(wait_for_space());
  }
  listener_.on_published({.ranges = batch.ranges, .rejected = rejected, .result = result});
  changed_.notify_all();
}

Task<void> Publisher::wait_for_space() {
  while (!stopped_) {
    const MonotonicTime again = core_.shard().now() + full_disk_interval;
    while (!stopped_ && core_.shard().now() < again) co_await changed_.wait(again);
    if (stopped_ || co_await core_.has_disk_space()) break;
  }
  is_disk_full_ = false;
  changed_.notify_all();
}

Task<void> Publisher::settled() {
  while (in_flight_batches_ > 0) co_await changed_.wait();
}

void Publisher::stop() {
  stopped_ = true;
  changed_.notify_all();
}

}  // namespace koine::amqp
