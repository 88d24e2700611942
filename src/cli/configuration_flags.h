// The flags that choose settings, shared by `koine serve` and `koine config`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "server/configuration.h"

namespace CLI {
class App;
}  // namespace CLI

namespace koine::cli {

struct ConfigurationFlags {
  std::string file;
  std::optional<std::string> data_directory;
  std::optional<std::string> host;
  std::optional<std::uint16_t> port;
  std::vector<std::string> settings;

  void add_to(CLI::App& command);
  // With the file and the environment. Errors: not_found, invalid_argument.
  Result<server::Configuration> load() const;
};

}  // namespace koine::cli
