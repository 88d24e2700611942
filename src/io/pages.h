// Pages of memory that are given back to the system while their addresses stay with the allocator: what is freed piece by piece
// among what lives on is otherwise kept by it.
#pragma once

#include "base/bytes.h"

namespace koine::io {

// What lies there is lost; it reads as zeros. From a page's start, whole pages.
void give_back_pages(MutableByteView memory);

}  // namespace koine::io
