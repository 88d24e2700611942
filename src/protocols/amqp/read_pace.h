// ReadPace: when the socket of somebody who publishes without a pause is read again. A read for each packet, with its commit,
// costs what a hundred small messages do. So they are left in the socket for a moment:
//
//   packets   |  |  |  |  |  |  |  |  |  |            one every few microseconds
//   reads     ^        ^        ^        ^            one every read_interval; with confirms: when all is durable
//
// and taken whole then, a turn of many reads for one batch. Who pauses between messages is read from at once, and so is who
// sends more than is worth waiting for.
//
// While the receive buffer is full, what follows waits at the sender, whose kernel makes large packets of it; a packet for each
// message costs a sender on this machine nearly twice as much. So, with confirms, what is unread when all is durable says how the
// sender fares:
//
//   little               it waits for our confirms, or is slow           it is read at once
//   about a full buffer  it sends large packets                          it is read at once
//   between              it sends a packet for each message              it is left alone for gathering_time
//
// the last, with a buffer that is soon full (Stream::leave_unread_to_sender), and if it goes on meanwhile: its window of messages that
// may be unconfirmed is deep. That is known of who had deep_window on its way at once; once in a while somebody is given the time
// to show it.
//
// One for each Session.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/units.h"

namespace koine::amqp {

// Hundreds of messages of a fast publisher; little beside what a commit takes on many disks. In a longer one, small messages fill
// the socket's buffer: the packet of each takes far more of it than its bytes.
inline constexpr Duration read_interval = std::chrono::milliseconds(2);
// Who publishes with confirms may go on only when they come; but what else it says is heard by then.
inline constexpr Duration confirmed_read_interval = std::chrono::milliseconds(10);
// Who lets us wait longer is not in the middle of something.
inline constexpr Duration pause_min = std::chrono::milliseconds(2);
// A read of so many bytes is worth its wake-up.
inline constexpr std::size_t worthwhile_read_bytes = 32 * KiB;
// One batch: a commit of this size costs little more than what it writes, and other connections have their turn. What is left
// at the sender then keeps its packets large.
inline constexpr std::size_t turn_bytes_max = 384 * KiB;

inline constexpr std::size_t little_unread = 16 * KiB;
inline constexpr std::size_t full_unread = 128 * KiB;
// A publisher with a smaller one is slower with it: it stands still for a part of the time.
inline constexpr std::size_t deep_window = 384 * KiB;
// The sender fills the receive buffer, and as much as a turn takes besides.
inline constexpr Duration gathering_time = std::chrono::microseconds(800);
// Enough to send all of a deep window.
inline constexpr Duration probing_time = std::chrono::milliseconds(2);
inline constexpr std::uint32_t turns_per_probe = 64;

// What the session found in its socket.
struct Turn {
  std::size_t bytes = 0;
  std::size_t last_read_bytes = 0;
};

class ReadPace {
 public:
  // Of the peer, for the bytes of the turn that begins now.
  void waited(Duration duration) { pauses_ = duration > pause_min; }

  // After a turn: when the next one is due. In the past: now.
  MonotonicTime next_turn(MonotonicTime now, const Turn& turn, bool hears_confirms) const {
    if (pauses_ || turn.last_read_bytes >= worthwhile_read_bytes) return now;
    return now + (hears_confirms ? confirmed_read_interval : read_interval);
  }

  // Then, with confirms: for how long more of what a sender on this machine sends is gathered before the next turn. Call once
  // for each turn.
  Duration gathering(const Turn& turn, std::size_t unread) {
    note_on_the_way(turn.bytes + unread);
    const bool has_more = turn.last_read_bytes >= worthwhile_read_bytes;
    if (has_more || unread < little_unread || unread >= full_unread) return Duration::zero();
    if (has_deep_window_) return gathering_time;
    return turns_ == 0 ? probing_time : Duration::zero();
  }

 private:
  void note_on_the_way(std::size_t bytes) {
    showed_deep_window_ |= bytes >= deep_window;
    has_deep_window_ |= showed_deep_window_;
    if (++turns_ < turns_per_probe) return;
    turns_ = 0;
    has_deep_window_ = std::exchange(showed_deep_window_, false);
  }

  std::uint32_t turns_ = 0;  // since the last time that it was asked to show its window
  bool pauses_ = true;
  bool has_deep_window_ = false;
  bool showed_deep_window_ = false;  // in these turns
};

}  // namespace koine::amqp
