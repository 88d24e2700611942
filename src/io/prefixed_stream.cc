#include "io/prefixed_stream.h"

#include <algorithm>
#include <cstring>

namespace koine::io {

namespace {

Task<Result<>> ready_now() { co_return Result<>{}; }

}  // namespace

Task<Result<>> PrefixedStream::wait_readable() {
  if (!prefix_.empty()) return ready_now();
  return stream_->wait_readable();
}

Result<Moved> PrefixedStream::try_read(MutableByteView into) {
  if (prefix_.empty()) return stream_->try_read(into);
  const std::size_t size = std::min(into.size(), prefix_.size() - taken_);
  std::memcpy(into.data(), prefix_.data() + taken_, size);
  taken_ += size;
  if (taken_ == prefix_.size()) drop_prefix();
  return Moved{.bytes = size};
}

void PrefixedStream::close() {
  drop_prefix();
  stream_->close();
}

void PrefixedStream::drop_prefix() {
  std::vector<std::byte>().swap(prefix_);
  taken_ = 0;
}

}  // namespace koine::io
