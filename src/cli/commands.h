// The commands of `koine`: each file adds its own to the command line and sets what is to be done when it was chosen.
//
// Parsing only stores; then main() runs `action`. A command that talks to a server gets a KafkaClient or an HttpClient on an event
// loop of its own (with_client, with_http).
#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "base/task.h"
#include "cli/http_client.h"
#include "cli/kafka_client.h"

namespace CLI {
class App;
}  // namespace CLI

namespace koine::cli {

struct Invocation {
  std::function<Result<>()> action;
};

// --server, --tls-ca, --user, --password-file of one command.
struct ClientFlags {
  std::string server = "127.0.0.1:7700";
  std::string tls_ca_file;  // empty: no TLS
  std::string user;
  std::string password_file;

  void add_to(CLI::App& command);
};

// Connects, runs the task, and gives its result.
Result<> with_client(const ClientFlags& flags, std::function<Task<Result<>>(KafkaClient&)> task);
Result<> with_http(const ClientFlags& flags, std::function<Task<Result<>>(HttpClient&)> task);

// The first line of a file, "-" for standard input. Errors: not_found, invalid_argument (empty).
Result<std::string> read_password(const std::string& file);

void add_serve(CLI::App& app, Invocation& invocation);
void add_config(CLI::App& app, Invocation& invocation);
void add_user(CLI::App& app, Invocation& invocation);
void add_topic(CLI::App& app, Invocation& invocation);
void add_group(CLI::App& app, Invocation& invocation);
void add_produce(CLI::App& app, Invocation& invocation);
void add_consume(CLI::App& app, Invocation& invocation);
void add_queue(CLI::App& app, Invocation& invocation);
void add_exchange(CLI::App& app, Invocation& invocation);
void add_bind(CLI::App& app, Invocation& invocation);
void add_route(CLI::App& app, Invocation& invocation);
void add_journal(CLI::App& app, Invocation& invocation);

}  // namespace koine::cli
