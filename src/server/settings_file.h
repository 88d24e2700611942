// The settings in a TOML file, flattened: one entry for each value, under its dotted name, with its line.
//
//   [listen]                 ->   {"listen.kafka", "127.0.0.1:9092", line 2}
//   kafka = "127.0.0.1:9092"
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace koine::server {

struct FileValue {
  std::string name;
  std::string text;  // without quotes, as `assign` (settings.h) takes it
  std::uint32_t line = 0;
};

// In no particular order. Errors: invalid_argument: not TOML, or a value of a kind that no setting has (a list, a
// fraction, a date), with file and line.
Result<std::vector<FileValue>> parse_settings_file(std::string_view text,
                                                   std::string_view file_name);

}  // namespace koine::server
