// Pipe: two Streams joined in memory, for tests, fuzzers and simulated networks. What one end writes the other
// reads; each way has a buffer with a limit. With a seed, reads and writes move random smaller pieces, which
// finds code that expects whole messages. With a latency, bytes arrive later, in order.
//
// One thread. The two ends may belong to two reactors of that thread (io/sim).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/units.h"
#include "io/reactor.h"
#include "io/stream.h"

namespace koine::io {

struct PipeOptions {
  std::size_t buffer_bytes_max = 64 * KiB;      // each way
  std::optional<std::uint64_t> cut_seed;        // none: as much as fits at once
  std::move_only_function<Duration()> latency;  // of each write; none: bytes arrive at once
  std::string first_address = "pipe:first";
  std::string second_address = "pipe:second";
};

struct PipeState;

struct Pipe {
  std::unique_ptr<Stream> first;
  std::unique_ptr<Stream> second;
  // Breaks the connection as a lost link does; see cut_pipe.
  std::weak_ptr<PipeState> link;
};

Pipe make_pipe(Reactor& reactor, PipeOptions options = {});
Pipe make_pipe(Reactor& first_reactor, Reactor& second_reactor, PipeOptions options);

// Bytes under way are lost; reads, writes and waits of both ends end with ErrorCode::closed.
void cut_pipe(const std::weak_ptr<PipeState>& link);

}  // namespace koine::io
