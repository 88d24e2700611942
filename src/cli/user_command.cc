// `koine user add`: makes what a configuration file keeps of a password that is read from standard input.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>
#include <memory>

#include "base/text.h"
#include "cli/commands.h"
#include "core/access_token.h"
#include "core/scram.h"
#include "io/real/real_random.h"

namespace koine::cli {

namespace {

struct UserFlags {
  std::string name;
  std::uint32_t iterations = core::scram_iterations_default;
};

std::string credential_of(core::ScramHash hash, std::string_view password,
                          std::uint32_t iterations) {
  std::array<std::byte, core::scram_salt_bytes> salt{};
  io::RealRandom().fill(salt);
  return core::ScramCredential::derive(hash, password, salt, iterations).to_string();
}

// Both hashes, so that clients may use either; `name` empty: the two lines only.
Result<> print_credentials(const UserFlags& flags) {
  TRY(const std::string password, read_password("-"));
  if (!flags.name.empty()) fmt::print("[users.{}]\n", json_string(flags.name));
  fmt::print("scram_sha_256 = \"{}\"\nscram_sha_512 = \"{}\"\n",
             credential_of(core::ScramHash::sha256, password, flags.iterations),
             credential_of(core::ScramHash::sha512, password, flags.iterations));
  return {};
}

// The token is shown once, on standard error: standard output goes into the configuration file.
Result<> print_token(const std::string& name) {
  std::array<std::byte, core::token_bytes> random{};
  io::RealRandom().fill(random);
  const std::string token = core::make_token(random);
  fmt::print("[users.{}]\ntoken = \"{}\"\n", json_string(name),
             core::token_digest_to_text(core::digest_of_token(token)));
  fmt::print(stderr, "{}\n", token);
  return {};
}

void add_iterations(CLI::App& command, UserFlags& flags) {
  command.add_option("--iterations", flags.iterations, "rounds of hashing that each login costs")
      ->capture_default_str()
      ->check(CLI::Range(core::scram_iterations_min, core::scram_iterations_max));
}

}  // namespace

void add_user(CLI::App& app, Invocation& invocation) {
  CLI::App* user = app.add_subcommand("user", "Make users for the configuration");
  user->require_subcommand(1);
  auto flags = std::make_shared<UserFlags>();
  const auto run = [&invocation, flags] {
    invocation.action = [flags] { return print_credentials(*flags); };
  };

  CLI::App* add = user->add_subcommand(
      "add", "Read a password from standard input; print the user for the configuration file");
  add->add_option("--name", flags->name, "the user's name")->required();
  add_iterations(*add, *flags);
  add->callback(run);

  CLI::App* hash = user->add_subcommand(
      "hash", "Read a password from standard input; print its credentials only");
  add_iterations(*hash, *flags);
  hash->callback(run);

  CLI::App* token = user->add_subcommand(
      "token",
      "Make a token for HTTP: print it on standard error, the user for the configuration "
      "file on standard output");
  token->add_option("--name", flags->name, "the user's name")->required();
  token->callback(
      [&invocation, flags] { invocation.action = [flags] { return print_token(flags->name); }; });
}

}  // namespace koine::cli
