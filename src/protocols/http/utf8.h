// Whether text is UTF-8 (RFC 3629 4), for what is asked of each record and message: vectorized, as base/text.h's is not.
#pragma once

#include <string_view>

namespace koine::http {

bool is_utf8(std::string_view text);

}  // namespace koine::http
