#include "io/real/real_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "io/real/system_error.h"

namespace koine::io {

namespace {

// Vectors given to the kernel in one call; IOV_MAX is 1024.
constexpr std::size_t vectors_per_call_max = 256;
constexpr mode_t new_file_mode = 0640;

int flags_of(OpenMode mode) {
  switch (mode) {
    case OpenMode::read: return O_RDONLY | O_CLOEXEC;
    case OpenMode::read_write: return O_RDWR | O_CLOEXEC;
    case OpenMode::create: return O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC;
  }
  return O_RDONLY | O_CLOEXEC;
}

int open_retrying(const std::string& path, int flags) {
  for (;;) {
    const int descriptor = ::open(path.c_str(), flags, new_file_mode);
    if (descriptor >= 0 || errno != EINTR) return descriptor;
  }
}

Result<std::size_t> read_fully(const OpenDescriptor& file, std::uint64_t offset,
                               MutableByteView into) {
  std::size_t done = 0;
  while (done < into.size()) {
    const ssize_t count = ::pread(file.number, into.data() + done, into.size() - done,
                                  static_cast<off_t>(offset + done));
    if (count == 0) break;
    if (count > 0) {
      done += static_cast<std::size_t>(count);
    } else if (errno != EINTR) {
      return system_failure("reading " + file.path, errno);
    }
  }
  return done;
}

// Removes `written` bytes from the front.
void drop_front(std::span<ByteView>& parts, std::size_t written) {
  while (!parts.empty() && written >= parts.front().size()) {
    written -= parts.front().size();
    parts = parts.subspan(1);
  }
  if (!parts.empty()) parts.front() = parts.front().subspan(written);
}

Result<> write_fully(const OpenDescriptor& file, std::uint64_t offset, std::span<ByteView> parts) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): filled as needed.
  std::array<iovec, vectors_per_call_max> vectors;
  drop_front(parts, 0);
  while (!parts.empty()) {
    const std::size_t count = std::min(parts.size(), vectors.size());
    for (std::size_t i = 0; i < count; ++i) {
      // pwritev only reads.
      vectors[i] = {const_cast<std::byte*>(parts[i].data()), parts[i].size()};
    }
    const ssize_t written =
        ::pwritev(file.number, vectors.data(), static_cast<int>(count), static_cast<off_t>(offset));
    if (written < 0) {
      if (errno == EINTR) continue;
      return system_failure("writing " + file.path, errno);
    }
    offset += static_cast<std::uint64_t>(written);
    drop_front(parts, static_cast<std::size_t>(written));
  }
  return {};
}

// Never tried again: after an error the kernel has dropped the dirty pages.
Result<> sync_data(const OpenDescriptor& file) {
  if (::fdatasync(file.number) != 0) return system_failure("syncing " + file.path, errno);
  return {};
}

}  // namespace

OpenDescriptor::~OpenDescriptor() { ::close(number); }

Result<std::shared_ptr<OpenDescriptor>> open_file(const std::string& path, OpenMode mode,
                                                  Caching caching) {
  int descriptor = -1;
  if (caching == Caching::direct) {
    descriptor = open_retrying(path, flags_of(mode) | O_DIRECT);
    // open(2): the file system may refuse after it has created the file.
    if (descriptor < 0 && errno == EINVAL)
      descriptor = open_retrying(path, flags_of(mode) & ~O_EXCL);
  } else {
    descriptor = open_retrying(path, flags_of(mode));
  }
  if (descriptor < 0) return system_failure("opening " + path, errno);
  return std::make_shared<OpenDescriptor>(descriptor, path);
}

Task<Result<std::size_t>> RealFile::read(std::uint64_t offset, MutableByteView into) {
  return run_on<Result<std::size_t>>(readers_, reactor_, [file = descriptor_, offset, into] {
    return read_fully(*file, offset, into);
  });
}

Task<Result<>> RealFile::write(std::uint64_t offset, std::vector<ByteView> parts) {
  return run_on<Result<>>(writer_, reactor_,
                          [file = descriptor_, offset, parts = std::move(parts)]() mutable {
                            return write_fully(*file, offset, parts);
                          });
}

Task<Result<>> RealFile::sync() {
  return run_on<Result<>>(writer_, reactor_, [file = descriptor_] { return sync_data(*file); });
}

Task<Result<>> RealFile::write_and_sync(std::uint64_t offset, std::vector<ByteView> parts) {
  return run_on<Result<>>(
      writer_, reactor_,
      [file = descriptor_, offset, parts = std::move(parts)]() mutable -> Result<> {
        TRY(write_fully(*file, offset, parts));
        return sync_data(*file);
      });
}

Task<Result<>> RealFile::truncate(std::uint64_t size) {
  return run_on<Result<>>(writer_, reactor_, [file = descriptor_, size]() -> Result<> {
    if (::ftruncate(file->number, static_cast<off_t>(size)) != 0) {
      return system_failure("truncating " + file->path, errno);
    }
    return {};
  });
}

Task<Result<std::uint64_t>> RealFile::size() {
  return run_on<Result<std::uint64_t>>(readers_, reactor_,
                                       [file = descriptor_]() -> Result<std::uint64_t> {
                                         struct stat status{};
                                         if (::fstat(file->number, &status) != 0)
                                           return system_failure("measuring " + file->path, errno);
                                         return static_cast<std::uint64_t>(status.st_size);
                                       });
}

}  // namespace koine::io
