// PrefixedStream: a Stream some of whose first bytes were already read, by the detection of the protocol; readers
// get them again. Owns the stream.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "io/stream.h"

namespace koine::io {

class PrefixedStream final : public Stream {
 public:
  PrefixedStream(std::vector<std::byte> prefix, std::unique_ptr<Stream> stream)
      : prefix_(std::move(prefix)), stream_(std::move(stream)) {}

  Task<Result<>> wait_readable() override;
  Result<Moved> try_read(MutableByteView into) override;
  void rest() override { stream_->rest(); }
  bool leave_unread_to_sender() override { return stream_->leave_unread_to_sender(); }
  std::size_t unread() const override { return prefix_.size() - taken_ + stream_->unread(); }
  Task<Result<>> wait_writable() override { return stream_->wait_writable(); }
  Result<Moved> try_write(std::span<const ByteView> parts) override {
    return stream_->try_write(parts);
  }
  void shutdown_write() override { stream_->shutdown_write(); }
  void close() override;
  std::string local_address() const override { return stream_->local_address(); }
  std::string peer_address() const override { return stream_->peer_address(); }
  bool is_encrypted() const override { return stream_->is_encrypted(); }
  std::string peer_identity() const override { return stream_->peer_identity(); }

 private:
  void drop_prefix();

  std::vector<std::byte> prefix_;  // freed when it has been read
  std::size_t taken_ = 0;
  std::unique_ptr<Stream> stream_;
};

}  // namespace koine::io
