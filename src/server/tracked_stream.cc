#include "server/tracked_stream.h"

#include <algorithm>
#include <cstring>

namespace koine::server {

namespace {

Task<Result<>> at_once() { co_return Result<>{}; }

}  // namespace

Task<Result<>> TrackedStream::wait_readable() {
  return prefix_.empty() ? inner_->wait_readable() : at_once();
}

Result<io::Moved> TrackedStream::try_read(MutableByteView into) {
  if (prefix_.empty()) return inner_->try_read(into);
  const std::size_t size = std::min(into.size(), prefix_.size());
  std::memcpy(into.data(), prefix_.data(), size);
  prefix_ = size == prefix_.size() ? Bytes() : prefix_.slice(size, prefix_.size() - size);
  return io::Moved{.bytes = size};
}

void TrackedStream::close() {
  prefix_ = {};
  inner_->close();
}

}  // namespace koine::server
