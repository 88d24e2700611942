#include "protocols/http/record_json.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <utility>

#include "base/base64.h"
#include "base/units.h"
#include "core/compression.h"
#include "protocols/http/json_reader.h"
#include "protocols/http/message.h"
#include "protocols/http/utf8.h"

namespace koine::http {

namespace {

// The parser keeps about six bytes for each of the largest document that it has seen: larger ones get one for themselves.
constexpr std::size_t kept_document_bytes_max = 256 * KiB;
// What a compressed value may become; a larger one is shown as it is stored.
constexpr std::size_t decoded_bytes_max = 16 * MiB;

void append_escape(std::string& out, char character) {
  static constexpr std::string_view digits = "0123456789abcdef";
  switch (character) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  const auto byte = static_cast<unsigned char>(character);
  out += "\\u00";
  out += digits[byte >> 4U];
  out += digits[byte & 0xFU];
}

std::string_view without_parameters(std::string_view content_type) {
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  return type;
}

bool needs_escape(char character) {
  return static_cast<unsigned char>(character) < 0x20 || character == '"' || character == '\\';
}

// Eight bytes at once: a byte of `word - ones * n` has its highest bit set, and that of `word` not, if it is below n, or if the
// subtraction took from it for one that is; so a word that shows none has none.
constexpr std::uint64_t ones = 0x0101010101010101U;
constexpr std::uint64_t highest_bits = ones << 7U;

std::uint64_t show_below(std::uint64_t word, std::uint64_t n) { return (word - ones * n) & ~word; }

std::uint64_t word_at(std::string_view text, std::size_t at) {
  std::uint64_t word = 0;
  std::memcpy(&word, text.data() + at, sizeof word);
  return word;
}

// How much of the text needs no escape.
std::size_t plain_size(std::string_view text) {
  std::size_t at = 0;
  for (; at + sizeof(std::uint64_t) <= text.size(); at += sizeof(std::uint64_t)) {
    const std::uint64_t word = word_at(text, at);
    const std::uint64_t special = show_below(word, 0x20) | show_below(word ^ (ones * '"'), 1) |
                                  show_below(word ^ (ones * '\\'), 1);
    if ((special & highest_bits) != 0) break;
  }
  while (at < text.size() && !needs_escape(text[at])) ++at;
  return at;
}

bool is_structural(char character) { return std::string_view("{}[]:,").contains(character); }

// Whether white space may stand between the tokens of this JSON: there it is beside a bracket, a colon or a comma, or at an end. In a
// text it may look the same.
bool may_be_spaced(std::string_view json) {
  const auto is_between_tokens = [json](std::size_t at) {
    const bool is_at_end = at == 0 || at + 1 == json.size();
    return is_at_end || is_structural(json[at - 1]) || is_structural(json[at + 1]);
  };
  for (std::size_t at = 0; at < json.size();) {
    if (at + sizeof(std::uint64_t) <= json.size() &&
        (show_below(word_at(json, at), 0x21) & highest_bits) == 0) {
      at += sizeof(std::uint64_t);
      continue;
    }
    const std::size_t end = std::min(json.size(), at + sizeof(std::uint64_t));
    for (; at < end; ++at) {
      if (static_cast<unsigned char>(json[at]) <= 0x20 && is_between_tokens(at)) return true;
    }
  }
  return false;
}

}  // namespace

struct RecordJson::Parser {
  simdjson::dom::parser parser;
};

RecordJson::RecordJson() : parser_(std::make_unique<Parser>()) {}
RecordJson::~RecordJson() = default;

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (true) {
    const std::size_t plain = plain_size(text);
    out += text.substr(0, plain);
    if (plain == text.size()) break;
    append_escape(out, text[plain]);
    text.remove_prefix(plain + 1);
  }
  out += '"';
}

std::string_view header_text(const std::vector<core::RecordHeader>& headers,
                             std::string_view name) {
  for (const core::RecordHeader& header : headers) {
    if (header.value && equal_ignoring_case(header.key, name)) return as_text(*header.value);
  }
  return {};
}

bool is_media_type(std::string_view type, std::string_view media_type) {
  return type.size() >= media_type.size() &&
         equal_ignoring_case(without_parameters(type), media_type);
}

bool is_json_type(std::string_view content_type) {
  const std::string_view type = without_parameters(content_type);
  static constexpr std::string_view suffix = "+json";
  return equal_ignoring_case(type, "application/json") ||
         (type.size() > suffix.size() &&
          equal_ignoring_case(type.substr(type.size() - suffix.size()), suffix));
}

bool RecordJson::is_json(ByteView text) {
  const auto parses = [text](simdjson::dom::parser& parser) {
    if (parser.max_depth() != json_depth_max &&
        parser.allocate(text.size(), json_depth_max) != simdjson::SUCCESS) {
      return false;
    }
    simdjson::dom::element root;
    const std::string_view json = as_text(text);
    return parser.parse(json.data(), json.size(), true).get(root) == simdjson::SUCCESS;
  };
  if (text.size() <= kept_document_bytes_max) return parses(parser_->parser);
  simdjson::dom::parser parser;
  return parses(parser);
}

