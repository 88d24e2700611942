// RecordForms: what a record looks like to those who get it, each form written once however many they are. Kept with the record at
// the end of a topic (topic_tail.h).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "core/record_reader.h"

namespace koine::http {

class RecordForms {
 public:
  enum class Form : std::uint8_t {
    event_json,    // `data:` lines, with the record in JSON
    event_value,   // `data:` lines, with its value
    event_base64,  // the same, in base64
    json,          // the record in JSON
    binary,        // of koine.binary.v1
  };
  static constexpr std::size_t count = 5;

  // `write(std::string&)` appends it; never nothing.
  template <typename Write>
  std::string_view get(Form form, Write write) {
    std::string& text = texts_[static_cast<std::size_t>(form)];
    if (text.empty()) write(text);
    return text;
  }

 private:
  std::array<std::string, count> texts_;
};

// A record on its way to somebody; its memory ends with the call.
struct PassingRecord {
  PartitionId partition;
  const core::Record& record;
  RecordForms* forms = nullptr;  // null: nobody else gets it

  // Appends the form, from where it is kept or as it is written.
  template <typename Write>
  void append_form(std::string& out, RecordForms::Form form, Write write) const {
    if (forms != nullptr) {
      out += forms->get(form, write);
    } else {
      write(out);
    }
  }
  // The form, from where it is kept or from `memory`.
  template <typename Write>
  std::string_view form(RecordForms::Form form, std::string& memory, Write write) const {
    if (forms != nullptr) return forms->get(form, write);
    memory.clear();
    write(memory);
    return memory;
  }
};

}  // namespace koine::http
