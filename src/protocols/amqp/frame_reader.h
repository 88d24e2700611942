// FrameReader: from a stream to whole frames, many for each read, without copying them.
//
//   nothing to read     owns no memory
//   read()              into the shard's scratch memory, behind the part of a frame that the last read left
//   next()              views of the whole frames in it
//   keep()              before a wait: what was not taken yet moves out of the scratch memory, which others need
//   a large frame       is read into memory of its own, which grows with what arrived (not with what was said)
//
// Owned by a Session, one shard.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/task.h"
#include "base/units.h"
#include "io/stream.h"
#include "protocols/amqp/broker_resources.h"
#include "protocols/amqp/frame.h"
#include "protocols/amqp/heartbeat.h"
#include "protocols/amqp/inbound_memory.h"

namespace koine::amqp {

class FrameReader {
 public:
  FrameReader(BrokerResources& resources, io::Stream& stream, Heartbeat& heartbeat,
              InboundMemory& memory)
      : resources_(resources), stream_(stream), heartbeat_(heartbeat), memory_(memory) {}
  FrameReader(const FrameReader&) = delete;
  FrameReader& operator=(const FrameReader&) = delete;
  ~FrameReader() { drop(); }

  // Waits until something arrives. False: the peer has nothing more to say. Errors: closed (also: ended inside a frame), io_error.
  Task<Result<bool>> read();
  // The same for what has arrived already. False: nothing, or is_in_large_frame().
  Result<bool> read_at_once();
  // Of the frame that is being received so much is there that read() completes it where it is.
  bool is_in_large_frame() const { return arrived_.size() > small_part_max; }

  // The bytes that have arrived and were not taken; until read() or keep().
  ByteView arrived() const { return arrived_; }
  // At most arrived().size().
  void skip(std::size_t size) { arrived_ = arrived_.subspan(size); }
  // The next whole frame of what has arrived; none: read(). Its view ends with keep() and read(). Refusals: frame.h.
  Outcome<std::optional<Frame>> next() {
    auto frame = cut_frame(arrived_, frame_max_);
    if (frame && *frame) skip((*frame)->whole_size());
    return frame;
  }
  // For the frames from now on.
  void set_frame_max(std::uint32_t frame_max) { frame_max_ = frame_max; }

  void keep();

 private:
  // A part of a frame up to this size is copied to the front of the scratch memory by the next read.
  static constexpr std::size_t small_part_max = 4 * KiB;

  Task<Result<bool>> read_into_scratch();
  // Reads once, behind the part of a frame that is kept.
  Result<io::Moved> try_into_scratch();
  Task<Result<bool>> read_large();
  // Reads once without waiting.
  Result<io::Moved> read_some(MutableByteView into);
  // What a frame of which a part is kept needs in all; at least one byte more than that part.
  std::size_t wanted_size() const;
  void drop();

  BrokerResources& resources_;
  io::Stream& stream_;
  Heartbeat& heartbeat_;
  InboundMemory& memory_;
  std::uint32_t frame_max_ = frame_max_unauthenticated;
  ByteView arrived_;             // in the scratch memory or in kept_
  std::vector<std::byte> kept_;  // owns what is unread across waits
  std::size_t accounted_ = 0;    // of kept_, in memory_
};

}  // namespace koine::amqp
