#include "cli/record_format.h"

#include <fmt/format.h>

#include <charconv>

#include "base/text.h"

namespace koine::cli {

namespace {

constexpr std::string_view escapes = "tpoTkKsSh%";

std::unexpected<Error> not_an_escape(std::string_view text) {
  return fail(ErrorCode::invalid_argument,
              fmt::format("--format: '{}' is not an escape; expected %t %p %o %T %k %K %s %S %h %% "
                          "or \\n \\r \\t \\0 \\\\ \\xHH",
                          text));
}

// The character after a backslash at the start of `rest`, which is removed with it.
Result<char> take_backslash(std::string_view& rest) {
  static constexpr std::string_view names = "nrt0\\";
  static constexpr std::string_view values{"\n\r\t\0\\", 5};
  const std::size_t known = rest.size() < 2 ? std::string_view::npos : names.find(rest[1]);
  if (known != std::string_view::npos) {
    rest.remove_prefix(2);
    return values[known];
  }
  unsigned number = 0;
  if (rest.size() >= 4 && rest[1] == 'x') {
    const auto [end, error] = std::from_chars(rest.data() + 2, rest.data() + 4, number, 16);
    if (error == std::errc{} && end == rest.data() + 4) {
      rest.remove_prefix(4);
      return static_cast<char>(number);
    }
  }
  return not_an_escape(rest.substr(0, 2));
}

std::string text_or_empty(const std::optional<ByteView>& bytes) {
  return bytes ? std::string(as_text(*bytes)) : std::string();
}

std::string size_of(const std::optional<ByteView>& bytes) {
  return bytes ? std::to_string(bytes->size()) : "-1";
}

std::string headers_of(const core::Record& record) {
  std::string text;
  for (const core::RecordHeader& header : record.headers) {
    if (!text.empty()) text += ',';
    text += fmt::format("{}={}", header.key, header.value ? as_text(*header.value) : "NULL");
  }
  return text;
}

std::string json_of(const std::optional<ByteView>& bytes) {
  return bytes ? json_string(as_text(*bytes)) : "null";
}

std::string expand(char escape, const PrintedRecord& printed) {
  const core::Record& record = *printed.record;
  switch (escape) {
    case 't': return std::string(printed.topic);
    case 'p': return std::to_string(printed.partition);
    case 'o': return std::to_string(record.offset.value());
    case 'T': return std::to_string(record.timestamp);
    case 'k': return text_or_empty(record.key);
    case 'K': return size_of(record.key);
    case 's': return text_or_empty(record.value);
    case 'S': return size_of(record.value);
    case 'h': return headers_of(record);
    default: return "%";
  }
}

}  // namespace

Result<RecordFormat> RecordFormat::parse(std::string_view text) {
  RecordFormat format;
  format.pieces_.emplace_back();
  while (!text.empty()) {
    if (text[0] == '%') {
      if (text.size() < 2 || !escapes.contains(text[1])) return not_an_escape(text.substr(0, 2));
      format.pieces_.push_back({"", text[1]});
      format.pieces_.emplace_back();
      text.remove_prefix(2);
    } else if (text[0] == '\\') {
      TRY(const char character, take_backslash(text));
      format.pieces_.back().text += character;
    } else {
      format.pieces_.back().text += text[0];
      text.remove_prefix(1);
    }
  }
  return format;
}

std::string RecordFormat::print(const PrintedRecord& printed) const {
  std::string out;
  for (const Piece& piece : pieces_) {
    out += piece.escape == '\0' ? piece.text : expand(piece.escape, printed);
  }
  return out;
}

std::string print_as_json(const PrintedRecord& printed) {
  const core::Record& record = *printed.record;
  std::string headers;
  for (const core::RecordHeader& header : record.headers) {
    headers += fmt::format("{}{{\"key\":{},\"value\":{}}}", headers.empty() ? "" : ",",
                           json_string(header.key), json_of(header.value));
  }
  return fmt::format(
      R"({{"topic":{},"partition":{},"offset":{},"timestamp":{},"key":{},"value":{},"headers":[{}]}})",
      json_string(printed.topic), printed.partition, record.offset.value(), record.timestamp,
      json_of(record.key), json_of(record.value), headers);
}

}  // namespace koine::cli
