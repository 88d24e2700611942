// ResponseWriter: sends responses, their record data straight from the journal's blocks.
//
// It takes block slices for one write at a time and drops them before it waits, so that a peer which does not read pins
// nothing but the kernel's buffers. Slices are taken on the shard that owns the entry. Owned by a Session, one shard;
// one response at a time.
#pragma once

#include <cstddef>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/task.h"
#include "io/stream.h"
#include "protocols/kafka/broker_resources.h"
#include "protocols/kafka/response.h"
#include "protocols/kafka/watchdog.h"

namespace koine::kafka {

// What one write takes: as many parts as a stream moves in one call, and enough bytes to fill a socket's buffer.
inline constexpr std::size_t parts_per_write_max = 64;
inline constexpr std::size_t bytes_per_write_max = 512 * KiB;

class ResponseWriter {
 public:
  ResponseWriter(BrokerResources& resources, io::Stream& stream, Watchdog& watchdog)
      : resources_(resources), stream_(stream), watchdog_(watchdog) {}

  // Returns when the stream has taken all of it. Errors: closed, io_error (the stream's, or the journal's: then a part
  // of the response may be out, and the connection can't be used any more), corrupt.
  Task<Result<>> send(Response response);

 private:
  // How far a response was sent.
  struct Cursor {
    std::size_t in_bytes = 0;
    std::size_t hole = 0;
    std::size_t in_hole = 0;
    std::size_t record = 0;
    std::uint32_t in_record = 0;
  };
  // The next part of a response: bytes at hand, or bodies in the journal.
  struct Segment {
    std::size_t size = 0;
    bool is_records = false;
  };
  struct Gathered {
    std::vector<ByteView> parts;
    std::vector<Bytes> slices;  // which the parts point into
    std::size_t size = 0;
    bool is_full() const {
      return parts.size() >= parts_per_write_max || size >= bytes_per_write_max;
    }
  };

  static Segment segment_at(const Response& response, const Cursor& cursor);
  static void advance(const Response& response, Cursor& cursor, std::size_t bytes);
  static void advance_records(const Response& response, Cursor& cursor, std::size_t bytes);
  static bool is_at_end(const Response& response, const Cursor& cursor);

  // At least one part. Waits only when the journal has to read from disk or on another shard.
  Task<Result<Gathered>> gather(const Response& response, Cursor cursor);
  Result<bool> add_cached(const Response& response, Cursor& cursor, Gathered& gathered) const;
  Task<Result<>> add_loaded(const Response& response, Cursor cursor, Gathered& gathered);

  BrokerResources& resources_;
  io::Stream& stream_;
  Watchdog& watchdog_;
};

}  // namespace koine::kafka
