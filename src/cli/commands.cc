#include "cli/commands.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>

#include "io/real/asio_reactor.h"
#include "io/real/real_random.h"
#include "io/real/tcp_network.h"
#include "runtime/run.h"

namespace koine::cli {

namespace {

Task<Result<>> connect_and_run(io::Reactor& reactor, ClientOptions options,
                               std::function<Task<Result<>>(KafkaClient&)> task) {
  io::TcpNetwork network;
  io::RealRandom random;
  auto stream = co_await network.connect(reactor, options.server);
  if (!stream) {
    const std::string server = options.server.to_string();
    co_return fail(std::move(stream).error().while_doing("connecting to " + server));
  }
  CO_TRY(const auto client, co_await KafkaClient::open(std::move(*stream), random, options));
  const Task<Result<>> running = task(*client);
  co_return co_await running;
}

}  // namespace

void ClientFlags::add_to(CLI::App& command) {
  command.add_option("--server", server, "the server's address, HOST:PORT")->capture_default_str();
  command.add_option("--user", user, "log in as this user, with SCRAM-SHA-256");
  command.add_option("--password-file", password_file,
                     "a file whose first line is the password; -: standard input");
}

Result<std::string> read_password(const std::string& file) {
  std::string password;
  if (file == "-") {
    std::getline(std::cin, password);
  } else {
    std::ifstream stream(file);
    if (!stream) return fail(ErrorCode::not_found, fmt::format("{}: can't be read", file));
    std::getline(stream, password);
  }
  if (password.empty()) return fail(ErrorCode::invalid_argument, "the password is empty");
  return password;
}

Result<> with_client(const ClientFlags& flags, std::function<Task<Result<>>(KafkaClient&)> task) {
  ClientOptions options;
  TRY(options.server, io::Endpoint::parse(flags.server));
  options.user = flags.user;
  if (flags.user.empty() != flags.password_file.empty()) {
    return fail(ErrorCode::invalid_argument, "--user and --password-file go together");
  }
  if (!flags.user.empty()) {
    TRY(options.password, read_password(flags.password_file));
  }
  io::AsioReactor reactor;
  return runtime::run_until_done(reactor, connect_and_run(reactor, options, std::move(task)));
}

}  // namespace koine::cli
