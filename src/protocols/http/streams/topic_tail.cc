#include "protocols/http/streams/topic_tail.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "runtime/turn.h"

namespace koine::http {

namespace {

std::size_t bytes_of(const core::Record& record) {
  std::size_t bytes =
      (record.key ? record.key->size() : 0) + (record.value ? record.value->size() : 0);
  for (const core::RecordHeader& header : record.headers) {
    bytes += header.key.size() + (header.value ? header.value->size() : 0);
  }
  return bytes;
}

// Copies to `memory` and moves it on.
ByteView copy(ByteView bytes, std::byte*& memory) {
  if (!bytes.empty()) std::memcpy(memory, bytes.data(), bytes.size());
  const ByteView copied(memory, bytes.size());
  memory += bytes.size();
  return copied;
}

}  // namespace

TopicTail::Kept::Kept(PartitionId its_partition, const core::Record& original)
    : partition(its_partition),
      memory(std::make_unique_for_overwrite<std::byte[]>(bytes_of(original))),
      size(bytes_of(original)),
      record{.offset = original.offset, .timestamp = original.timestamp} {
  std::byte* place = memory.get();
  if (original.key) record.key = copy(*original.key, place);
  if (original.value) record.value = copy(*original.value, place);
  record.headers.reserve(original.headers.size());
  for (const core::RecordHeader& header : original.headers) {
    core::RecordHeader copied{.key = as_text(copy(as_bytes(header.key), place))};
    if (header.value) copied.value = copy(*header.value, place);
    record.headers.push_back(copied);
  }
}

class TopicTail::Keeping final : public core::RecordSink {
 public:
  explicit Keeping(TopicTail& tail) : tail_(tail) {}
  Next take(PartitionId partition, const core::Record& record) override {
    tail_.keep(partition, record);
    return Next::go_on;
  }

 private:
  TopicTail& tail_;
};

TopicTail::TopicTail(core::Engine& engine, core::TopicPtr topic)
    : engine_(engine),
      reader_(engine, std::move(topic)),
      changed_(engine.shard().reactor()),
      stopped_(engine.shard().reactor()) {}

void TopicTail::keep(PartitionId partition, const core::Record& record) {
  bytes_ += kept_.emplace_back(partition, record).size;
  while (bytes_ > tail_bytes_max && kept_.size() > 1) forget_first();
}

void TopicTail::forget_first() {
  const Kept& first = kept_.front();
  auto next = std::ranges::lower_bound(position_.next, first.partition, {},
                                       &core::TopicPosition::Next::partition);
  if (next == position_.next.end() || next->partition != first.partition) {
    next = position_.next.insert(next, {.partition = first.partition, .offset = Offset{0}});
  }
  next->offset = first.record.offset + 1;
  bytes_ -= first.size;
  kept_.pop_front();
  ++first_;
}

void TopicTail::forget_all() {
  first_ = end();
  kept_.clear();
  kept_.shrink_to_fit();
  bytes_ = 0;
  position_ = reader_.position();
}

void TopicTail::stop() {
  is_stopped_ = true;
  stopped_.notify_all();
}

void TopicTail::end_with(State state) {
  state_ = state;
  changed_.notify_all();
}

Task<void> TopicTail::run(std::shared_ptr<TopicTail> self) {
  const Result<> sought = co_await self->reader_.seek({.at = core::ReadStart::At::end});
  if (!sought) co_return self->end_with(State::over);
  self->position_ = self->reader_.position();
  self->end_with(State::following);
  Keeping keeping(*self);
  while (!self->is_stopped_) {
    const auto taken = co_await self->reader_.read(keeping, tail_bytes_max);
    if (!taken) co_return self->end_with(State::over);
    if (*taken > 0) {
      self->changed_.notify_all();
      // Those who follow take them before they could be forgotten.
      co_await runtime::next_turn(self->engine_.shard().reactor());
      continue;
    }
    if (self->is_stopped_) break;
    const MonotonicTime forget_at =
        self->kept_.empty() ? never : self->engine_.shard().now() + tail_time_max;
    co_await self->reader_.wait(self->stopped_, forget_at);
    if (self->engine_.shard().now() >= forget_at) self->forget_all();
  }
  self->end_with(State::over);
}

}  // namespace koine::http
