#include "protocols/amqp/output.h"

#include <array>
#include <utility>

#include "runtime/turn.h"

namespace koine::amqp {

void Output::begin() {
  if (frames_.capacity() == 0) resources_.buffers.lend_to(frames_);
  if (stopped_ || gate_.is_closed()) {
    // Nobody will send it.
    frames_.cut_to(0);
    return;
  }
  writing_ = true;
  gate_.spawn(write());
}

Task<void> Output::write() {
  // What others add in this turn goes out with it.
  co_await runtime::next_turn(resources_.reactor());
  const Result<> written = co_await write_all();
  if (!written) {
    broken_ = written.error();
    stopped_ = true;
    stream_.close();
    listener_.on_broken();
  }
  end();
}

Task<Result<>> Output::write_all() {
  while (!frames_.empty() && !stopped_) {
    const std::array parts{frames_.view()};
    CO_TRY(const io::Moved moved, stream_.try_write(parts));
    if (moved.bytes == 0) {
      CO_TRY(co_await stream_.wait_writable());
      continue;
    }
    frames_.consume(moved.bytes);
    resources_.statistics.bytes_sent += moved.bytes;
    heartbeat_.sent();
    if (was_full_ && frames_.size() < output_bytes_max / 2) {
      was_full_ = false;
      listener_.on_room();
    }
  }
  co_return Result<>{};
}

void Output::end() {
  writing_ = false;
  resources_.buffers.take_back(frames_);
  flushed_.notify_all();
}

Task<void> Output::flush() {
  while (writing_) co_await flushed_.wait();
}

void Output::stop() { stopped_ = true; }

}  // namespace koine::amqp
