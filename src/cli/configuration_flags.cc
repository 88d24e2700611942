#include "cli/configuration_flags.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <iterator>

namespace koine::cli {

void ConfigurationFlags::add_to(CLI::App& command) {
  command.add_option("--config", file, "a TOML file of settings");
  command.add_option("--data", data_directory, "the data directory (data.directory)");
  command.add_option("--host", host, "the address of every listener that is not set");
  command.add_option("--port", port,
                     "the port of listen.any; 0: a free port for every listener that is not set");
  command.add_option("--set", settings, "a setting, NAME=VALUE; `koine config` lists them")
      ->allow_extra_args(false);
}

Result<server::Configuration> ConfigurationFlags::load() const {
  server::ConfigurationInput input;
  if (!file.empty()) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream) return fail(ErrorCode::not_found, fmt::format("--config {}: can't be read", file));
    input.file_name = file;
    input.file_text.assign(std::istreambuf_iterator<char>(stream), {});
  }
  for (char** variable = environ; *variable != nullptr; ++variable) {
    input.environment.emplace_back(*variable);
  }
  input.flags = settings;
  input.data_directory = data_directory;
  input.host = host;
  input.port = port;
  return server::Configuration::load(input);
}

}  // namespace koine::cli
