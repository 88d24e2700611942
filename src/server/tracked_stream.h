// TrackedStream: what a protocol gets for a connection. Two things are added to the stream below it: the first bytes,
// which were read already to recognize the protocol, are given to the reader first; and the server knows the stream, so
// that it can close it when a protocol does not end in time.
//
// When the first bytes are gone, every call is the inner stream's. One shard.
#pragma once

#include <memory>
#include <string>
#include <unordered_set>
#include <utility>

#include "base/bytes.h"
#include "io/stream.h"

namespace koine::server {

class TrackedStream final : public io::Stream {
 public:
  // The open streams of one shard; outlives them.
  using Register = std::unordered_set<TrackedStream*>;

  TrackedStream(Register& open, std::unique_ptr<io::Stream> inner)
      : open_(open), inner_(std::move(inner)) {
    open_.insert(this);
  }
  ~TrackedStream() override { open_.erase(this); }

  // What was read too early; before what is still unread.
  void put_back(Bytes prefix) { prefix_ = std::move(prefix); }

  Task<Result<>> wait_readable() override;
  Result<io::Moved> try_read(MutableByteView into) override;
  void rest() override { inner_->rest(); }
  bool leave_unread_to_sender() override { return inner_->leave_unread_to_sender(); }
  std::size_t unread() const override { return inner_->unread(); }
  Task<Result<>> wait_writable() override { return inner_->wait_writable(); }
  Result<io::Moved> try_write(std::span<const ByteView> parts) override {
    return inner_->try_write(parts);
  }
  void shutdown_write() override { inner_->shutdown_write(); }
  void close() override;
  std::string local_address() const override { return inner_->local_address(); }
  std::string peer_address() const override { return inner_->peer_address(); }
  bool is_encrypted() const override { return inner_->is_encrypted(); }
  std::string peer_identity() const override { return inner_->peer_identity(); }

 private:
  Register& open_;
  Bytes prefix_;
  std::unique_ptr<io::Stream> inner_;
};

}  // namespace koine::server
