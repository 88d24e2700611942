// RecordDraft: a record on its way in: from a raw request (the body and its fields) or from JSON, in the forms that record_json.h
// writes.
//
//   Koine-Key, Koine-Key-Base64                the key; the first percent-encoded
//   Koine-Partition, Koine-Timestamp
//   Content-Type, Content-Encoding             record headers of these names, in lower case
//   traceparent, tracestate                    the same
//   Koine-Header-<name>: percent-encoded       record header <name>, in lower case, as field names have none
//   ce-<attribute>: percent-encoded            CloudEvents' binary mode: header `ce_<attribute>`, as its Kafka binding says
//
// Texts are views into the request or the JSON document, which outlive it.
#pragma once

#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/units.h"
#include "core/batch_builder.h"
#include "protocols/http/json_reader.h"
#include "protocols/http/message.h"
#include "protocols/http/problem.h"

namespace koine::http {

inline constexpr std::string_view records_type = "application/vnd.koine.records+json";

class RecordDraft {
 public:
  RecordDraft() = default;
  RecordDraft(RecordDraft&&) = default;
  RecordDraft& operator=(RecordDraft&&) = default;
  RecordDraft(const RecordDraft&) = delete;
  RecordDraft& operator=(const RecordDraft&) = delete;
  ~RecordDraft() = default;

  // Problems: bad_request, naming the field: an unknown `Koine-` field, wrong encodings, an attribute of a CloudEvent that is
  // missing.
  static Outcome<RecordDraft> from_request(const Request& request);
  // Asks for its own fields only: `key`, `value`, `headers` and their `_base64`, `partition`, `timestamp_ms`. A value that is neither
  // text nor null is JSON, and says so in `content-type` if that is not among the headers. Problems: bad_request, naming the
  // field.
  static Outcome<RecordDraft> from_json(JsonObject& fields);
  struct Parts {
    std::optional<ByteView> key;
    std::optional<ByteView> value;
    std::vector<core::RecordHeader> headers;
    std::optional<std::int64_t> partition;  // none: chosen
    std::optional<WallTimeMs> timestamp_ms;
  };
  static RecordDraft from_parts(Parts parts);
  // One event of CloudEvents' structured mode. Problems: bad_request: no CloudEvent.
  static Outcome<RecordDraft> from_event(const JsonValue& event);

  const std::optional<std::int64_t>& partition() const { return partition_; }
  const std::optional<ByteView>& key() const { return key_; }
  core::NewRecord record(WallTimeMs now_ms) const {
    return {.timestamp = timestamp_ms_.value_or(now_ms),
            .key = key_,
            .value = value_,
            .headers = headers_};
  }
  // At least what it takes in a batch.
  std::size_t size() const;

 private:
  ByteView own(std::string text) { return as_bytes(owned_.emplace_back(std::move(text))); }
  void add(std::string_view name, ByteView value) { headers_.push_back({name, value}); }

  Outcome<> take_field(const Header& field);
  Outcome<> take_koine_field(std::string_view name, std::string_view value);
  Outcome<ByteView> decoded(std::string_view name, std::string_view value);
  Outcome<> set_key(ByteView key);
  Outcome<> check_event(bool has_body) const;

  Outcome<> take_key(JsonObject& fields);
  Outcome<> take_value(JsonObject& fields);
  enum class Form : std::uint8_t { text, base64 };
  Outcome<> take_headers(JsonObject& fields, std::string_view name, Form form);
  Outcome<> take_header(std::string_view name, const JsonValue& value, Form form);
  Outcome<ByteView> from_base64(const std::string& place, std::string_view text);

  std::optional<ByteView> key_;
  std::optional<ByteView> value_;
  std::vector<core::RecordHeader> headers_;
  std::optional<std::int64_t> partition_;
  std::optional<WallTimeMs> timestamp_ms_;
  bool is_event_ = false;
  std::list<std::string> owned_;  // what is no view
};

}  // namespace koine::http
