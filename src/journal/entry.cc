#include "journal/entry.h"

#include <array>

#include "base/byte_order.h"
#include "base/crc32c.h"

namespace koine::journal {
namespace {

// Below this, checksumming again is cheaper than combining.
constexpr std::size_t combine_size_min = 4 * KiB;

std::uint32_t extend(std::uint32_t crc, const Part& part) {
  if (part.crc && part.bytes.size() >= combine_size_min) {
    return crc32c_combine(crc, *part.crc, part.bytes.size());
  }
  return crc32c(part.bytes, crc);
}

}  // namespace

std::array<std::byte, entry_header_size> encode_header(EntryHeader& header,
                                                       std::span<const Part> parts) {
  std::size_t size = entry_header_size;
  for (const Part& part : parts) size += part.bytes.size();
  header.length = static_cast<std::uint32_t>(size);

  std::array<std::byte, entry_header_size> bytes{};
  std::byte* at = bytes.data();
  store_le(at + 4, header.length);
  store_le(at + 8, header.epoch);
  store_le(at + 16, header.chunk);
  store_le(at + 20, header.synced);
  store_le(at + 24, header.timestamp_max);
  store_le(at + 32, header.record_count);
  store_le(at + 36, header.target_count);
  store_le(at + 38, static_cast<std::uint8_t>(header.kind));
  store_le(at + 39, static_cast<std::uint8_t>(header.continues ? 1 : 0));
  store_le(at + 40, header.log.value());
  store_le(at + 48, header.base_offset.value());

  std::uint32_t crc = crc32c(ByteView(bytes).subspan(4));
  for (const Part& part : parts) crc = extend(crc, part);
  header.crc = crc;
  store_le(at, crc);
  return bytes;
}

std::vector<std::byte> encode_further_targets(std::span<const EntryTarget> targets) {
  std::vector<std::byte> bytes(targets.size() * entry_target_size);
  std::byte* at = bytes.data();
  for (const EntryTarget& target : targets) {
    store_le(at, target.log.value());
    store_le(at + 8, target.base_offset.value());
    at += entry_target_size;
  }
  return bytes;
}

std::vector<EntryTarget> further_targets(const EntryHeader& header, ByteView entry) {
  std::vector<EntryTarget> targets;
  for (std::size_t at = entry_header_size; at < header.size(); at += entry_target_size) {
    targets.push_back({.log = LogId(load_le<std::uint64_t>(entry.data() + at)),
                       .base_offset = Offset(load_le<std::int64_t>(entry.data() + at + 8))});
  }
  return targets;
}

std::optional<EntryHeader> decode_header(ByteView bytes) {
  if (bytes.size() < entry_header_size) return std::nullopt;
  const std::byte* at = bytes.data();
  EntryHeader header;
  header.crc = load_le<std::uint32_t>(at);
  header.length = load_le<std::uint32_t>(at + 4);
  header.epoch = load_le<std::uint64_t>(at + 8);
  header.chunk = load_le<std::uint32_t>(at + 16);
  header.synced = load_le<std::uint32_t>(at + 20);
  header.timestamp_max = load_le<std::int64_t>(at + 24);
  header.record_count = load_le<std::uint32_t>(at + 32);
  const auto kind = load_le<std::uint8_t>(at + 38);
  const auto flags = load_le<std::uint8_t>(at + 39);
  header.kind = static_cast<EntryKind>(kind);
  header.continues = (flags & 1U) != 0;
  header.target_count = load_le<std::uint16_t>(at + 36);
  header.log = LogId(load_le<std::uint64_t>(at + 40));
  header.base_offset = Offset(load_le<std::int64_t>(at + 48));
  const bool shared = header.target_count > 1;
  const bool plausible = header.target_count > 0 && header.length >= header.size() &&
                         (!shared || header.kind == EntryKind::data) &&
                         kind >= static_cast<std::uint8_t>(EntryKind::data) &&
                         kind <= static_cast<std::uint8_t>(EntryKind::seal) && flags <= 1 &&
                         header.base_offset.value() >= 0;
  if (!plausible) return std::nullopt;
  return header;
}

bool checksum_holds(ByteView entry) {
  return load_le<std::uint32_t>(entry.data()) == crc32c(entry.subspan(4));
}

}  // namespace koine::journal
