// Records and messages in JSON, as clients write them: whatever the text is, it is read or refused; what was read and is shown can be
// read again, and is shown the same.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/check.h"
#include "core/queues/properties.h"
#include "protocols/http/json_reader.h"
#include "protocols/http/message_draft.h"
#include "protocols/http/record_draft.h"
#include "protocols/http/record_json.h"

namespace koine::http {
namespace {

core::Record record_of(const core::NewRecord& written) {
  return {.offset = Offset{0},
          .timestamp = written.timestamp,
          .key = written.key,
          .value = written.value,
          .headers = {written.headers.begin(), written.headers.end()}};
}

// The members that are shown and written; nothing: it is refused.
std::optional<std::string> shown(std::string_view text, RecordJson& json) {
  const auto document = JsonDocument::parse(as_bytes(text));
  if (!document) return std::nullopt;
  auto fields = document->root().as_object();
  if (!fields) return std::nullopt;
  const auto draft = RecordDraft::from_json(*fields);
  if (!draft || !fields->end()) return std::nullopt;
  const core::NewRecord written = draft->record(7);
  CHECK(draft->size() > 0);
  const core::Record record = record_of(written);
  // Shown decoded, and not what was stored.
  if (!header_text(record.headers, "content-encoding").empty()) return std::nullopt;
  std::string out = "{";
  json.append_content(out, "key", record.key, {}, {});
  out += ',';
  json.append_headers(out, record.headers);
  out += ',';
  json.append_content(out, "value", record.value, header_text(record.headers, "content-type"), {});
  out += ",\"timestamp_ms\":" + std::to_string(record.timestamp) + "}";
  return out;
}

void fuzz_record(std::string_view input) {
  RecordJson json;
  const auto first = shown(input, json);
  if (!first) return;
  // A text that is said to be JSON becomes it with the first reading; from there on nothing changes.
  const auto second = shown(*first, json);
  CHECK(second.has_value());
  const auto third = shown(*second, json);
  CHECK(third.has_value() && *third == *second);
}

void fuzz_message(std::string_view input) {
  const auto document = JsonDocument::parse(as_bytes(input));
  if (!document) return;
  auto fields = document->root().as_object();
  if (!fields) return;
  const auto draft = MessageDraft::from_json(*fields);
  if (!draft) return;
  const core::MessageView message = draft->message("exchange", "key", 7);
  const auto properties = core::decode_properties(message.properties);
  CHECK(properties.has_value());
  const std::size_t count = properties->headers ? properties->headers->size() : 0;
  CHECK(count == draft->headers().size());
}

}  // namespace
}  // namespace koine::http

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = koine::as_text(std::as_bytes(std::span(data, size)));
  koine::http::fuzz_record(input);
  koine::http::fuzz_message(input);
  return 0;
}
