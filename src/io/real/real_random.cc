#include "io/real/real_random.h"

#include <sys/random.h>

#include <cerrno>

#include "base/check.h"

namespace koine::io {

void RealRandom::fill(MutableByteView into) {
  while (!into.empty()) {
    const ssize_t count = ::getrandom(into.data(), into.size(), 0);
    if (count >= 0) {
      into = into.subspan(static_cast<std::size_t>(count));
    } else if (errno != EINTR) {
      fatal("the kernel gives no random numbers");
    }
  }
}

}  // namespace koine::io
