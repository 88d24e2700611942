// RecordFilter: which records of a topic somebody wants: those with a key, with headers. Plain data, compared byte for byte.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/record_reader.h"

namespace koine::http {

struct RecordFilter {
  struct Header {
    std::string name;
    std::string value;
  };
  std::optional<std::string> key;
  std::vector<Header> headers;  // all of them; of a header that comes twice one is enough

  bool is_empty() const { return !key && headers.empty(); }
  bool matches(const core::Record& record) const;
};

}  // namespace koine::http
