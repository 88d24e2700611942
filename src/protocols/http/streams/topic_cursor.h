// TopicCursor: one reader's place in a topic, for event streams and WebSocket subscriptions: filtered, as slow as it likes, from any
// position to the end and beyond it.
//
//   behind     a TopicReader of its own, from the journal
//   at the end follows the shard's TopicTail, which reads once for all; a reader that waits there costs its position
//
// It goes from one to the other by itself, without losing or repeating a record. Between two reads it holds no data, unless it may
// keep an unfinished batch, which all of a shard share a budget for. Calls are those of TopicReader, one at a time. One shard; the tails outlive it.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "core/topic_reader.h"
#include "protocols/http/streams/record_filter.h"
#include "protocols/http/streams/topic_tails.h"
#include "runtime/signal.h"

namespace koine::http {

class PassingSink {
 public:
  PassingSink() = default;
  PassingSink(const PassingSink&) = delete;
  PassingSink& operator=(const PassingSink&) = delete;
  virtual ~PassingSink() = default;

  using Next = core::RecordSink::Next;
  // As RecordSink::take. The cursor's position() is the one after this record.
  virtual Next take(const PassingRecord& record) = 0;
};

class TopicCursor {
 public:
  // No partitions: all of them, also those that are added later. Those that are named exist.
  TopicCursor(TopicTails& tails, core::TopicPtr topic, std::vector<PartitionId> partitions = {},
              RecordFilter filter = {});
  TopicCursor(const TopicCursor&) = delete;
  TopicCursor& operator=(const TopicCursor&) = delete;
  ~TopicCursor();

  // Before the first read. Errors: as TopicReader::seek.
  Task<Result<>> seek(core::ReadStart start);

  // How far it got: whether there may be more without waiting.
  enum class Progress : std::uint8_t { more, at_end };
  // Gives the sink what is there, up to about `bytes_max` or until it stops. Errors: as TopicReader::read.
  // `kept`: the batch in which the sink stopped may stay in memory for the next read, until release().
  using Unfinished = core::TopicReader::Unfinished;
  // At the end, with the others: the same at once. Nothing: read() it is.
  std::optional<Progress> try_read(PassingSink& sink, std::size_t bytes_max);
  Task<Result<Progress>> read(PassingSink& sink, std::size_t bytes_max,
                              Unfinished unfinished = Unfinished::given_up);
  void release();
  // After at_end: returns when there may be more, at the deadline, or when `interruption` is notified.
  Task<void> wait(runtime::Signal& interruption, MonotonicTime deadline);

  const core::TopicPtr& topic() const { return topic_; }
  const core::TopicPosition& position() const { return position_; }
  // Records so far, those that the filter left out included.
  std::uint64_t passed() const { return passed_; }
  // After out_of_range; see TopicReader.
  const core::TopicPosition& first_left() const { return first_left_; }
  // For tests.
  bool is_following() const { return is_following_; }

 private:
  class Passing;

  PassingSink::Next pass(PassingSink& sink, const PassingRecord& record);
  Offset& next_of(PartitionId partition);
  bool wants(PartitionId partition) const;
  // Takes from the tail; nothing: it has forgotten where this cursor is.
  std::optional<Progress> take_followed(PassingSink& sink, std::size_t bytes_max);
  [[gnu::noinline]] Task<Result<Progress>> read_behind(PassingSink* sink, std::size_t bytes_max,
                                                       Unfinished unfinished);
  void keep_unfinished();
  [[gnu::noinline]] Task<void> wait_for_tail(runtime::Signal& interruption, MonotonicTime deadline);
  bool try_follow();
  void stop_following();
  void drop_tail();
  bool is_tail_reachable() const;

  TopicTails& tails_;
  core::TopicPtr topic_;
  std::vector<PartitionId> partitions_;   // empty: all
  std::unique_ptr<RecordFilter> filter_;  // null: everything
  core::TopicPosition position_;
  core::TopicPosition first_left_;
  std::unique_ptr<core::TopicReader> reader_;  // null: at the end
  std::shared_ptr<TopicTail> tail_;            // null: not looked for yet
  std::size_t kept_bytes_ = 0;                 // of the tails' budget
  std::uint64_t passed_ = 0;
  std::uint64_t number_ = 0;  // of the next record of the tail
  bool is_following_ = false;
  bool reads_alone_ = false;  // the tail ended
};

}  // namespace koine::http
