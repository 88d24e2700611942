// A message that is held until it is due, and published then: what a shard's DelayedQueue stores. It is a message of that queue,
// in the slot (delay_slots.h) that its priority says; its properties say when it is due and where it goes, and its body is the
// message, as a queue would have it:
//
//   properties   u8 version 1 | i64 due_ms | virtual host, exchange: text | u32 count, routing keys beside the message's: text
//   body         the stored form of the message (message.h)
//
// Where it goes is found when it is due, by routing from the exchange: "" and a queue's name lead to that queue.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "core/queues/message.h"

namespace koine::core {

// What is said of it beside the message.
struct Delay {
  WallTimeMs due_ms = 0;
  std::string vhost;
  std::string exchange;  // from which it is routed; the message's own may be another one before it
  std::vector<std::string> more_keys;  // of CC and BCC
};

// Views into `bytes`, which outlive the call.
struct HeldMessage {
  Delay delay;
  MessageView message;
};

std::vector<std::byte> encode_delay(const Delay& delay);
// The message of the delayed queue. Its views are into what is given.
MessageView held_form(ByteView encoded_delay, ByteView stored_message, WallTimeMs due_ms,
                      WallTimeMs now_ms);
// Errors: corrupt, unsupported (a newer version).
Result<HeldMessage> read_held(const MessageView& held);

// The message when it is due: published now, so that its time to live begins now, with its x-delay marked as over.
// `properties` holds what had to be changed. Errors: corrupt.
Result<MessageView> due_form(const MessageView& message, WallTimeMs now_ms,
                             std::vector<std::byte>& properties);

}  // namespace koine::core
