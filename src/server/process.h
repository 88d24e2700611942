// What belongs to the process as a whole: its limits and its signals.
#pragma once

#include <cstddef>
#include <cstdint>

namespace koine::server {

// Raises the limit of open files to what the process may have; returns it. Every connection and every chunk is one.
std::uint64_t raise_open_files_limit();

// glibc keeps an arena of freed memory for each thread, up to 8 for each processor; shards need one each, and the threads
// that only wait for the disk allocate nothing.
void limit_memory_arenas(std::size_t shard_count);

// The processors that this process may use, at least 1.
std::size_t usable_processors();

enum class ProcessSignal : std::uint8_t { stop, reload };

// Makes SIGTERM, SIGINT and SIGHUP wait for wait_for_signal(), and ignores SIGPIPE. Call on the first thread before others
// start, which inherit it.
void hold_signals();

// Blocks the calling thread. stop: SIGTERM or SIGINT; reload: SIGHUP.
ProcessSignal wait_for_signal();

}  // namespace koine::server
