// Stream: a connection, as the protocols see it: TCP, TLS over TCP, or a pipe in memory.
//
// Waiting and moving bytes are apart (readiness, not completion), so that a connection which waits owns
// no buffer: it waits until it can move bytes and borrows memory only then. Ten thousand idle connections
// cost their sockets; a reader that never reads costs the kernel's buffers only.
//
// A Stream belongs to one shard; at most one reader and one writer wait at a time. After close() every
// wait ends with ErrorCode::closed.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "base/task.h"

namespace koine::io {

// What a try_ call moved. No bytes and no end: it would have blocked, wait first.
struct Moved {
  std::size_t bytes = 0;
  bool end_of_stream = false;  // reads only: the peer will send nothing more
};

class Stream {
 public:
  Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  virtual ~Stream() = default;

  virtual Task<Result<>> wait_readable() = 0;
  virtual Result<Moved> try_read(MutableByteView into) = 0;
  // Nothing is read for a while: what arrives meanwhile wakes nobody, until the next wait. For who lets more arrive on purpose;
  // not while somebody waits.
  virtual void rest() {}
  // From now on what we have not read waits with the sender, but for a little: a sender on this machine makes large packets of
  // it, which cost both a fraction. False: the sender is elsewhere, and is not held up. For who reads in large portions.
  virtual bool leave_unread_to_sender() { return false; }
  // How many bytes can be read without waiting, where that is known; else 0.
  virtual std::size_t unread() const { return 0; }

  virtual Task<Result<>> wait_writable() = 0;
  // Moves a prefix of the parts, taken together. Bytes that were not moved are offered again, first, by the next
  // call: TLS may have encrypted some of them already.
  virtual Result<Moved> try_write(std::span<const ByteView> parts) = 0;

  // Orderly end of our side after what try_write took (FIN; close_notify over TLS).
  virtual void shutdown_write() = 0;
  virtual void close() = 0;

  // "127.0.0.1:9092", "[::1]:9092", or a name for a pipe. The address at which the peer reached us is the
  // local one; protocols that tell clients where to connect use it.
  virtual std::string local_address() const = 0;
  virtual std::string peer_address() const = 0;
  virtual bool is_encrypted() const = 0;
  // The subject common name of a verified client certificate, or empty.
  virtual std::string peer_identity() const { return {}; }
};

// Writes all of the parts, waiting as often as needed.
Task<Result<>> write_all(Stream& stream, ByteView bytes);

}  // namespace koine::io