RecordJson::Form RecordJson::form_of(std::optional<ByteView>& content,
                                     std::string_view content_type,
                                     std::string_view content_encoding) {
  if (!content) return Form::null;
  if (!content_encoding.empty() && !equal_ignoring_case(content_encoding, "identity")) {
    const bool is_gzip = equal_ignoring_case(content_encoding, "gzip");
    if (!is_gzip && !equal_ignoring_case(content_encoding, "zstd")) return Form::binary;
    auto decoded = core::decompress(is_gzip ? core::Compression::gzip : core::Compression::zstd,
                                    *content, decoded_bytes_max);
    if (!decoded) return Form::binary;
    decoded_ = std::move(*decoded);
    content = decoded_;
  }
  if (is_json_type(content_type) && is_json(*content)) return Form::json;
  return is_utf8(as_text(*content)) ? Form::text : Form::binary;
}

void RecordJson::append_as(std::string& out, Form form, std::optional<ByteView> content) {
  switch (form) {
    case Form::null: out += "null"; break;
    case Form::text: append_json_string(out, as_text(*content)); break;
    case Form::binary:
      out += '"';
      append_base64(out, *content);
      out += '"';
      break;
    case Form::json: {
      const std::string_view json = as_text(*content);
      // As most programs write it.
      if (!may_be_spaced(json)) {
        out += json;
        break;
      }
      const std::size_t begin = out.size();
      out.resize_and_overwrite(begin + json.size(), [&](char* text, std::size_t) {
        std::size_t size = 0;
        // It was parsed: nothing can be wrong with it.
        (void)simdjson::minify(json.data(), json.size(), text + begin, size);
        return begin + size;
      });
      break;
    }
  }
}

void RecordJson::append_content(std::string& out, std::string_view name,
                                std::optional<ByteView> content, std::string_view content_type,
                                std::string_view content_encoding) {
  const Form form = form_of(content, content_type, content_encoding);
  out += '"';
  out += name;
  out += form == Form::binary ? "_base64\":" : "\":";
  append_as(out, form, content);
}

void RecordJson::append_value(std::string& out, const core::Record& record) {
  std::optional<ByteView> content = record.value;
  const Form form = form_of(content, header_text(record.headers, "content-type"),
                            header_text(record.headers, "content-encoding"));
  append_as(out, form, content);
}

void RecordJson::append_named(std::string& out, const std::vector<core::RecordHeader>& headers,
                              Form form) {
  out += '{';
  bool is_first = true;
  for (std::size_t begin = 0, end = 0; begin < order_.size(); begin = end) {
    const std::string_view name = headers[order_[begin]].key;
    bool is_text = true;
    for (end = begin; end < order_.size() && headers[order_[end]].key == name; ++end) {
      const auto& value = headers[order_[end]].value;
      is_text = is_text && (!value || is_utf8(as_text(*value)));
    }
    if (is_text != (form == Form::text)) continue;
    if (!std::exchange(is_first, false)) out += ',';
    append_json_string(out, is_utf8(name) ? name : std::string_view("\xEF\xBF\xBD"));
    out += ':';
    const bool is_list = end - begin > 1;
    if (is_list) out += '[';
    for (std::size_t n = begin; n < end; ++n) {
      if (n > begin) out += ',';
      const auto& value = headers[order_[n]].value;
      append_as(out, value ? form : Form::null, value);
    }
    if (is_list) out += ']';
  }
  out += '}';
}

void RecordJson::append_headers(std::string& out, const std::vector<core::RecordHeader>& headers) {
  order_.clear();
  bool is_all_text = true;
  for (std::uint32_t n = 0; n < headers.size(); ++n) {
    order_.push_back(n);
    is_all_text = is_all_text && (!headers[n].value || is_utf8(as_text(*headers[n].value)));
  }
  std::ranges::sort(order_, {}, [&](std::uint32_t n) { return std::pair(headers[n].key, n); });
  out += "\"headers\":";
  append_named(out, headers, Form::text);
  if (is_all_text) return;
  out += ",\"headers_base64\":";
  append_named(out, headers, Form::binary);
}

namespace {

// What stands before the key, gathered: each addition to a long text costs more than its characters.
// NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): filled as needed.
class Head {
 public:
  void add(std::string_view text) {
    text.copy(end_, text.size());
    end_ += text.size();
  }
  void add(std::int64_t number) {
    end_ = std::to_chars(end_, memory_.data() + memory_.size(), number).ptr;
  }
  std::string_view text() const { return {memory_.data(), end_}; }

 private:
  std::array<char, 192> memory_;  // three numbers of 20 digits, and the names
  char* end_ = memory_.data();
};

}  // namespace

void RecordJson::append(std::string& out, PartitionId partition, const core::Record& record,
                        std::string_view position) {
  const bool is_plain = !record.key && record.headers.empty();
  Head head;
  head.add("{\"partition\":");
  head.add(partition.value());
  head.add(",\"offset\":");
  head.add(record.offset.value());
  head.add(",\"timestamp_ms\":");
  head.add(record.timestamp);
  if (is_plain) head.add(R"(,"key":null,"headers":{},)");
  out += head.text();
  if (!is_plain) {
    const bool is_text_key = !record.key || is_utf8(as_text(*record.key));
    out += is_text_key ? ",\"key\":" : ",\"key_base64\":";
    append_as(out, !record.key ? Form::null : is_text_key ? Form::text : Form::binary, record.key);
    out += ',';
    append_headers(out, record.headers);
    out += ',';
  }
  append_content(out, "value", record.value, header_text(record.headers, "content-type"),
                 header_text(record.headers, "content-encoding"));
  if (!position.empty()) {
    out += ",\"position\":";
    append_json_string(out, position);
  }
  out += '}';
}

}  // namespace koine::http
