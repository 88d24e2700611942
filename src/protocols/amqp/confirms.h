// Confirms: the messages of a channel in confirm mode whose fate its publisher does not know yet. Their numbers ascend
// from 1.
//
//   number   7    8    9    10   11
//   waits    0    0    1    0    1       commits: 7 and 8 are confirmed with one basic.ack (multiple), 10 with one of its own
//
// One shard.
#pragma once

#include <cstdint>
#include <vector>

#include "protocols/amqp/output.h"
#include "protocols/amqp/sliding_vector.h"
#include "protocols/amqp/statistics.h"

namespace koine::amqp {

class Confirms {
 public:
  // The number of the next message, which waits for so many commits.
  std::uint64_t add(std::size_t commits) {
    messages_.push_back({.waits = static_cast<std::uint16_t>(commits)});
    if (commits == 0) note(next_, 1);
    return next_++;
  }
  // One of the commits of each of these has ended.
  void complete(std::uint64_t first, std::uint64_t count);
  // The message will be confirmed negatively, when it is complete.
  void refuse(std::uint64_t number) { messages_[number - first_].is_refused = true; }

  // Tells the publisher what has come to its end since the last time.
  void send(Output& output, std::uint16_t channel, Statistics& statistics);

  std::size_t waiting() const { return messages_.size(); }

 private:
  struct Message {
    std::uint16_t waits = 0;
    bool is_refused = false;
    bool is_sent = false;
  };
  struct Range {
    std::uint64_t first = 0;
    std::uint64_t count = 0;
  };
  void note(std::uint64_t first, std::uint64_t count) {
    if (!completed_.empty() && completed_.back().first + completed_.back().count == first) {
      completed_.back().count += count;
    } else {
      completed_.push_back({first, count});
    }
  }
  void send_front(Output& output, std::uint16_t channel, Statistics& statistics);

  SlidingVector<Message> messages_;  // from first_ on
  std::vector<Range> completed_;     // since the last send()
  std::uint64_t first_ = 1;
  std::uint64_t next_ = 1;
};

}  // namespace koine::amqp
