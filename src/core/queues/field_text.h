// A field's value as text, for those who know no field tables: readers of records, people.
#pragma once

#include <string>

#include "core/queues/properties.h"

namespace koine::core {

// Numbers in decimal digits, true and false, times as POSIX seconds, text and bytes as they are, arrays and tables as JSON
// (bytes there as if they were text), void: "".
std::string text_of(const FieldValue& value);

}  // namespace koine::core
