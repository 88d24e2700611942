// `koine config`: the effective settings, each with where it came from; or the table of all of them.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "cli/commands.h"
#include "cli/configuration_flags.h"

namespace koine::cli {

namespace {

Result<> print_configuration(const ConfigurationFlags& flags) {
  TRY(const server::Configuration configuration, flags.load());
  for (const std::string& notice : configuration.notices) fmt::print(stderr, "koine: {}\n", notice);
  fmt::print("{}", configuration.to_toml());
  return {};
}

}  // namespace

void add_config(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("config", "Print the effective settings and their source");
  auto flags = std::make_shared<ConfigurationFlags>();
  auto as_markdown = std::make_shared<bool>(false);
  flags->add_to(*command);
  command->add_flag("--markdown", *as_markdown, "print a table of all settings instead");
  command->callback([&invocation, flags, as_markdown] {
    invocation.action = [flags, as_markdown]() -> Result<> {
      if (!*as_markdown) return print_configuration(*flags);
      fmt::print("{}", server::settings_as_markdown());
      return {};
    };
  });
}

}  // namespace koine::cli
