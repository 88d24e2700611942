#include "protocols/http/checks.h"

#include <fmt/format.h>

namespace koine::http {

std::uint64_t disk_bytes_needed(core::Engine& engine) {
  return engine.options().journal.chunk_bytes * engine.all().size();
}

Task<std::vector<Check>> check_server(Scope& scope) {
  Check serving{.name = "serving"};
  if (scope.resources.is_draining) serving.reason = "the server stops";
  Check disk{.name = "disk"};
  const auto space = co_await scope.engine().disk_space();
  const std::uint64_t needed = disk_bytes_needed(scope.engine());
  if (!space) {
    disk.reason = space.error().to_string();
  } else if (space->free_bytes < needed) {
    disk.reason = fmt::format("{} bytes are left of {}; expected at least {}", space->free_bytes,
                              space->total_bytes, needed);
  }
  std::vector<Check> checks;
  checks.push_back(std::move(serving));
  checks.push_back(std::move(disk));
  co_return checks;
}

}  // namespace koine::http
