// RealFile: an open file of a RealDisk. Private to io/real; others see File.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "io/disk.h"
#include "io/real/work_queue.h"

namespace koine::io {

// Closes it when the last user, a shard or a thread at work, is done.
struct OpenDescriptor {
  OpenDescriptor(int descriptor, std::string its_path)
      : number(descriptor), path(std::move(its_path)) {}
  OpenDescriptor(const OpenDescriptor&) = delete;
  OpenDescriptor& operator=(const OpenDescriptor&) = delete;
  ~OpenDescriptor();

  int number;
  std::string path;
};

// Blocks; for a thread. With O_DIRECT where the file system can, if `caching` says so.
Result<std::shared_ptr<OpenDescriptor>> open_file(const std::string& path, OpenMode mode,
                                                  Caching caching);

class RealFile final : public File {
 public:
  RealFile(std::shared_ptr<OpenDescriptor> descriptor, Reactor& reactor, WorkQueue& writer,
           WorkQueue& readers)
      : descriptor_(std::move(descriptor)), reactor_(reactor), writer_(writer), readers_(readers) {}

  Task<Result<std::size_t>> read(std::uint64_t offset, MutableByteView into) override;
  Task<Result<>> write(std::uint64_t offset, std::vector<ByteView> parts) override;
  Task<Result<>> sync() override;
  Task<Result<>> write_and_sync(std::uint64_t offset, std::vector<ByteView> parts) override;
  Task<Result<>> truncate(std::uint64_t size) override;
  Task<Result<std::uint64_t>> size() override;

 private:
  std::shared_ptr<OpenDescriptor> descriptor_;
  Reactor& reactor_;
  WorkQueue& writer_;
  WorkQueue& readers_;
};

}  // namespace koine::io
