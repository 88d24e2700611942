#include "cli/commands.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>

#include "io/real/asio_reactor.h"
#include "io/real/real_random.h"
#include "io/real/tcp_network.h"
#include "io/tls.h"
#include "runtime/run.h"

namespace koine::cli {

namespace {

// Connected, and encrypted if there is an authority to trust.
Task<Result<std::unique_ptr<io::Stream>>> connect(io::Reactor& reactor, io::Endpoint server,
                                                  std::string tls_ca_file) {
  io::TcpNetwork network;
  auto connected = co_await network.connect(reactor, server);
  if (!connected) {
    co_return fail(std::move(connected).error().while_doing("connecting to " + server.to_string()));
  }
  auto stream = std::move(*connected);
  if (tls_ca_file.empty()) co_return stream;
  CO_TRY(auto context,
         io::TlsContext::open_client(
             {.ca_file = tls_ca_file, .certificate_file = {}, .key_file = {}, .protocols = {}}));
  auto encrypted =
      std::make_unique<io::TlsStream>(std::move(context), std::move(stream), server.host);
  CO_TRY(co_await encrypted->handshake());
  co_return encrypted;
}

Task<Result<>> connect_and_run(io::Reactor& reactor, ClientOptions options, std::string tls_ca_file,
                               std::function<Task<Result<>>(KafkaClient&)> task) {
  io::RealRandom random;
  CO_TRY(auto stream, co_await connect(reactor, options.server, std::move(tls_ca_file)));
  CO_TRY(const auto client, co_await KafkaClient::open(std::move(stream), random, options));
  const Task<Result<>> running = task(*client);
  co_return co_await running;
}

Task<Result<>> connect_and_ask(io::Reactor& reactor, ClientOptions options, std::string tls_ca_file,
                               std::function<Task<Result<>>(HttpClient&)> task) {
  CO_TRY(auto stream, co_await connect(reactor, options.server, std::move(tls_ca_file)));
  HttpClient client(std::move(stream), options);
  const Task<Result<>> running = task(client);
  co_return co_await running;
}

Result<ClientOptions> options_of(const ClientFlags& flags) {
  ClientOptions options;
  TRY(options.server, io::Endpoint::parse(flags.server));
  options.user = flags.user;
  if (flags.user.empty() != flags.password_file.empty()) {
    return fail(ErrorCode::invalid_argument, "--user and --password-file go together");
  }
  if (!flags.user.empty()) {
    TRY(options.password, read_password(flags.password_file));
  }
  return options;
}

}  // namespace

void ClientFlags::add_to(CLI::App& command) {
  command.add_option("--server", server, "the server's address, HOST:PORT")->capture_default_str();
  command.add_option("--tls-ca", tls_ca_file,
                     "use TLS, and trust the authorities in this PEM file");
  command.add_option("--user", user, "log in as this user");
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
  TRY(const ClientOptions options, options_of(flags));
  io::AsioReactor reactor;
  return runtime::run_until_done(
      reactor, connect_and_run(reactor, options, flags.tls_ca_file, std::move(task)));
}

Result<> with_http(const ClientFlags& flags, std::function<Task<Result<>>(HttpClient&)> task) {
  TRY(const ClientOptions options, options_of(flags));
  io::AsioReactor reactor;
  return runtime::run_until_done(
      reactor, connect_and_ask(reactor, options, flags.tls_ca_file, std::move(task)));
}

}  // namespace koine::cli
