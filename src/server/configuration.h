// Configuration: the settings of this process and where each came from: a flag, else an environment variable, else the
// file, else the default.
//
//   flag         --set listen.kafka=0.0.0.0:9092
//   environment  KOINE_LISTEN__KAFKA=0.0.0.0:9092          two underscores for each level
//   file         [listen]
//                kafka = "0.0.0.0:9092"
//
// Pure: the caller has read the file and the environment. What is unknown or wrong is refused with its name, where it
// stands and what was expected; nothing is skipped.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "server/settings.h"

namespace koine::server {

struct ConfigurationInput {
  std::string file_name;  // "koine.toml", for messages
  std::string file_text;  // TOML 1.0
  // "NAME=value"; those that begin with KOINE_ are looked at.
  std::vector<std::string> environment;
  // "name=value", in the order of the command line; the last one counts.
  std::vector<std::string> flags;
  // --data, --host and --port.
  std::optional<std::string> data_directory;
  std::optional<std::string> host;  // of every listener that is not set
  std::optional<std::uint16_t>
      port;  // of listen.any; 0: a free port for every listener that is not set
};

struct Configuration {
  Settings settings;
  // By name: "koine.toml:12", "KOINE_SHARDS", "--set". Not there: the default.
  std::map<std::string, std::string, std::less<>> sources;
  // Sentences for the operator: variables that look like settings and are none.
  std::vector<std::string> notices;

  // Errors: invalid_argument: "koine.toml:12: listen.kafka: found 9092, expected HOST:PORT".
  static Result<Configuration> load(const ConfigurationInput& input);

  std::string_view source_of(const Setting& setting) const;
  // A TOML file of the effective settings, each with its source as a comment; users by name only.
  std::string to_toml() const;
};

// The table of all settings, for the documentation.
std::string settings_as_markdown();

}  // namespace koine::server
