#include "io/real/directory_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

#include "io/real/system_error.h"

namespace koine::io {

namespace {

constexpr mode_t lock_file_mode = 0640;

std::string holder_of(int descriptor) {
  std::array<char, 32> text{};
  const ssize_t size = ::pread(descriptor, text.data(), text.size(), 0);
  std::string_view pid(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  pid = pid.substr(0, pid.find('\n'));
  return pid.empty() ? "held by another process" : fmt::format("held by process {}", pid);
}

Result<> write_pid(int descriptor, const std::string& path) {
  const std::string pid = fmt::format("{}\n", ::getpid());
  if (::ftruncate(descriptor, 0) != 0) return system_failure("writing " + path, errno);
  if (::pwrite(descriptor, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
    return system_failure("writing " + path, errno);
  }
  return {};
}

}  // namespace

RealDirectoryLock::~RealDirectoryLock() { ::close(descriptor_); }

Result<std::unique_ptr<DirectoryLock>> RealDirectoryLock::take(const std::string& directory) {
  const std::string path = directory + "/lock";
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, lock_file_mode);
  if (descriptor < 0) return system_failure("opening " + path, errno);
  auto lock = std::make_unique<RealDirectoryLock>(descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    const int number = errno;
    if (number == EWOULDBLOCK) return fail(ErrorCode::conflict, holder_of(descriptor));
    return system_failure("locking " + path, number);
  }
  TRY(write_pid(descriptor, path));
  return lock;
}

}  // namespace koine::io
