// HeadersPattern: what a binding of a headers exchange asks of a message's headers, as RabbitMQ reads it:
//
//   x-match       matches if
//   all           every asked header is there and equal; asked ones that begin with "x-" don't count. The default
//   any           at least one is there and equal; asked ones that begin with "x-" don't count
//   all-with-x    as all, and those with "x-" count, too
//   any-with-x    as any, and those with "x-" count, too
//
// An asked header without a value (void) is there with any value. Numbers are equal over all number types (a client
// library chooses the width), timestamps are numbers; text is equal to text and byte arrays; nothing else mixes.
#pragma once

#include <vector>

#include "base/result.h"
#include "core/queues/properties.h"

namespace koine::core {

// A table's fields by name; of equal names the first one comes first. Views into it.
using SortedFields = std::vector<const Field*>;
SortedFields sorted_fields(const FieldTable& table);
// The first of that name, or null.
const FieldValue* find_sorted(const SortedFields& fields, std::string_view name);

class HeadersPattern {
 public:
  // Errors: invalid_argument: x-match is none of the above.
  static Result<HeadersPattern> parse(const FieldTable& arguments);

  bool matches(const SortedFields& headers) const;

 private:
  FieldTable asked_;
  bool needs_all_ = true;
};

bool is_equal_header(const FieldValue& one, const FieldValue& other);

}  // namespace koine::core
