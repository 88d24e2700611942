#include "protocols/http/kept_answer.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/fields.h"
#include "protocols/http/placed_records.h"

namespace koine::http {

namespace {

// Stored on disk: never changed.
enum class Kind : std::uint8_t { response = 1, record = 2, records = 3 };

// Fields of a response without its body: ours, and few.
constexpr std::size_t head_bytes_max = 8 * KiB;

ByteView body_of(const Response& response) {
  if (const auto* text = std::get_if<std::string>(&response.body)) return as_bytes(*text);
  if (const auto* bytes = std::get_if<Bytes>(&response.body)) return bytes->view();
  return {};
}

std::string with_result(std::string_view text, std::int64_t result) {
  std::string whole;
  for (const char c : text) {
    if (c == result_mark) {
      whole += std::to_string(result);
    } else {
      whole += c;
    }
  }
  return whole;
}

Result<Response> read_response(FieldReader& reader, std::int64_t result) {
  TRY(const auto status, reader.number<std::uint16_t>());
  Response response = Response::empty(static_cast<Status>(status));
  TRY(const std::uint32_t count, reader.count(2 * sizeof(std::uint32_t)));
  for (std::uint32_t n = 0; n < count; ++n) {
    TRY(std::string name, reader.text());
    TRY(std::string value, reader.text());
    response.headers.push_back({std::move(name), std::move(value)});
  }
  TRY(const ByteView body, reader.blob());
  if (may_have_body(response.status)) response.body = with_result(as_text(body), result);
  return response;
}

Result<Response> read_record(FieldReader& reader, std::int64_t offset) {
  TRY(const std::string topic, reader.text());
  TRY(const auto partition, reader.number<std::int32_t>());
  return placed_response(topic, {.partition = partition, .offset = offset});
}

Result<Response> read_records(FieldReader& reader, std::int64_t offset) {
  TRY(const auto partition, reader.number<std::int32_t>());
  TRY(const auto count, reader.number<std::uint32_t>());
  std::vector<PlacedRecord> records;
  for (std::uint32_t n = 0; n < count; ++n)
    records.push_back({.partition = partition, .offset = offset + n});
  return placed_response(records);
}

Result<Response> read(const core::IdempotencyRecord& record) {
  FieldReader reader(record.piece.note);
  TRY(const auto kind, reader.number<std::uint8_t>());
  switch (static_cast<Kind>(kind)) {
    case Kind::response: return read_response(reader, record.result);
    case Kind::record: return read_record(reader, record.result);
    case Kind::records: return read_records(reader, record.result);
  }
  return fail(ErrorCode::unsupported, "an answer of an unknown kind");
}

FieldWriter begin(Kind kind) {
  FieldWriter writer;
  writer.number(static_cast<std::uint8_t>(kind));
  return writer;
}

}  // namespace

std::vector<std::byte> kept_form(const Response& response) {
  FieldWriter writer = begin(Kind::response);
  writer.number(static_cast<std::uint16_t>(response.status));
  const bool has_type = !response.content_type.empty();
  writer.number(static_cast<std::uint32_t>(response.headers.size() + (has_type ? 1 : 0)));
  if (has_type) {
    writer.text("Content-Type");
    writer.text(response.content_type);
  }
  for (const Response::Field& field : response.headers) {
    writer.text(field.name);
    writer.text(field.value);
  }
  const ByteView body = body_of(response);
  const bool fits = body.size() <= core::idempotency_note_bytes_max - head_bytes_max;
  writer.blob(fits ? body : ByteView());
  return writer.take();
}

std::vector<std::byte> kept_form_of_record(std::string_view topic, std::int32_t partition) {
  FieldWriter writer = begin(Kind::record);
  writer.text(topic);
  writer.number(partition);
  return writer.take();
}

std::vector<std::byte> kept_form_of_records(std::int32_t partition, std::uint32_t count) {
  FieldWriter writer = begin(Kind::records);
  writer.number(partition);
  writer.number(count);
  return writer.take();
}

Outcome<Response> answer_again(const core::IdempotencyRecord& record) {
  auto response = read(record);
  if (!response) {
    return refuse(Status::internal_server_error,
                  "the first answer was kept in a form that this version does not know");
  }
  response->with("Idempotency-Replayed", "true");
  return std::move(*response);
}

}  // namespace koine::http
