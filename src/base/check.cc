#include "base/check.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace koine {

void check_failed(const char* file, int line, const char* condition) {
  std::fprintf(stderr, "koine: %s:%d: check failed: %s\n", file, line, condition);
  std::abort();
}

void fatal(std::string_view sentence) {
  std::fprintf(stderr, "koine: fatal: %.*s\n", static_cast<int>(sentence.size()), sentence.data());
  std::fflush(stderr);
  _exit(70);
}

}  // namespace koine
