// RealDirectoryLock: flock(2) on DIRECTORY/lock, which holds the process id of its holder. Ends with the process,
// however that ends. The file stays.
#pragma once

#include <memory>
#include <string>

#include "io/disk.h"

namespace koine::io {

class RealDirectoryLock final : public DirectoryLock {
 public:
  explicit RealDirectoryLock(int descriptor) : descriptor_(descriptor) {}
  ~RealDirectoryLock() override;

  static Result<std::unique_ptr<DirectoryLock>> take(const std::string& directory);

 private:
  int descriptor_;
};

}  // namespace koine::io
