#include "core/stream_subscription.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"
#include "core/engine.h"
#include "core/queues/shard_queues.h"
#include "runtime/turn.h"

namespace koine::core {
namespace {

// Of batches, between two looks at what others have to do.
constexpr std::size_t read_bytes_max = 64 * KiB;

constexpr std::string_view offset_header = "x-stream-offset";
constexpr std::string_view partition_header = "x-stream-partition";

std::vector<PartitionId> partitions_of(const StreamOptions& options) {
  if (!options.partition) return {};
  return {*options.partition};
}

}  // namespace

QueuePtr StreamSubscription::new_name(Engine& here, const Topic& topic) {
  auto name = std::make_shared<QueueInfo>();
  name->spec.name = {.vhost = std::string(topics_virtual_host), .name = topic.name};
  name->logs = {here.live_queues().next_stream_id()};
  return name;
}

Task<Result<std::unique_ptr<Subscription>>> StreamSubscription::open(Engine& here, TopicPtr topic,
                                                                     QueuePtr name,
                                                                     StreamOptions options,
                                                                     DeliverySink& sink) {
  CHECK(options.prefetch > 0);
  std::unique_ptr<StreamSubscription> stream(
      new StreamSubscription(here, std::move(topic), std::move(name), options, sink));
  if (options.is_from_last) {
    CO_TRY(co_await stream->seek_last());
  } else {
    CO_TRY(co_await stream->seek(std::move(options.start)));
  }
  CO_TRY(here.live_queues().start_stream(*stream));
  co_return stream;
}

StreamSubscription::StreamSubscription(Engine& here, TopicPtr topic, QueuePtr name,
                                       const StreamOptions& options, DeliverySink& sink)
    : here_(here),
      reader_(here, std::move(topic), partitions_of(options)),
      sink_(sink),
      prefetch_(options.prefetch),
      name_(std::move(name)),
      changed_(here.shard().reactor()) {}

StreamSubscription::~StreamSubscription() {
  CHECK(!is_running_);
  here_.live_queues().remove_stream(*this);
}

// An offset that is gone is the first one left; one that is to come is waited for.
Task<Result<>> StreamSubscription::seek(ReadStart start) {
  if (start.at == ReadStart::At::position && !start.position.next.empty())
    first_ = start.position.next.front().offset;
  const auto sought = co_await reader_.seek(std::move(start));
  if (sought || sought.error().code() != ErrorCode::out_of_range) co_return sought;
  co_return co_await go_to_first_left();
}

Task<Result<>> StreamSubscription::seek_last() {
  CO_TRY(co_await reader_.seek({.at = ReadStart::At::end, .position = {}}));
  TopicPosition position = reader_.position();
  for (TopicPosition::Next& next : position.next)
    next.offset = std::max(Offset{0}, next.offset - std::int64_t{1});
  const auto sought =
      co_await reader_.seek({.at = ReadStart::At::position, .position = std::move(position)});
  if (sought || sought.error().code() != ErrorCode::out_of_range) co_return sought;
  co_return co_await go_to_first_left();
}

Task<Result<>> StreamSubscription::go_to_first_left() {
  return reader_.seek({.at = ReadStart::At::position, .position = reader_.first_left()});
}

void StreamSubscription::resume() {
  is_started_ = true;
  changed_.notify_all();
}

void StreamSubscription::add_credit(std::uint32_t) { CHECK(false); }

Task<void> StreamSubscription::cancel_and_return(Settlement::Kind) { co_await cancel(); }

Task<void> StreamSubscription::cancel() {
  is_ended_ = true;
  changed_.notify_all();
  while (is_running_) co_await changed_.wait();
}

void StreamSubscription::give_back(std::size_t count) {
  unsettled_ -= std::min(unsettled_, count);
  changed_.notify_all();
}

void StreamSubscription::end(SubscriptionEnd reason) {
  if (std::exchange(is_ended_, true)) return;
  changed_.notify_all();
  sink_.on_end(reason);
}

bool StreamSubscription::may_deliver() const {
  return is_started_ && !is_ended_ && unsettled_ < prefetch_ && sink_.has_room();
}

RecordSink::Next StreamSubscription::take(PartitionId partition, const Record& record) {
  if (is_ended_) return Next::stop;
  if (record.offset < first_) return Next::go_on;
  std::array<Field, 2> headers = {
      Field{.name = std::string(offset_header), .value = {record.offset.value()}},
      Field{.name = std::string(partition_header), .value = {partition.value()}}};
  const bool is_one_of_many = reader_.topic().partitions.size() > 1;
  const MessageView message =
      message_.make(record, reader_.topic().name, here_.shard().wall_clock_ms(),
                    std::span(headers).first(is_one_of_many ? 2 : 1));
  ++unsettled_;
  sink_.take({.position = {.level = 0, .offset = Offset(delivered_++)}, .message = message});
  return may_deliver() ? Next::go_on : Next::stop;
}

Task<void> StreamSubscription::run() {
  is_running_ = true;
  while (!is_ended_) {
    if (!may_deliver()) {
      co_await changed_.wait();
      continue;
    }
    const auto read = co_await read_on();
    if (!read) stop_for(read.error());
  }
  is_running_ = false;
  changed_.notify_all();
}

Task<Result<>> StreamSubscription::read_on() {
  const auto taken = co_await reader_.read(*this, read_bytes_max);
  if (is_ended_) co_return Result<>{};
  // Retention was faster: what is left comes next.
  if (!taken && taken.error().code() == ErrorCode::out_of_range) {
    co_return co_await go_to_first_left();
  }
  if (!taken) co_return fail(taken.error());
  if (*taken == 0) {
    co_await reader_.wait(changed_, never);
  } else {
    co_await runtime::next_turn(here_.shard().reactor());
  }
  co_return Result<>{};
}

void StreamSubscription::stop_for(const Error& error) {
  const auto& on_notice = here_.options().journal.on_notice;
  if (error.code() != ErrorCode::not_found && on_notice) {
    on_notice(fmt::format("topic {}: a consumer that reads it as a stream was ended: {}",
                          reader_.topic().name, error.message()));
  }
  end(SubscriptionEnd::queue_deleted);
}

}  // namespace koine::core
