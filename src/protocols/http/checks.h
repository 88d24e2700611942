// Whether the server is well, in checks that `/readyz` and `/v1/status` show.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/task.h"
#include "protocols/http/scope.h"

namespace koine::http {

struct Check {
  std::string_view name;
  std::string reason;  // a sentence; empty: it is good
};

// Of each shard the chunk that is made ahead of need.
std::uint64_t disk_bytes_needed(core::Engine& engine);

// serving   it stops
// disk      there is no room for the next chunks: appends fail or will
Task<std::vector<Check>> check_server(Scope& scope);

}  // namespace koine::http
