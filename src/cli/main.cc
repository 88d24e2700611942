// koine: the program. One subcommand is chosen, and done.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "cli/commands.h"
#include "server/version.h"

int main(int argc, char** argv) {
  CLI::App app("Koine: one server for every conversation in a distributed system");
  app.set_version_flag("--version", fmt::format("koine {}", koine::server::version));
  app.require_subcommand(1);

  koine::cli::Invocation invocation;
  add_serve(app, invocation);
  add_config(app, invocation);
  add_user(app, invocation);
  add_topic(app, invocation);
  add_group(app, invocation);
  add_produce(app, invocation);
  add_consume(app, invocation);
  add_queue(app, invocation);
  add_exchange(app, invocation);
  add_bind(app, invocation);
  add_route(app, invocation);
  add_journal(app, invocation);
  CLI11_PARSE(app, argc, argv);

  const koine::Result<> done = invocation.action();
  if (done) return 0;
  fmt::print(stderr, "koine: {}\n",
             done.error().message().empty() ? done.error().to_string() : done.error().message());
  return 1;
}
