#include "core/idempotency.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>

#include "base/byte_order.h"
#include "base/check.h"
#include "base/fields.h"

namespace koine::core {
namespace {

constexpr std::uint8_t format_version = 1;
constexpr std::uint8_t answer_flag = 1;
constexpr std::uint8_t progress_flag = 2;

void write_digest(FieldWriter& writer, const IdempotencyDigest& digest) {
  writer.raw(digest.bytes);
}

Result<IdempotencyDigest> read_digest(FieldReader& reader) {
  IdempotencyDigest digest;
  TRY(const ByteView bytes, reader.raw(digest.bytes.size()));
  std::memcpy(digest.bytes.data(), bytes.data(), bytes.size());
  return digest;
}

}  // namespace

IdempotencyDigest IdempotencyDigest::of(std::span<const ByteView> parts) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        EVP_MD_CTX_free);
  CHECK(context != nullptr && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1);
  for (const ByteView part : parts) {
    std::array<std::byte, sizeof(std::uint64_t)> size{};
    store_le(size.data(), std::uint64_t{part.size()});
    CHECK(EVP_DigestUpdate(context.get(), size.data(), size.size()) == 1);
    CHECK(EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1);
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> whole{};
  CHECK(EVP_DigestFinal_ex(context.get(), whole.data(), nullptr) == 1);
  IdempotencyDigest digest;
  std::ranges::copy(std::as_bytes(std::span(whole)).first(digest.bytes.size()),
                    digest.bytes.begin());
  return digest;
}

std::uint32_t IdempotencyDigest::number() const { return load_le<std::uint32_t>(bytes.data()); }

std::vector<std::byte> encode_record(const IdempotencyRecord& record) {
  FieldWriter writer;
  writer.number(format_version);
  write_digest(writer, record.piece.key);
  write_digest(writer, record.piece.request);
  writer.number(record.made_ms);
  writer.number(record.piece.number);
  writer.number(record.piece.plan);
  writer.number(static_cast<std::uint8_t>((record.piece.is_answer ? answer_flag : 0) |
                                          (record.piece.is_progress ? progress_flag : 0)));
  writer.number(record.result);
  writer.number(static_cast<std::uint32_t>(record.rejected.size()));
  for (const std::uint32_t number : record.rejected) writer.number(number);
  writer.blob(record.piece.note);
  return writer.take();
}

Result<IdempotencyRecord> decode_record(ByteView entry) {
  FieldReader reader(entry);
  TRY(const auto version, reader.number<std::uint8_t>());
  if (version != format_version) {
    return fail(
        ErrorCode::unsupported,
        fmt::format("an idempotency record in format {}, expected {}", version, format_version));
  }
  IdempotencyRecord record;
  TRY(record.piece.key, read_digest(reader));
  TRY(record.piece.request, read_digest(reader));
  TRY(record.made_ms, reader.number<WallTimeMs>());
  TRY(record.piece.number, reader.number<std::uint32_t>());
  TRY(record.piece.plan, reader.number<std::uint64_t>());
  TRY(const auto flags, reader.number<std::uint8_t>());
  record.piece.is_answer = (flags & answer_flag) != 0;
  record.piece.is_progress = (flags & progress_flag) != 0;
  TRY(record.result, reader.number<std::int64_t>());
  TRY(const std::uint32_t count, reader.count(sizeof(std::uint32_t)));
  for (std::uint32_t n = 0; n < count; ++n) {
    TRY(const auto number, reader.number<std::uint32_t>());
    record.rejected.push_back(number);
  }
  TRY(const ByteView note, reader.blob());
  record.piece.note.assign(note.begin(), note.end());
  TRY(reader.finish());
  return record;
}

}  // namespace koine::core
