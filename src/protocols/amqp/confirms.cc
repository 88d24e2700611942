#include "protocols/amqp/confirms.h"

#include <algorithm>

#include "protocols/amqp/messages/basic.h"

namespace koine::amqp {

void Confirms::complete(std::uint64_t first, std::uint64_t count) {
  for (std::uint64_t number = first; number < first + count; ++number) {
    --messages_[number - first_].waits;
  }
  note(first, count);
}

// All up to the first one that waits: as few methods as possible.
void Confirms::send_front(Output& output, std::uint16_t channel, Statistics& statistics) {
  std::uint64_t acked = 0;  // that basic.ack is still due for
  const auto send_ack = [&](std::uint64_t last) {
    if (acked == 0) return;
    output.send(channel, BasicAck{.delivery_tag = last, .multiple = acked > 1});
    statistics.messages_confirmed += acked;
    acked = 0;
  };
  std::uint64_t last_acked = 0;
  while (!messages_.empty() && messages_.front().waits == 0) {
    const Message message = messages_.front();
    const std::uint64_t number = first_;
    messages_.pop_front();
    ++first_;
    if (message.is_sent) continue;
    if (!message.is_refused) {
      ++acked;
      last_acked = number;
      continue;
    }
    send_ack(last_acked);
    output.send(channel, BasicNack{.delivery_tag = number});
    ++statistics.messages_refused;
  }
  send_ack(last_acked);
}

void Confirms::send(Output& output, std::uint16_t channel, Statistics& statistics) {
  if (completed_.empty()) return;
  send_front(output, channel, statistics);
  for (const Range& range : completed_) {
    for (std::uint64_t number = std::max(range.first, first_); number < range.first + range.count;
         ++number) {
      Message& message = messages_[number - first_];
      if (message.waits > 0 || message.is_sent) continue;
      message.is_sent = true;
      if (message.is_refused) {
        output.send(channel, BasicNack{.delivery_tag = number});
        ++statistics.messages_refused;
      } else {
        output.send(channel, BasicAck{.delivery_tag = number});
        ++statistics.messages_confirmed;
      }
    }
  }
  completed_.clear();
}

}  // namespace koine::amqp
