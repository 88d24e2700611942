// One record batch (format v2), made once and sent many times. The CRC covers what lies behind it,
// so that the server may set the base offset without touching it.
//
//   0 base offset  8 length  12 leader epoch  16 magic  17 crc  21 attributes  23 last offset delta
//   27 first timestamp  35 last timestamp  43 producer id  51 epoch  53 sequence  57 count  61 records
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "payload.h"
#include "wire.h"

// CRC-32C (RFC 3720 B.4), bit by bit: a batch is made once.
inline uint32_t crc32c(std::string_view bytes) {
  uint32_t crc = ~0U;
  for (auto const byte : bytes) {
    crc ^= static_cast<uint8_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (0x82F63B78U & (0U - (crc & 1U)));
  }
  return ~crc;
}

struct RecordBatch {
  std::string bytes;
  size_t records;
};

// As many records of `record_bytes` as fit into `batch_bytes`, at least one.
inline RecordBatch make_batch(size_t batch_bytes, size_t record_bytes) {
  constexpr size_t header_bytes = 61;
  constexpr size_t record_overhead_bytes = 12;
  auto const room = batch_bytes > header_bytes ? batch_bytes - header_bytes : 0;
  auto const records = std::max<size_t>(1, room / (record_bytes + record_overhead_bytes));
  auto const value = random_bytes(record_bytes);

  WireWriter covered;
  auto const now_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                          std::chrono::system_clock::now().time_since_epoch())
                          .count();
  covered.integer<int16_t>(0);
  covered.integer(static_cast<int32_t>(records - 1));
  covered.integer<int64_t>(now_ms);
  covered.integer<int64_t>(now_ms);
  covered.integer<int64_t>(-1);
  covered.integer<int16_t>(-1);
  covered.integer<int32_t>(-1);
  covered.integer(static_cast<int32_t>(records));
  for (size_t i = 0; i < records; ++i) {
    WireWriter record;
    record.integer<int8_t>(0);
    record.varint(0);
    record.varint(static_cast<int64_t>(i));
    record.varint(-1);
    record.varint(static_cast<int64_t>(value.size()));
    record.append(value);
    record.varint(0);
    covered.varint(static_cast<int64_t>(record.bytes().size()));
    covered.append(record.bytes());
  }

  WireWriter batch;
  batch.integer<int64_t>(0);
  batch.integer(static_cast<int32_t>(covered.bytes().size() + 9));
  batch.integer<int32_t>(-1);
  batch.integer<int8_t>(2);
  batch.integer(crc32c(covered.bytes()));
  batch.append(covered.bytes());
  return {batch.bytes(), records};
}
