// Output: what goes to the peer: frames are encoded into one buffer and leave in one write for each turn of the loop.
//
//   send(...), frames()  --->  [ frames ........ ]  --next turn-->  stream
//
// Holds memory only while something waits to be sent. Owned by a Session, one shard.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/result.h"
#include "base/task.h"
#include "io/stream.h"
#include "protocols/amqp/broker_resources.h"
#include "protocols/amqp/codec.h"
#include "protocols/amqp/heartbeat.h"
#include "runtime/gate.h"
#include "runtime/signal.h"

namespace koine::amqp {

// Deliveries stop when so much waits for the socket: two or three times what a socket's own buffer takes.
inline constexpr std::size_t output_bytes_max = 128 * KiB;

class Output {
 public:
  class Listener {
   public:
    Listener() = default;
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;
    virtual ~Listener() = default;
    // There is room again, after somebody saw that there was none.
    virtual void on_room() = 0;
    // Nothing can be sent any more, and the stream is closed.
    virtual void on_broken() = 0;
  };

  Output(BrokerResources& resources, io::Stream& stream, Heartbeat& heartbeat, runtime::Gate& gate,
         Listener& listener)
      : resources_(resources),
        stream_(stream),
        heartbeat_(heartbeat),
        gate_(gate),
        listener_(listener),
        flushed_(resources.reactor()) {}
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  template <typename Method>
  void send(std::uint16_t channel, const Method& method) {
    encode_frame(frames(), channel, method);
  }
  // To be appended to, whole frames at a time, in this turn.
  FrameBuffer& frames() {
    if (!writing_) [[unlikely]]
      begin();
    return frames_;
  }

  bool has_room() const {
    if (frames_.size() < output_bytes_max) [[likely]]
      return true;
    was_full_ = true;
    return false;
  }

  // Returns when everything is with the stream, or the stream is closed.
  Task<void> flush();
  // What is not sent yet is dropped, and everything after it.
  void stop();

  // Why nothing can be sent any more.
  const std::optional<Error>& broken() const { return broken_; }

 private:
  void begin();
  Task<void> write();
  Task<Result<>> write_all();
  void end();

  BrokerResources& resources_;
  io::Stream& stream_;
  Heartbeat& heartbeat_;
  runtime::Gate& gate_;
  Listener& listener_;
  runtime::Signal flushed_;
  FrameBuffer frames_;
  bool writing_ = false;
  bool stopped_ = false;
  mutable bool was_full_ = false;
  std::optional<Error> broken_;
};

}  // namespace koine::amqp
