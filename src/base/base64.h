// Base64 (RFC 4648 4), with padding. Bodies of records go through this: 16 characters at a time where the processor can.
#pragma once

#include <string>

#include "base/bytes.h"

namespace koine {

void append_base64(std::string& to, ByteView bytes);

}  // namespace koine
