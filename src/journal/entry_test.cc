#include "journal/entry.h"

#include <gtest/gtest.h>

#include "base/byte_order.h"

namespace koine::journal {
namespace {

const std::vector<EntryTarget> further{{LogId(7), Offset(70)}, {LogId(8), Offset(80)}};

std::vector<std::byte> encode(EntryHeader header, std::vector<Part> parts) {
  const auto head = encode_header(header, parts);
  std::vector<std::byte> entry(head.begin(), head.end());
  for (const Part& part : parts) entry.insert(entry.end(), part.bytes.begin(), part.bytes.end());
  return entry;
}

EntryHeader header_of(std::uint16_t target_count) {
  EntryHeader header;
  header.record_count = 3;
  header.target_count = target_count;
  header.log = LogId(6);
  header.base_offset = Offset(60);
  return header;
}

std::vector<std::byte> encode_shared() {
  const auto targets = encode_further_targets(further);
  return encode(header_of(3), {Part{.bytes = targets, .crc = std::nullopt},
                               Part{.bytes = as_bytes("body"), .crc = std::nullopt}});
}

std::vector<std::byte> with_u16(std::vector<std::byte> entry, std::size_t at, std::uint16_t value) {
  store_le(entry.data() + at, value);
  return entry;
}

TEST(Entry, OfOneLogHasItsBodyRightBehindTheHeader) {
  const auto entry = encode(header_of(1), {Part{.bytes = as_bytes("body"), .crc = std::nullopt}});
  EXPECT_EQ(entry.size(), entry_header_size + 4);
  EXPECT_EQ(load_le<std::uint16_t>(entry.data() + 36), 1);
  EXPECT_EQ(as_text(ByteView(entry).subspan(entry_header_size)), "body");
  const auto header = decode_header(entry);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->size(), entry_header_size);
  EXPECT_EQ(header->body_size(), 4U);
  EXPECT_TRUE(further_targets(*header, entry).empty());
  EXPECT_TRUE(checksum_holds(entry));
}

TEST(Entry, OfSeveralLogsNamesThemBeforeItsBody) {
  const auto entry = encode_shared();
  const auto header = decode_header(entry);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->log, LogId(6));
  EXPECT_EQ(header->base_offset, Offset(60));
  EXPECT_EQ(header->size(), entry_header_size + 2 * entry_target_size);
  EXPECT_EQ(header->body_size(), 4U);
  EXPECT_EQ(further_targets(*header, entry), further);
  EXPECT_EQ(as_text(ByteView(entry).subspan(header->size())), "body");
}

TEST(Entry, ItsChecksumCoversTheFurtherTargets) {
  auto entry = encode_shared();
  EXPECT_TRUE(checksum_holds(entry));
  entry[entry_header_size] ^= std::byte{1};
  EXPECT_FALSE(checksum_holds(entry));
}

TEST(Entry, TheIndexItemOfASharedOneLeadsBackToItsStart) {
  const IndexItem item{.body_position = 4096 + 56 + 32, .body_size = 4, .further_targets = 2};
  EXPECT_EQ(entry_position(item), 4096U);
  EXPECT_EQ(entry_size(item), encode_shared().size());
}

TEST(Entry, CanNotHaveTargetsThatItHasNoRoomFor) {
  const auto entry = encode_shared();
  EXPECT_FALSE(decode_header(with_u16(entry, 36, 0)));
  EXPECT_TRUE(decode_header(with_u16(entry, 36, 3)));
  EXPECT_FALSE(decode_header(with_u16(entry, 36, 4)));
  EXPECT_FALSE(decode_header(with_u16(entry, 36, 65'535)));
}

TEST(Entry, OnlyDataHasSeveralTargets) {
  auto header = header_of(3);
  header.kind = EntryKind::trim;
  const auto targets = encode_further_targets(further);
  EXPECT_FALSE(decode_header(encode(header, {Part{.bytes = targets, .crc = std::nullopt}})));
}

}  // namespace
}  // namespace koine::journal
