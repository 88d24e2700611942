// Body: what a response carries: nothing, text, shared bytes, a BodySource (made while it is sent) or a Tunnel (the connection
// itself). And BodyBuffer, what a source fills.
//
//   demand        the session calls fill() only when the connection has taken what came before
//   fill()        waits until there is something, holding nothing, and appends until is_full()
//   Stop          ends the wait: the connection closed, or the server drains
//
//   BodyBuffer    [ text ][ slice of a block ][ text ] ...      slices are shared and never copied
//
// The same over HTTP/1.1 (chunked) and HTTP/2. A reader that does not read stops fill() from being called: what it pins is one
// buffer, at most bytes_max and what the last append added.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/task.h"
#include "base/units.h"
#include "io/stream.h"
#include "protocols/http/stop.h"

namespace koine::http {

class BodyBuffer {
 public:
  static constexpr std::size_t bytes_min = 16 * KiB;
  // Of text, for a reader that takes all at once. Each write wakes it, so a part is large: eight of loopback's largest packets.
  static constexpr std::size_t memory_max = 512 * KiB;
  // What the last append adds mostly fits into the same memory.
  static constexpr std::size_t bytes_max = memory_max - 4 * KiB;

  BodyBuffer() = default;
  BodyBuffer(const BodyBuffer&) = delete;
  BodyBuffer& operator=(const BodyBuffer&) = delete;

  void append(std::string_view text);
  // `write(std::string&)` appends text to what it is given.
  template <typename Write>
  void append_with(Write write) {
    const std::size_t before = text_.size();
    write(text_);
    add_text(text_.size() - before);
  }
  // Shared, unless it is so small that a copy is cheaper.
  void append(const Bytes& slice);

  // Enough for now: return from fill().
  bool is_full() const { return size_ >= enough_; }
  std::size_t room() const { return is_full() ? 0 : enough_ - size_; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // For sessions: what was appended, in order; views until the next change.
  void view(std::vector<ByteView>& parts) const;
  void consume(std::size_t bytes);
  void clear();
  // After a write: larger parts for a peer that takes all at once, small ones for one that is slow.
  void adapt(bool was_slow);
  // Before a wait that may be long: holds no memory; it is empty.
  void shrink();

 private:
  void add_text(std::size_t size);

  struct Piece {
    Bytes slice;  // empty: a part of text_
    std::size_t size = 0;
  };
  std::size_t enough_ = bytes_min;
  std::string text_;
  std::vector<Piece> pieces_;
  std::size_t first_piece_ = 0;  // the ones before were consumed
  std::size_t in_piece_ = 0;     // consumed of the first
  std::size_t in_text_ = 0;      // where the first piece's text begins, its consumed part included
  std::size_t size_ = 0;         // not consumed
};

class BodySource {
 public:
  enum class More : std::uint8_t { yes, no };

  BodySource() = default;
  BodySource(const BodySource&) = delete;
  BodySource& operator=(const BodySource&) = delete;
  virtual ~BodySource() = default;

  // Appends the next part: at least a byte, unless it answers More::no or `stop` is set. A wait for data also waits for
  // stop.changed() (runtime/wait_any.h), and has a deadline where a heartbeat is due. More::no: the body is complete. An error
  // cuts the body off where it is, so that the client can tell. One call at a time; `out` and `stop` outlive it.
  virtual Task<Result<More>> fill(BodyBuffer& out, Stop& stop) = 0;

  // The reader is slow, fill() not called for a while: give up what can be got again.
  virtual void pause() {}

  // The whole size, when it is known: sent as Content-Length, and then exactly so much must come.
  virtual std::int64_t size() const { return -1; }
  // Goes on until either side ends it: the last that its connection of HTTP/1.1 sends.
  virtual bool is_endless() const { return false; }
  // Worth compressing. Never of event streams: they would arrive late.
  virtual bool is_compressible() const { return false; }
};

// Takes over the connection after 101 (HTTP/1.1), or one stream of it after 200 (extended CONNECT of HTTP/2, RFC 8441).
class Tunnel {
 public:
  Tunnel() = default;
  Tunnel(const Tunnel&) = delete;
  Tunnel& operator=(const Tunnel&) = delete;
  virtual ~Tunnel() = default;

  // Reads and writes until the end; the connection is closed when it returns. `stop` is set when the server drains: say goodbye
  // and return soon. What it needs of the handler's Scope it has copied: only resources outlive the handler.
  virtual Task<void> run(std::unique_ptr<io::Stream> stream, Stop& stop) = 0;
};

using Body = std::variant<std::monostate, std::string, Bytes, std::unique_ptr<BodySource>,
                          std::unique_ptr<Tunnel>>;

}  // namespace koine::http
