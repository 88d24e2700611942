// RecordJson: records as JSON for people and scripts, the same wherever JSON is spoken: reads, event streams, WebSocket.
//
//   {"partition": 0, "offset": 41, "timestamp_ms": 1764263000000, "key": "o-17", "headers": {"content-type": "application/json"},
//    "value": {"total": 12}, "position": "3f9a1c02.0-42"}
//
//   value     its `content-type` is JSON, and it is:  the JSON, without white space       (`content-encoding` gzip and zstd undone)
//             else UTF-8:                             text; else `value_base64`
//             no value:                               null
//   key       text, null, or `key_base64`
//   headers   by name: text or null; a name that comes twice: a list; what is no UTF-8 is in `headers_base64`
//
// Line feeds are escaped, so that each is one line. Owned by a shard's BrokerResources, used between two waits; one buffer for
// all, so that a record costs no allocation but what `out` grows by (compressed values do).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "core/record_reader.h"

namespace koine::http {

class RecordJson {
 public:
  RecordJson();
  RecordJson(const RecordJson&) = delete;
  RecordJson& operator=(const RecordJson&) = delete;
  ~RecordJson();

  // Appends the object. No position: it is left out.
  void append(std::string& out, PartitionId partition, const core::Record& record,
              std::string_view position = {});
  // Appends the value alone: JSON, or text in quotes, or base64 in quotes, or null.
  void append_value(std::string& out, const core::Record& record);

  // The parts. Of the name "value": `"value":...` or `"value_base64":...`.
  void append_content(std::string& out, std::string_view name, std::optional<ByteView> content,
                      std::string_view content_type, std::string_view content_encoding);
  // `"headers":{...}` and, if any is no text, `,"headers_base64":{...}`.
  void append_headers(std::string& out, const std::vector<core::RecordHeader>& headers);

 private:
  enum class Form : std::uint8_t { null, json, text, binary };
  struct Parser;

  Form form_of(std::optional<ByteView>& content, std::string_view content_type,
               std::string_view content_encoding);
  void append_as(std::string& out, Form form, std::optional<ByteView> content);
  bool is_json(ByteView text);
  void append_named(std::string& out, const std::vector<core::RecordHeader>& headers, Form form);

  std::unique_ptr<Parser> parser_;
  std::vector<std::byte> decoded_;    // of a compressed value
  std::vector<std::uint32_t> order_;  // headers by name
};

// The first header of that name, in any case; empty: none.
std::string_view header_text(const std::vector<core::RecordHeader>& headers, std::string_view name);

// `type` is that media type, whatever its parameters.
bool is_media_type(std::string_view type, std::string_view media_type);

// `application/json`, `application/geo+json; charset=utf-8`.
bool is_json_type(std::string_view content_type);

// Text in quotes (RFC 8259 7); `text` is valid UTF-8.
void append_json_string(std::string& out, std::string_view text);

}  // namespace koine::http
