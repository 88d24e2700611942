#include "io/pipe.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>
#include <vector>

#include "base/check.h"
#include "io/random_numbers.h"
#include "io/wait_place.h"

namespace koine::io {

namespace {

std::unexpected<Error> closed_here() { return fail(ErrorCode::closed, "the pipe was closed here"); }
std::unexpected<Error> closed_by_peer() {
  return fail(ErrorCode::closed, "the pipe was closed by the peer");
}

// One way of the pipe.
struct Way {
  std::vector<std::byte> arrived;
  std::size_t taken = 0;      // from the front of `arrived`
  std::size_t under_way = 0;  // bytes written that have not arrived
  MonotonicTime last_arrival;
  bool ended_by_writer = false;  // no more writes; the end arrives after the bytes
  bool end_arrived = false;
  WaitPlace reader;
  WaitPlace writer;

  std::size_t readable() const { return arrived.size() - taken; }
  std::size_t filled() const { return readable() + under_way; }
};

}  // namespace

struct PipeState {
  PipeState(Reactor& first, Reactor& second, PipeOptions pipe_options)
      : options(std::move(pipe_options)),
        reactors{&first, &second},
        numbers(options.cut_seed.value_or(0)) {}

  // The way on which this end writes; its other end reads there.
  Way& from(std::size_t end) { return ways[end]; }
  Way& towards(std::size_t end) { return ways[1 - end]; }

  std::size_t cut(std::size_t size) {
    return options.cut_seed && size > 1 ? numbers.between(1, size) : size;
  }

  PipeOptions options;
  std::array<Reactor*, 2> reactors;
  RandomNumbers numbers;
  std::array<Way, 2> ways;
  std::array<bool, 2> closed{};
  bool is_cut = false;
};

namespace {

using SharedState = std::shared_ptr<PipeState>;

void wake_later(const SharedState& state, std::size_t end, WaitPlace& place) {
  if (place.has_waiter()) state->reactors[end]->post([state, &place] { place.resume(); });
}

void wake_everybody(const SharedState& state) {
  for (const std::size_t end : {0U, 1U}) {
    wake_later(state, end, state->from(end).writer);
    wake_later(state, end, state->towards(end).reader);
  }
}

class PipeEnd final : public Stream {
 public:
  PipeEnd(SharedState state, std::size_t end) : state_(std::move(state)), end_(end) {}
  ~PipeEnd() override { PipeEnd::close(); }

  Task<Result<>> wait_readable() override { return wait_for_bytes(state_, end_); }
  Task<Result<>> wait_writable() override { return wait_for_room(state_, end_); }
  Result<Moved> try_read(MutableByteView into) override;
  Result<Moved> try_write(std::span<const ByteView> parts) override;
  bool leave_unread_to_sender() override { return true; }
  std::size_t unread() const override { return state_->towards(end_).readable(); }
  void shutdown_write() override;
  void close() override;
  std::string local_address() const override {
    return end_ == 0 ? state_->options.first_address : state_->options.second_address;
  }
  std::string peer_address() const override {
    return end_ == 0 ? state_->options.second_address : state_->options.first_address;
  }
  bool is_encrypted() const override { return false; }

 private:
  static Task<Result<>> wait_for_bytes(SharedState state, std::size_t end);
  static Task<Result<>> wait_for_room(SharedState state, std::size_t end);
  static bool is_broken(const PipeState& state, std::size_t end) {
    return state.closed[end] || state.is_cut;
  }
  // Now, or after the latency: `arrive` runs at the other end.
  void deliver(Callback arrive);

