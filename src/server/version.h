// The version of this build, as `READY`, `koine --version` and the logs say it.
#pragma once

#include <string_view>

namespace koine::server {

inline constexpr std::string_view version = KOINE_VERSION;

}  // namespace koine::server
