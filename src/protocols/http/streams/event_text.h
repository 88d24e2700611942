// EventText: the lines of Server-Sent Events (HTML standard, 9.2.6). Pure.
//
//   id: 3f9a1c02.0-42
//   event: order.placed
//   data: {"partition":0,"offset":41, ...}
//   <empty line>
//
// Lines end with LF. What is put into one can't end it: data is cut into lines, names that would are left out.
#pragma once

#include <string>
#include <string_view>

#include "core/record_reader.h"

namespace koine::http {

// `data:` for each line of the text, which ends with LF, CR or CR LF; the reader joins them with LF. An empty text: one line.
void append_data_lines(std::string& out, std::string_view text);

// The record's value as data, to its empty line: text as it is; of what is no UTF-8 base64, with the type `base64`; of no value an
// empty text, with the type `null`.
void append_value_event(std::string& out, const core::Record& record);

// `event:` with the type that the header names; nothing if there is no such header or it has no name in it.
void append_type_line(std::string& out, const core::Record& record, std::string_view header);

}  // namespace koine::http
