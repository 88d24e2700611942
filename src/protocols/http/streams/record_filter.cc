#include "protocols/http/streams/record_filter.h"

#include <algorithm>

namespace koine::http {

bool RecordFilter::matches(const core::Record& record) const {
  if (key && (!record.key || as_text(*record.key) != *key)) return false;
  return std::ranges::all_of(headers, [&](const Header& wanted) {
    return std::ranges::any_of(record.headers, [&](const core::RecordHeader& header) {
      return header.key == wanted.name && header.value && as_text(*header.value) == wanted.value;
    });
  });
}

}  // namespace koine::http
