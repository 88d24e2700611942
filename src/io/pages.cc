#include "io/pages.h"

#include <sys/mman.h>

namespace koine::io {

void give_back_pages(MutableByteView memory) {
  // An error leaves the pages as they are, which is no more than a waste.
  (void)madvise(memory.data(), memory.size(), MADV_DONTNEED);
}

}  // namespace koine::io
