#include "core/queues/deduplication_key.h"

#include <openssl/evp.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "core/queues/properties.h"

namespace koine::core {
namespace {

constexpr std::string_view key_header = "x-deduplication-header";
constexpr std::string_view death_header = "x-death";

DeduplicationKey digest_of(ByteView bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  CHECK(EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha256(), nullptr) == 1);
  DeduplicationKey key;
  std::ranges::copy(std::as_bytes(std::span(digest)).first(key.digest.size()), key.digest.begin());
  return key;
}

std::optional<DeduplicationKey> key_in(ByteView headers) {
  const auto decoded = decode_field_table(headers);
  if (!decoded) return std::nullopt;
  const FieldValue* value = find_field(*decoded, key_header);
  if (value == nullptr) return std::nullopt;
  if (const std::string* text = value->as_text()) return digest_of(as_bytes(*text));
  std::vector<std::byte> encoded;
  encode_field_table({{.name = {}, .value = *value}}, encoded);
  return digest_of(encoded);
}

}  // namespace

std::optional<DeduplicationKey> deduplication_key_of(const MessageView& message) {
  const auto summary = summarize_properties(message.properties);
  if (!summary) return std::nullopt;
  const std::string_view headers = as_text(summary->headers);
  if (headers.contains(death_header)) return std::nullopt;
  if (headers.contains(key_header)) {
    if (auto key = key_in(summary->headers)) return key;
  }
  if (summary->message_id.empty()) return std::nullopt;
  return digest_of(as_bytes(summary->message_id));
}

}  // namespace koine::core
