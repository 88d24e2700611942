#include "record_clients.h"

#include <algorithm>
#include <utility>

#include "core/batch_builder.h"
#include "runtime/started.h"

namespace koine::simulation {
namespace {

constexpr std::size_t window = 5;
constexpr std::uint64_t batches_max = 4;
constexpr std::uint64_t records_max = 6;

}  // namespace

std::optional<RecordProducer::Destination> RecordProducer::choose(const core::Engine& home) {
  const auto& plans = queues_.plans().topics;
  const auto topic = home.catalog().find(plans[numbers_.below(plans.size())].name);
  if (topic == nullptr) return std::nullopt;
  return Destination{.topic = topic, .partition = numbers_.below(topic->partitions.size())};
}

RecordProducer::Batch RecordProducer::make_batch(core::Engine& home, const Destination& destination,
                                                 const BatchIdentity& identity) {
  Batch batch;
  core::BatchBuilder builder;
  const WallTimeMs now_ms = home.shard().wall_clock_ms();
  const core::QueuePtr partition = queues_.partition_of(*destination.topic, destination.partition);
  for (auto left = numbers_.between(1, records_max); left > 0; --left) {
    const MessageNumber number = queues_.next_number();
    const std::vector<std::byte> body = body_of(number);
    if (builder.record_count() > 0 && builder.size() + body.size() > body_bytes_max) break;
    builder.add(
        {.timestamp = now_ms, .key = as_bytes(key_of(number)), .value = body, .headers = {}});
    queues_.sending_record(*partition, number, order_through(number_, destination.log()), now_ms);
    batch.numbers.push_back(number);
  }
  const auto compression = numbers_.chance(0.2) ? core::Compression::zstd : core::Compression::none;
  auto built = builder.build({.compression = compression,
                              .producer_id = identity.producer,
                              .producer_epoch = identity.epoch,
                              .base_sequence = identity.sequence});
  CHECK(built.has_value());
  batch.bytes = std::move(*built);
  return batch;
}

bool RecordProducer::note(const Process& process, const Batch& batch,
                          const Result<core::Appended>& outcome) {
  if (outcome) {
    for (const MessageNumber number : batch.numbers) queues_.confirmed_record(number);
    return true;
  }
  // A bound queue is full.
  if (outcome.error().code() == ErrorCode::unavailable && queues_.plans().may_refuse()) {
    if (process.is_dead()) return false;
    for (const MessageNumber number : batch.numbers) queues_.refused_record(number);
    return false;
  }
  check_refusal(process, "a batch of records", outcome.error());
  return false;
}

Task<void> RecordProducer::act(Process& process, core::Engine& home) {
  const auto destination = choose(home);
  if (!destination) co_return;
  std::vector<Batch> batches;
  std::vector<runtime::Started<Result<core::Appended>>> sent;
  for (auto left = numbers_.between(1, batches_max); left > 0; --left) {
    batches.push_back(make_batch(home, *destination, {}));
    sent.push_back(
        runtime::start(process.clients(), produce(home, destination->log(), batches.back().bytes)));
  }
  for (std::size_t n = 0; n < sent.size(); ++n) {
    const auto outcome = co_await sent[n].result();
    note(process, batches[n], outcome);
  }
}

Task<bool> IdempotentRecordProducer::prepare(core::Engine& home) {
  if (!destination_) destination_ = choose(home);
  if (!destination_) co_return false;
  if (id_ != core::no_producer) co_return true;
  const auto id = co_await home.new_producer_id();
  if (!id) co_return false;
  ledger_.got_producer_id(*id);
  id_ = *id;
  co_return true;
}

Task<void> IdempotentRecordProducer::act(Process& process, core::Engine& home) {
  if (!co_await prepare(home) || process.is_stopping()) co_return;
  for (const Batch& batch : unanswered_) {
    for (const MessageNumber number : batch.numbers) queues_.sending_record_again(number);
  }
  const std::size_t wanted = numbers_.between(1, window);
  // In a new life first what the old one left unanswered, so that its answer does not depend on what follows.
  while ((unanswered_.empty() || in_this_life_) && unanswered_.size() < wanted) {
    unanswered_.push_back(
        make_batch(home, *destination_, {.producer = id_, .epoch = 0, .sequence = next_sequence_}));
    next_sequence_ += static_cast<std::int32_t>(unanswered_.back().numbers.size());
  }
  in_this_life_ = true;
  std::vector<runtime::Started<Result<core::Appended>>> sent;
  for (const Batch& batch : unanswered_) {
    sent.push_back(
        runtime::start(process.clients(), produce(home, destination_->log(), batch.bytes)));
  }
  bool one_failed = false;
  for (auto& each : sent) {
    const auto outcome = co_await each.result();
    if (one_failed) {
      // What a dead server still says nobody hears: it may know the rest as duplicates.
      if (outcome && !process.is_dead())
        ledger_.violation("a batch of records was taken after one that was refused");
      continue;
    }
    one_failed = !note(process, unanswered_.front(), outcome);
    if (!one_failed) unanswered_.pop_front();
  }
}

Task<void> RecordReader::act(Process& process, core::Engine& home) {
  const auto found = co_await read_records(home, queues_);
  if (process.is_dead()) co_return;
  if (!found) {
    check_refusal(process, "reading records", found.error());
    co_return;
  }
  for (const FoundQueue& partition : *found) {
    for (const FoundMessage& record : partition.messages) {
      const auto message = core::decode_message(record.stored);
      CHECK(message.has_value());
      queues_.saw(*partition.queue, record.position, *message, home.shard().wall_clock_ms());
    }
  }
  co_await home.shard().sleep_for(std::chrono::microseconds(numbers_.below(50'000)));
}

}  // namespace koine::simulation
