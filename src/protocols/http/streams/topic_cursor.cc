#include "protocols/http/streams/topic_cursor.h"

#include <algorithm>
#include <array>
#include <utility>

#include "runtime/turn.h"
#include "runtime/wait_any.h"

namespace koine::http {

// Between a TopicReader and a cursor's sink.
class TopicCursor::Passing final : public core::RecordSink {
 public:
  Passing(TopicCursor& cursor, PassingSink& sink) : cursor_(cursor), sink_(sink) {}
  Next take(PartitionId partition, const core::Record& record) override {
    return cursor_.pass(sink_, {.partition = partition, .record = record});
  }

 private:
  TopicCursor& cursor_;
  PassingSink& sink_;
};

TopicCursor::TopicCursor(TopicTails& tails, core::TopicPtr topic,
                         std::vector<PartitionId> partitions, RecordFilter filter)
    : tails_(tails), topic_(std::move(topic)), partitions_(std::move(partitions)) {
  if (!filter.is_empty()) filter_ = std::make_unique<RecordFilter>(std::move(filter));
  std::ranges::sort(partitions_);
}

TopicCursor::~TopicCursor() {
  release();
  drop_tail();
}

void TopicCursor::release() {
  if (reader_ != nullptr) reader_->release();
  tails_.give_back(std::exchange(kept_bytes_, 0));
}

void TopicCursor::keep_unfinished() {
  tails_.give_back(std::exchange(kept_bytes_, 0));
  const std::size_t bytes = reader_->kept_bytes();
  if (tails_.try_keep(bytes)) {
    kept_bytes_ = bytes;
  } else {
    reader_->release();
  }
}

void TopicCursor::drop_tail() {
  is_following_ = false;
  if (tail_ != nullptr) tails_.leave(topic_->id, tail_);
  tail_ = nullptr;
}

bool TopicCursor::wants(PartitionId partition) const {
  return partitions_.empty() || std::ranges::binary_search(partitions_, partition);
}

Offset& TopicCursor::next_of(PartitionId partition) {
  auto next = std::ranges::lower_bound(position_.next, partition, {},
                                       &core::TopicPosition::Next::partition);
  if (next == position_.next.end() || next->partition != partition) {
    // Added since.
    next = position_.next.insert(next, {.partition = partition, .offset = Offset{0}});
  }
  return next->offset;
}

PassingSink::Next TopicCursor::pass(PassingSink& sink, const PassingRecord& record) {
  next_of(record.partition) = record.record.offset + 1;
  ++passed_;
  if (filter_ != nullptr && !filter_->matches(record.record)) return PassingSink::Next::go_on;
  return sink.take(record);
}

Task<Result<>> TopicCursor::seek(core::ReadStart start) {
  reader_ = std::make_unique<core::TopicReader>(tails_.engine(), topic_, partitions_);
  Result<> sought = co_await reader_->seek(std::move(start));
  position_ = reader_->position();
  if (!sought) first_left_ = reader_->first_left();
  co_return sought;
}

Task<Result<TopicCursor::Progress>> TopicCursor::read(PassingSink& sink, std::size_t bytes_max,
                                                      Unfinished unfinished) {
  if (const auto progress = try_read(sink, bytes_max)) co_return *progress;
  co_return co_await read_behind(&sink, bytes_max, unfinished);
}

std::optional<TopicCursor::Progress> TopicCursor::try_read(PassingSink& sink,
                                                           std::size_t bytes_max) {
  if (!is_following_) return std::nullopt;
  const auto progress = take_followed(sink, bytes_max);
  if (!progress) stop_following();
  return progress;
}

std::optional<TopicCursor::Progress> TopicCursor::take_followed(PassingSink& sink,
                                                                std::size_t bytes_max) {
  if (tail_->is_over() || number_ < tail_->first()) return std::nullopt;
  std::size_t bytes = 0;
  while (number_ < tail_->end()) {
    if (bytes >= bytes_max) return Progress::more;
    TopicTail::Kept& kept = tail_->at(number_++);
    if (!wants(kept.partition) || kept.record.offset < next_of(kept.partition)) continue;
    bytes += kept.size;
    const auto next =
        pass(sink, {.partition = kept.partition, .record = kept.record, .forms = &kept.forms});
    if (next == PassingSink::Next::stop) return Progress::more;
  }
  return Progress::at_end;
}

void TopicCursor::stop_following() {
  is_following_ = false;
  if (!tail_->is_over()) return;
  reads_alone_ = true;
  drop_tail();
}

Task<Result<TopicCursor::Progress>> TopicCursor::read_behind(PassingSink* sink,
                                                             std::size_t bytes_max,
                                                             Unfinished unfinished) {
  if (reader_ == nullptr) {
    core::TopicPosition from = position_;
    CO_TRY(co_await seek({.at = core::ReadStart::At::position, .position = std::move(from)}));
  }
  // What is in memory is read without a wait: others come first.
  co_await runtime::next_turn(tails_.engine().shard().reactor());
  Passing passing(*this, *sink);
  const auto taken = co_await reader_->read(passing, bytes_max, unfinished);
  keep_unfinished();
  if (!taken) {
    position_ = reader_->position();
    first_left_ = reader_->first_left();
    co_return fail(taken.error());
  }
  position_ = reader_->position();
  if (*taken > 0) co_return Progress::more;
  if (!try_follow()) co_return Progress::at_end;
  reader_ = nullptr;
  co_return take_followed(*sink, bytes_max).value_or(Progress::more);
}

// Everything that this cursor has not read comes from the tail.
bool TopicCursor::is_tail_reachable() const {
  return std::ranges::all_of(tail_->position().next, [&](const core::TopicPosition::Next& next) {
    if (!wants(next.partition)) return true;
    const auto* const mine = position_.find(next.partition);
    return next.offset <= (mine == nullptr ? Offset{0} : mine->offset);
  });
}

bool TopicCursor::try_follow() {
  if (reads_alone_) return false;
  if (tail_ == nullptr) tail_ = tails_.follow(topic_);
  if (tail_->is_over()) {
    stop_following();
    return false;
  }
  if (!tail_->is_ready() || !is_tail_reachable()) return false;
  number_ = tail_->first();
  is_following_ = true;
  return true;
}

Task<void> TopicCursor::wait(runtime::Signal& interruption, MonotonicTime deadline) {
  const bool is_alone = !is_following_ && (tail_ == nullptr || tail_->is_over());
  return is_alone ? reader_->wait(interruption, deadline) : wait_for_tail(interruption, deadline);
}

Task<void> TopicCursor::wait_for_tail(runtime::Signal& interruption, MonotonicTime deadline) {
  if (is_following_ && (tail_->is_over() || number_ < tail_->end())) co_return;
  // Ready by now: what came before its records is still to be read.
  if (!is_following_ && tail_->is_ready()) co_return;
  const std::array<runtime::Signal*, 2> signals{&tail_->changed(), &interruption};
  co_await runtime::WaitAny(signals, deadline);
}

}  // namespace koine::http
