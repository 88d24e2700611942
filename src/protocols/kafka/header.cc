#include "protocols/kafka/header.h"

#include "base/check.h"

namespace koine::kafka {

namespace {

constexpr std::size_t length_size = 4;

bool response_has_tagged_fields(ApiKey key, Version version) {
  return key != ApiKey::api_versions && api_of(key).is_flexible_in(version);
}

}  // namespace

Result<RequestHeader> decode_request_header(Reader& reader) {
  RequestHeader header;
  header.api_key = reader.int16();
  header.version = reader.int16();
  header.correlation_id = reader.int32();
  const Api* const api = find_api(header.api_key);
  if (reader.ok() && api != nullptr && api->known().has(header.version)) {
    header.api = api;
    if (const auto client_id = reader.nullable_string()) header.client_id.emplace(*client_id);
    if (api->is_flexible_in(header.version)) reader.skip_tagged_fields();
  }
  reader.blame("request header");
  TRY(reader.status());
  return header;
}

Result<std::int32_t> decode_response_header(Reader& reader, ApiKey key, Version version) {
  const std::int32_t correlation_id = reader.int32();
  if (response_has_tagged_fields(key, version)) reader.skip_tagged_fields();
  reader.blame("response header");
  TRY(reader.status());
  return correlation_id;
}

std::size_t begin_request(Writer& writer, ApiKey key, Version version, std::int32_t correlation_id,
                          const std::optional<std::string>& client_id) {
  const std::size_t begin = writer.size();
  writer.int32(0);
  writer.int16(static_cast<std::int16_t>(key));
  writer.int16(version);
  writer.int32(correlation_id);
  if (client_id)
    writer.string(*client_id);
  else
    writer.null_string();
  if (api_of(key).is_flexible_in(version)) writer.no_tagged_fields();
  return begin;
}

std::size_t begin_response(Writer& writer, ApiKey key, Version version,
                           std::int32_t correlation_id) {
  const std::size_t begin = writer.size();
  writer.int32(0);
  writer.int32(correlation_id);
  if (response_has_tagged_fields(key, version)) writer.no_tagged_fields();
  return begin;
}

void end_frame(Writer& writer, std::size_t begin) {
  CHECK(writer.size() >= begin + length_size);
  std::size_t size = writer.size() - begin - length_size;
  for (const Hole& hole : writer.holes()) {
    if (hole.position > begin) size += hole.size;
  }
  writer.patch_int32(begin, static_cast<std::int32_t>(size));
}

}  // namespace koine::kafka
