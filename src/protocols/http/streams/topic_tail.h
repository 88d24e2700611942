// TopicTail: the end of a topic, read once for all who follow it on this shard; however many they are, a new record is read,
// decoded and put into each form once.
//
//   topic          ... r r r r r r r r r|            one TopicReader follows it
//   TopicTail                 [r r r r r|            copies of the last records, with their forms
//   followers             f1    f2     f3            numbers; who falls behind the first reads by itself (topic_cursor.h)
//
// Exists while somebody follows it; then its task ends by itself. When nothing comes for a while it keeps no records either. What
// goes wrong ends it: the followers read on by themselves and learn why. One shard; the engine outlives it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "core/engine.h"
#include "core/topic_reader.h"
#include "protocols/http/streams/record_forms.h"
#include "runtime/signal.h"

namespace koine::http {

// Of records, their forms not counted (each about the size of its record): what is written to followers in one turn or two.
inline constexpr std::size_t tail_bytes_max = 256 * KiB;
// Who has not taken a record by then is slow.
inline constexpr Duration tail_time_max = std::chrono::seconds(1);

class TopicTail {
 public:
  struct Kept {
    Kept(PartitionId its_partition, const core::Record& original);
    Kept(const Kept&) = delete;
    Kept& operator=(const Kept&) = delete;

    PartitionId partition;
    std::unique_ptr<std::byte[]> memory;
    std::size_t size = 0;
    core::Record record;  // views into the memory
    RecordForms forms;
  };

  TopicTail(core::Engine& engine, core::TopicPtr topic);
  TopicTail(const TopicTail&) = delete;
  TopicTail& operator=(const TopicTail&) = delete;

  // Follows the topic from its end on, until stop() or an error.
  static Task<void> run(std::shared_ptr<TopicTail> self);
  // Nobody follows it any more.
  void stop();

  // The end was found: records come from here on.
  bool is_ready() const { return state_ == State::following; }
  bool is_over() const { return state_ == State::over; }
  // There are more records, it is ready, or it is over.
  runtime::Signal& changed() { return changed_; }

  // Records have numbers from 0 on; these are kept.
  std::uint64_t first() const { return first_; }
  std::uint64_t end() const { return first_ + kept_.size(); }
  Kept& at(std::uint64_t number) { return kept_[number - first_]; }
  // What was read before the first.
  const core::TopicPosition& position() const { return position_; }

 private:
  enum class State : std::uint8_t { starting, following, over };
  class Keeping;

  void keep(PartitionId partition, const core::Record& record);
  void forget_first();
  void forget_all();
  void end_with(State state);

  core::Engine& engine_;
  core::TopicReader reader_;
  runtime::Signal changed_;
  runtime::Signal stopped_;
  bool is_stopped_ = false;
  State state_ = State::starting;
  core::TopicPosition position_;
  std::deque<Kept> kept_;
  std::uint64_t first_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace koine::http
