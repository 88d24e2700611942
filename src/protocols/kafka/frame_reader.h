// FrameReader: from a stream to whole frames, with memory in proportion to what arrived.
//
//   nothing to read     owns no memory
//   first read          into the shard's scratch memory; whole frames are copied out of it in one piece
//   a larger frame      is read into memory of its own, which grows with what arrived (not with what was said), to at
//                       most 4 times that. When no request memory is left it waits; one frame at a time is then read
//                       beyond the budget
//
// Owned by a Session, one shard.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "base/task.h"
#include "io/stream.h"
#include "protocols/kafka/broker_resources.h"
#include "protocols/kafka/watchdog.h"
#include "runtime/semaphore.h"
#include "runtime/shard.h"

namespace koine::kafka {

class FrameReader {
 public:
  FrameReader(BrokerResources& resources, io::Stream& stream, Watchdog& watchdog)
      : resources_(resources), stream_(stream), watchdog_(watchdog) {}

  // The next frame without its prefix; none: the peer has nothing more to say. Its memory is accounted for until the
  // next call. Errors: corrupt, too_large (frame.h); closed (also: ended inside a frame), io_error.
  Task<Result<std::optional<Bytes>>> next(std::size_t size_max);

 private:
  // A frame of which a part, at least the prefix, is in rest_.
  Task<Result<std::optional<Bytes>>> read_large(std::size_t size);
  // Appends to rest_ what is there. False: the end.
  Task<Result<bool>> read_some();
  // Waits, then reads; 0: the end.
  Task<Result<std::size_t>> read_into(MutableByteView into);
  Task<runtime::Units> take_memory(std::size_t bytes);
  // Waits until a frame that is being read may have so much memory.
  Task<void> account_for(std::size_t capacity);
  void give_back_memory();

  BrokerResources& resources_;
  io::Stream& stream_;
  Watchdog& watchdog_;
  Bytes rest_;  // arrived and not handed out
  // Of rest_ and of the frame handed out last.
  runtime::Units units_;
  runtime::Units beyond_;
};

}  // namespace koine::kafka
