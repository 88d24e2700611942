#include "server/configuration.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/text.h"
#include "core/access_token.h"
#include "server/settings_file.h"

namespace koine::server {

namespace {

constexpr std::string_view variable_prefix = "KOINE_";

std::unexpected<Error> refuse(std::string sentence) {
  return fail(ErrorCode::invalid_argument, std::move(sentence));
}

// One value on its way into the settings.
struct Given {
  std::string_view name;
  std::string_view text;
  std::string source;
};

// "users.alice.scram_sha_256": the name may have dots, the key has none.
Result<> assign_user(Settings& settings, std::string_view name, std::string_view text) {
  const std::size_t dot = name.rfind('.');
  const std::string_view key = name.substr(dot + 1);
  constexpr std::size_t prefix = std::string_view("users.").size();
  if (dot < prefix + 1) return refuse(fmt::format("{}: expected users.NAME.scram_sha_256", name));
  if (key == "token") {
    auto digest = core::parse_token_digest(text);
    if (!digest) return fail(std::move(digest).error().while_doing(name));
    settings.users.add_token(name.substr(prefix, dot - prefix), std::move(*digest));
    return {};
  }
  const bool is_256 = key == "scram_sha_256";
  if (!is_256 && key != "scram_sha_512") {
    return refuse(
        fmt::format("{}: a user has scram_sha_256, scram_sha_512 or token, as `koine user` prints "
                    "them; a password in clear is never accepted",
                    name));
  }
  auto credential = core::ScramCredential::parse(text);
  if (!credential) return fail(std::move(credential).error().while_doing(name));
  if ((credential->hash == core::ScramHash::sha256) != is_256) {
    return refuse(
        fmt::format("{}: is a credential of {}", name, core::mechanism_of(credential->hash)));
  }
  settings.users.add(name.substr(prefix, dot - prefix), std::move(*credential));
  return {};
}

Result<> take(Configuration& configuration, Given given) {
  Result<> taken;
  if (given.name.starts_with("users.")) {
    taken = assign_user(configuration.settings, given.name, given.text);
  } else if (const Setting* setting = find_setting(given.name)) {
    taken = assign(configuration.settings, *setting, given.text);
  } else {
    taken =
        refuse(fmt::format("{}: there is no such setting (`koine config` lists them)", given.name));
  }
  if (!taken) return fail(std::move(taken).error().while_doing(given.source));
  configuration.sources.insert_or_assign(std::string(given.name), std::move(given.source));
  return {};
}

Result<> take_file(Configuration& configuration, const ConfigurationInput& input) {
  TRY(const auto values, parse_settings_file(input.file_text, input.file_name));
  for (const FileValue& value : values) {
    TRY(take(configuration,
             {value.name, value.text, fmt::format("{}:{}", input.file_name, value.line)}));
  }
  return {};
}

// "LISTEN__KAFKA" -> "listen.kafka"
std::string setting_of_variable(std::string_view variable) {
  std::string name;
  for (std::size_t at = 0; at < variable.size(); ++at) {
    if (variable.substr(at, 2) == "__") {
      name += '.';
      ++at;
    } else {
      name += static_cast<char>(std::tolower(static_cast<unsigned char>(variable[at])));
    }
  }
  return name;
}

Result<> take_environment(Configuration& configuration, const ConfigurationInput& input) {
  for (const std::string_view entry : input.environment) {
    if (!entry.starts_with(variable_prefix)) continue;
    const std::size_t equals = std::min(entry.find('='), entry.size());
    const std::string_view variable = entry.substr(0, equals);
    const std::string_view text = entry.substr(std::min(equals + 1, entry.size()));
    const std::string name = setting_of_variable(variable.substr(variable_prefix.size()));
    // Others set variables of such names, too: Kubernetes makes KOINE_PORT for a service called koine.
    if (!name.contains('.') && find_setting(name) == nullptr) {
      configuration.notices.push_back(fmt::format("{}: is not a setting", variable));
      continue;
    }
    TRY(take(configuration, {name, text, std::string(variable)}));
  }
  return {};
}

Result<> take_flags(Configuration& configuration, const ConfigurationInput& input) {
  if (input.data_directory) {
    TRY(take(configuration, {"data.directory", *input.data_directory, "--data"}));
  }
  for (const std::string_view flag : input.flags) {
    const std::size_t equals = flag.find('=');
    if (equals == std::string_view::npos) {
      return refuse(fmt::format("--set {}: expected --set NAME=VALUE", flag));
    }
    TRY(take(configuration, {flag.substr(0, equals), flag.substr(equals + 1), "--set"}));
  }
  return {};
}

struct ListenerSetting {
  std::string_view name;
  io::Endpoint Settings::* member;
};
constexpr ListenerSetting listeners[] = {{"listen.any", &Settings::listen_any},
                                         {"listen.kafka", &Settings::listen_kafka},
                                         {"listen.amqp", &Settings::listen_amqp},
                                         {"listen.http", &Settings::listen_http}};

Result<> take_host_and_port(Configuration& configuration, const ConfigurationInput& input) {
  std::vector<ListenerSetting> unset;
  std::ranges::copy_if(listeners, std::back_inserter(unset), [&](const ListenerSetting& listener) {
    return !configuration.sources.contains(listener.name);
  });
  if (input.host) {
    if (unset.empty()) return refuse("--host: every listener is set already");
    for (const auto& [name, member] : unset) {
      (configuration.settings.*member).host = *input.host;
      configuration.sources.emplace(name, "--host");
    }
  }
  if (!input.port) return {};
  if (*input.port == 0) {
    for (const auto& [name, member] : unset) {
      (configuration.settings.*member).port = 0;
      configuration.sources.insert_or_assign(std::string(name), "--port");
    }
    return {};
  }
  auto& source = configuration.sources["listen.any"];
  if (source == "--set") return refuse("--port: contradicts --set listen.any");
  configuration.settings.listen_any.port = *input.port;
  source = "--port";
  return {};
}

}  // namespace

Result<Configuration> Configuration::load(const ConfigurationInput& input) {
  Configuration configuration;
  TRY(take_file(configuration, input));
  TRY(take_environment(configuration, input));
  TRY(take_flags(configuration, input));
  TRY(take_host_and_port(configuration, input));
  TRY(check_together(configuration.settings));
  return configuration;
}

std::string_view Configuration::source_of(const Setting& setting) const {
  const auto found = sources.find(setting.name);
  return found == sources.end() ? std::string_view("default") : std::string_view(found->second);
}

std::string Configuration::to_toml() const {
  std::string out;
  for (const Setting& setting : all_settings()) {
    out += fmt::format("{:<46} # {}\n",
                       fmt::format("{} = {}", setting.name, value_of(settings, setting)),
                       source_of(setting));
  }
  for (const auto& [name, source] : sources) {
    if (name.starts_with("users.")) out += fmt::format("# {} is set by {}\n", name, source);
  }
  return out;
}

std::string settings_as_markdown() {
  const Settings defaults;
  std::string out = "| setting | type | default | range | what it is |\n|---|---|---|---|---|\n";
  for (const Setting& setting : all_settings()) {
    const std::string_view unit = name_of(setting.unit);
    out += fmt::format("| `{}` | {}{}{} | `{}` | {} | {} |\n", setting.name, type_of(setting),
                       unit.empty() ? "" : ", ", unit, value_of(defaults, setting),
                       expectation_of(setting), setting.sentence);
  }
  out +=
      "| `users.NAME.scram_sha_256`, `users.NAME.scram_sha_512` | text | | what `koine user add` "
      "prints | who may log in; as soon as there are users, everybody has to |\n";
  return out;
}

}  // namespace koine::server
