// `koine serve`: the server, from its settings to its end.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <memory>

#include "cli/commands.h"
#include "cli/configuration_flags.h"
#include "server/factories.h"
#include "server/log.h"
#include "server/process.h"
#include "server/server.h"

namespace koine::cli {

namespace {

WallTimeMs wall_clock_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

void print_ready(const std::string& line) {
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

void serve_until_stopped(server::Server& server, Logger& log) {
  while (server::wait_for_signal() == server::ProcessSignal::reload) {
    const Result<> reloaded = server.reload_tls();
    if (reloaded) {
      log.info("server", "TLS files were read again");
    } else {
      log.error("server", "TLS files were not read again; the old ones are in use",
                {{"reason", reloaded.error().to_string()}});
    }
  }
}

Result<> serve(const ConfigurationFlags& flags) {
  TRY(const server::Configuration configuration, flags.load());
  const server::Settings& settings = configuration.settings;
  server::LineLogger log(settings.log_level, settings.log_format, server::write_to_standard_error,
                         wall_clock_ms);
  for (const std::string& notice : configuration.notices) log.warning("server", notice);

  // Before the first thread: threads inherit it.
  server::hold_signals();
  server::Server server(settings, log, server::real_factories());
  Result<> outcome = server.start();
  if (outcome) {
    print_ready(server.ready_line());
    serve_until_stopped(server, log);
  }
  server.stop();
  return outcome;
}

}  // namespace

void add_serve(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("serve", "Run the server");
  auto flags = std::make_shared<ConfigurationFlags>();
  flags->add_to(*command);
  command->callback(
      [&invocation, flags] { invocation.action = [flags] { return serve(*flags); }; });
}

}  // namespace koine::cli