  SharedState state_;
  std::size_t end_;
};

Task<Result<>> PipeEnd::wait_for_bytes(SharedState state, std::size_t end) {
  Way& way = state->towards(end);
  for (;;) {
    if (state->closed[end]) co_return closed_here();
    if (way.readable() > 0 || way.end_arrived || state->is_cut) co_return Result<>{};
    co_await way.reader.wait();
  }
}

Task<Result<>> PipeEnd::wait_for_room(SharedState state, std::size_t end) {
  Way& way = state->from(end);
  for (;;) {
    if (state->closed[end]) co_return closed_here();
    if (way.filled() < state->options.buffer_bytes_max || state->closed[1 - end] || state->is_cut) {
      co_return Result<>{};
    }
    co_await way.writer.wait();
  }
}

Result<Moved> PipeEnd::try_read(MutableByteView into) {
  CHECK(!into.empty());
  Way& way = state_->towards(end_);
  if (state_->closed[end_]) return closed_here();
  if (state_->is_cut) return closed_by_peer();
  if (way.readable() == 0) return Moved{.bytes = 0, .end_of_stream = way.end_arrived};
  const std::size_t size = state_->cut(std::min(into.size(), way.readable()));
  std::memcpy(into.data(), way.arrived.data() + way.taken, size);
  way.taken += size;
  if (way.readable() == 0) {
    way.arrived.clear();
    way.taken = 0;
  }
  wake_later(state_, 1 - end_, way.writer);
  return Moved{.bytes = size};
}

Result<Moved> PipeEnd::try_write(std::span<const ByteView> parts) {
  Way& way = state_->from(end_);
  if (state_->closed[end_] || way.ended_by_writer) return closed_here();
  if (state_->closed[1 - end_] || state_->is_cut) return closed_by_peer();
  std::size_t offered = 0;
  for (const ByteView part : parts) offered += part.size();
  const std::size_t room = state_->options.buffer_bytes_max - way.filled();
  std::size_t left = state_->cut(std::min(offered, room));
  const Moved moved{.bytes = left};
  if (left == 0) return moved;

  std::vector<std::byte> bytes;
  bytes.reserve(left);
  for (const ByteView part : parts) {
    const ByteView piece = part.first(std::min(part.size(), left));
    bytes.insert(bytes.end(), piece.begin(), piece.end());
    left -= piece.size();
  }
  way.under_way += bytes.size();
  deliver([state = state_, &way, bytes = std::move(bytes)] {
    way.under_way -= bytes.size();
    way.arrived.erase(way.arrived.begin(),
                      way.arrived.begin() + static_cast<std::ptrdiff_t>(way.taken));
    way.taken = 0;
    way.arrived.insert(way.arrived.end(), bytes.begin(), bytes.end());
  });
  return moved;
}

void PipeEnd::deliver(Callback arrive) {
  const std::size_t other = 1 - end_;
  Way& way = state_->from(end_);
  if (!state_->options.latency) {
    arrive();
    wake_later(state_, other, way.reader);
    return;
  }
  Reactor& reactor = *state_->reactors[other];
  way.last_arrival = std::max(way.last_arrival, reactor.now() + state_->options.latency());
  reactor.call_at(way.last_arrival, [state = state_, &way, arrive = std::move(arrive)]() mutable {
    if (state->is_cut) return;
    arrive();
    way.reader.resume();
  });
}

void PipeEnd::shutdown_write() {
  Way& way = state_->from(end_);
  if (way.ended_by_writer || is_broken(*state_, end_)) return;
  way.ended_by_writer = true;
  deliver([state = state_, &way] { way.end_arrived = true; });
}

void PipeEnd::close() {
  if (state_->closed[end_]) return;
  shutdown_write();
  state_->closed[end_] = true;
  wake_everybody(state_);
}

}  // namespace

Pipe make_pipe(Reactor& first_reactor, Reactor& second_reactor, PipeOptions options) {
  auto state = std::make_shared<PipeState>(first_reactor, second_reactor, std::move(options));
  return Pipe{.first = std::make_unique<PipeEnd>(state, 0),
              .second = std::make_unique<PipeEnd>(state, 1),
              .link = state};
}

Pipe make_pipe(Reactor& reactor, PipeOptions options) {
  return make_pipe(reactor, reactor, std::move(options));
}

void cut_pipe(const std::weak_ptr<PipeState>& link) {
  const auto state = link.lock();
  if (!state || state->is_cut) return;
  state->is_cut = true;
  wake_everybody(state);
}

}  // namespace koine::io
