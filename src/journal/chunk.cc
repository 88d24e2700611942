#include "journal/chunk.h"

#include <fmt/format.h>

#include <charconv>
#include <cstring>

#include "base/byte_order.h"
#include "base/crc32c.h"
#include "base/fields.h"
#include "journal/entry.h"

namespace koine::journal {
namespace {

constexpr std::string_view magic = "KOINEJNL";
constexpr std::string_view chunk_prefix = "chunk-";
constexpr std::string_view cleaned_prefix = "cleaned-";
constexpr std::size_t sequence_digits = 16;
constexpr std::size_t header_fields_size = 28;  // magic, version, journal, sequence

}  // namespace

std::vector<std::byte> encode_chunk_header(const ChunkIdentity& identity) {
  FieldWriter writer;
  writer.raw(as_bytes(magic));
  writer.number(chunk_format_version);
  writer.number(identity.journal);
  writer.number(identity.sequence);
  writer.number(crc32c(writer.view()));
  auto bytes = writer.take();
  bytes.resize(chunk_header_size);
  return bytes;
}

Result<ChunkIdentity> decode_chunk_header(ByteView bytes) {
  FieldReader reader(bytes);
  TRY(const auto found_magic, reader.raw(magic.size()));
  if (as_text(found_magic) != magic) return fail(ErrorCode::corrupt, "not a chunk of a journal");
  TRY(const auto version, reader.number<std::uint32_t>());
  if (version != chunk_format_version) {
    return fail(ErrorCode::unsupported,
                fmt::format("chunk format {} where {} is known", version, chunk_format_version));
  }
  ChunkIdentity identity;
  TRY(identity.journal, reader.number<std::uint64_t>());
  TRY(identity.sequence, reader.number<std::uint64_t>());
  TRY(const auto crc, reader.number<std::uint32_t>());
  if (crc != crc32c(bytes.first(header_fields_size))) {
    return fail(ErrorCode::corrupt, "the checksum of the chunk header does not hold");
  }
  return identity;
}

ChunkFooter ChunkFooter::behind(std::uint32_t position, ByteView index) {
  const std::uint32_t seal_end =
      position + static_cast<std::uint32_t>(entry_header_size) + footer_size;
  ChunkFooter footer;
  footer.index_position = static_cast<std::uint32_t>(align_up(seal_end, io::direct_alignment));
  footer.index_count = static_cast<std::uint32_t>(index.size() / index_item_size);
  footer.index_checksum = crc32c(index);
  footer.table_position = footer.index_position + static_cast<std::uint32_t>(index.size());
  const std::uint32_t block_count = (footer.table_position + block_size - 1) / block_size;
  footer.file_size = static_cast<std::uint32_t>(align_up(
      footer.table_position + (block_count + 1) * sizeof(std::uint32_t), io::direct_alignment));
  return footer;
}

std::vector<std::byte> encode_checksum_table(std::span<const std::uint32_t> checksums) {
  FieldWriter writer;
  for (const std::uint32_t checksum : checksums) writer.number(checksum);
  writer.number(crc32c(writer.view()));
  return writer.take();
}

Result<std::vector<std::uint32_t>> decode_checksum_table(ByteView bytes) {
  FieldReader reader(bytes);
  std::vector<std::uint32_t> checksums(bytes.size() / sizeof(std::uint32_t));
  for (std::uint32_t& checksum : checksums) {
    TRY(checksum, reader.number<std::uint32_t>());
  }
  TRY(reader.finish());
  if (checksums.empty() ||
      checksums.back() != crc32c(bytes.first(bytes.size() - sizeof(std::uint32_t)))) {
    return fail(ErrorCode::corrupt, "the checksum of the checksum table does not hold");
  }
  checksums.pop_back();
  return checksums;
}

std::vector<std::byte> ChunkFooter::encode() const {
  FieldWriter writer;
  writer.number(index_position);
  writer.number(index_count);
  writer.number(table_position);
  writer.number(file_size);
  writer.number(index_checksum);
  return writer.take();
}

Result<ChunkFooter> ChunkFooter::decode(ByteView body) {
  FieldReader reader(body);
  ChunkFooter footer;
  TRY(footer.index_position, reader.number<std::uint32_t>());
  TRY(footer.index_count, reader.number<std::uint32_t>());
  TRY(footer.table_position, reader.number<std::uint32_t>());
  TRY(footer.file_size, reader.number<std::uint32_t>());
  TRY(footer.index_checksum, reader.number<std::uint32_t>());
  TRY(reader.finish());
  const std::uint64_t index_end =
      footer.index_position + std::uint64_t{footer.index_count} * index_item_size;
  if (index_end > footer.table_position || footer.table_position >= footer.file_size) {
    return fail(ErrorCode::corrupt, "the parts of the chunk footer overlap");
  }
  return footer;
}

void encode_index_item(const IndexItem& item, std::byte* to) {
  store_le(to, item.base_offset.value());
  store_le(to + 8, item.timestamp_max);
  store_le(to + 16, item.record_count);
  store_le(to + 20, item.body_position);
  store_le(to + 24, item.body_size);
  store_le(to + 28, item.further_targets);
}

IndexItem decode_index_item(const std::byte* from) {
  return {.base_offset = Offset(load_le<std::int64_t>(from)),
          .record_count = load_le<std::uint32_t>(from + 16),
          .body_position = load_le<std::uint32_t>(from + 20),
          .body_size = load_le<std::uint32_t>(from + 24),
          .further_targets = load_le<std::uint32_t>(from + 28),
          .timestamp_max = load_le<std::int64_t>(from + 8)};
}

std::string chunk_file_name(std::uint64_t sequence) {
  return fmt::format("{}{:016x}", is_cleaned(sequence) ? cleaned_prefix : chunk_prefix, sequence);
}

std::optional<std::uint64_t> parse_chunk_file_name(std::string_view name) {
  const bool cleaned = name.starts_with(cleaned_prefix);
  const std::string_view prefix = cleaned ? cleaned_prefix : chunk_prefix;
  if (!name.starts_with(prefix) || name.size() != prefix.size() + sequence_digits)
    return std::nullopt;
  std::uint64_t sequence = 0;
  const char* const end = name.data() + name.size();
  const auto [stopped, error] = std::from_chars(name.data() + prefix.size(), end, sequence, 16);
  if (error != std::errc() || stopped != end || is_cleaned(sequence) != cleaned)
    return std::nullopt;
  return sequence;
}

}  // namespace koine::journal
