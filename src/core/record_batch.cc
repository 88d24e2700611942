#include "core/record_batch.h"

#include <fmt/format.h>

#include <cstring>
#include <span>

#include "base/byte_order.h"
#include "base/check.h"
#include "base/crc32c.h"

namespace koine::core {
namespace {

// Where the fields are.
constexpr std::size_t length_at = 8;
constexpr std::size_t epoch_at = 12;
constexpr std::size_t magic_at = 16;
constexpr std::size_t crc_at = 17;
constexpr std::size_t attributes_at = 21;
constexpr std::size_t last_offset_delta_at = 23;
constexpr std::size_t base_timestamp_at = 27;
constexpr std::size_t max_timestamp_at = 35;
constexpr std::size_t producer_id_at = 43;
constexpr std::size_t producer_epoch_at = 51;
constexpr std::size_t base_sequence_at = 53;
constexpr std::size_t record_count_at = 57;

// The bits of the attributes (KIP-98, KIP-534).
constexpr std::uint16_t compression_bits = 0x07;
constexpr std::uint16_t append_time_bit = 0x08;
constexpr std::uint16_t transactional_bit = 0x10;
constexpr std::uint16_t control_bit = 0x20;
constexpr std::uint16_t known_bits = 0x3F;

// A record's length, attributes, two deltas, two lengths and header count, one byte each.
constexpr std::size_t record_size_min = 7;

std::unexpected<Error> invalid(std::string sentence) {
  return fail(ErrorCode::invalid_argument, std::move(sentence));
}

// The whole size from the length field. Errors: corrupt, unsupported.
Result<std::size_t> batch_size(ByteView bytes) {
  // Formats 0 and 1 have their magic at the same place, and may be shorter than our header.
  if (bytes.size() <= magic_at) {
    return fail(ErrorCode::corrupt, fmt::format("a batch of {} bytes has no header", bytes.size()));
  }
  const auto magic = load_be<std::int8_t>(bytes.data() + magic_at);
  if (magic == 0 || magic == 1) {
    return fail(ErrorCode::unsupported,
                fmt::format("record format {} is not supported; expected format 2", magic));
  }
  if (magic != batch_magic) {
    return fail(ErrorCode::corrupt, fmt::format("record format {} does not exist", magic));
  }
  const auto length = load_be<std::int32_t>(bytes.data() + length_at);
  if (length < 0 || bytes.size() < batch_header_size ||
      static_cast<std::size_t>(length) > bytes.size() - batch_length_start ||
      static_cast<std::size_t>(length) < batch_header_size - batch_length_start) {
    return fail(ErrorCode::corrupt, fmt::format("a batch's length is {}, but {} bytes are there",
                                                length, bytes.size()));
  }
  return batch_length_start + static_cast<std::size_t>(length);
}

Result<> check_kind(const BatchHeader& header) {
  if (header.is_control) return invalid("control batches are not for clients to write");
  if (header.is_transactional) {
    return fail(ErrorCode::unsupported, "transactions are not supported");
  }
  if (header.timestamp_source == TimestampSource::append) {
    return invalid("append time is not for producers to set");
  }
  return {};
}

Result<> check_counts(const BatchHeader& header) {
  if (header.record_count < 1) {
    return invalid(fmt::format("a batch of {} records; expected at least 1", header.record_count));
  }
  if (header.last_offset_delta != header.record_count - 1) {
    return invalid(fmt::format("the last offset delta is {}, but there are {} records",
                               header.last_offset_delta, header.record_count));
  }
  const bool may_hold = header.compression != Compression::none ||
                        static_cast<std::size_t>(header.record_count) <=
                            (header.size - batch_header_size) / record_size_min;
  if (!may_hold) {
    return invalid(fmt::format("{} records do not fit into a batch of {} bytes",
                               header.record_count, header.size));
  }
  return {};
}

Result<> check_producer(const BatchHeader& header) {
  if (!header.has_producer()) return {};
  if (header.producer_id.value() < 0 || header.producer_epoch < 0 || header.base_sequence < 0) {
    return invalid(fmt::format("producer {} with epoch {} and sequence {}; expected none below 0",
                               header.producer_id.value(), header.producer_epoch,
                               header.base_sequence));
  }
  return {};
}

Result<> check_crc(ByteView batch, std::uint32_t expected) {
  const std::uint32_t found = crc32c(batch.subspan(batch_crc_start));
  if (found != expected) {
    return fail(ErrorCode::corrupt,
                fmt::format("a batch's crc is {:08x}, expected {:08x}", found, expected));
  }
  return {};
}

}  // namespace

Result<BatchHeader> decode_batch_header(ByteView bytes) {
  BatchHeader header;
  TRY(header.size, batch_size(bytes));
  const std::byte* at = bytes.data();
  const auto attributes = load_be<std::uint16_t>(at + attributes_at);
  if ((attributes & ~known_bits) != 0) {
    return fail(ErrorCode::unsupported,
                fmt::format("unknown batch attributes {:#06x}", attributes));
  }
  if ((attributes & compression_bits) > compression_last) {
    return fail(ErrorCode::unsupported,
                fmt::format("unknown compression {}", attributes & compression_bits));
  }
  header.base_offset = Offset(load_be<std::int64_t>(at));
  header.leader_epoch = load_be<std::int32_t>(at + epoch_at);
  header.crc = load_be<std::uint32_t>(at + crc_at);
  header.compression = static_cast<Compression>(attributes & compression_bits);
  header.timestamp_source =
      (attributes & append_time_bit) != 0 ? TimestampSource::append : TimestampSource::producer;
  header.is_transactional = (attributes & transactional_bit) != 0;
  header.is_control = (attributes & control_bit) != 0;
  header.last_offset_delta = load_be<std::int32_t>(at + last_offset_delta_at);
  header.base_timestamp = load_be<std::int64_t>(at + base_timestamp_at);
  header.max_timestamp = load_be<std::int64_t>(at + max_timestamp_at);
  header.producer_id = ProducerId(load_be<std::int64_t>(at + producer_id_at));
  header.producer_epoch = load_be<std::int16_t>(at + producer_epoch_at);
  header.base_sequence = load_be<std::int32_t>(at + base_sequence_at);
  header.record_count = load_be<std::int32_t>(at + record_count_at);
  return header;
}

Result<BatchHeader> verify_batch(ByteView bytes, const BatchLimits& limits) {
  if (bytes.size() > limits.batch_bytes_max) {
    return fail(ErrorCode::too_large, fmt::format("a batch of {} bytes; at most {} are allowed",
                                                  bytes.size(), limits.batch_bytes_max));
  }
  TRY(const BatchHeader header, decode_batch_header(bytes));
  if (header.size != bytes.size())
    return invalid("several batches for one partition; expected one");
  TRY(check_crc(bytes, header.crc));
  TRY(check_kind(header));
  TRY(check_counts(header));
  TRY(check_producer(header));
  if (header.max_timestamp < -1) {
    return invalid(fmt::format("the largest timestamp is {}", header.max_timestamp));
  }
  return header;
}

Result<BatchHeader> check_batch(ByteView bytes) {
  TRY(const BatchHeader header, decode_batch_header(bytes));
  TRY(check_crc(bytes.first(header.size), header.crc));
  return header;
}

Result<ByteView> take_batch(ByteView& rest) {
  TRY(const std::size_t size, batch_size(rest));
  const ByteView batch = rest.first(size);
  rest = rest.subspan(size);
  return batch;
}

namespace {

void write_prefix(std::span<std::byte, batch_crc_start> to, Offset base_offset,
                  std::int32_t leader_epoch) {
  store_be(to.data(), base_offset.value());
  store_be(to.data() + epoch_at, leader_epoch);
}

}  // namespace

BatchPrefix stored_prefix(ByteView batch, Offset base_offset, std::int32_t leader_epoch) {
  CHECK(batch.size() >= batch_header_size);
  BatchPrefix prefix;
  std::memcpy(prefix.data(), batch.data(), prefix.size());
  write_prefix(prefix, base_offset, leader_epoch);
  return prefix;
}

std::uint32_t records_crc(ByteView batch) {
  CHECK(batch.size() >= batch_header_size);
  const auto whole = load_be<std::uint32_t>(batch.data() + crc_at);
  const std::uint32_t header =
      crc32c(batch.subspan(batch_crc_start, batch_header_size - batch_crc_start));
  // whole = combine(header, records, size) = combine(header, 0, size) xor records
  return whole ^ crc32c_combine(header, 0, batch.size() - batch_header_size);
}

StoredHeader stored_header_at(ByteView batch, Offset base_offset, std::int32_t leader_epoch,
                              WallTimeMs append_time_ms) {
  const std::uint32_t records = records_crc(batch);
  StoredHeader header;
  std::memcpy(header.data(), batch.data(), header.size());
  write_prefix(std::span(header).first<batch_crc_start>(), base_offset, leader_epoch);
  const auto attributes = load_be<std::uint16_t>(header.data() + attributes_at);
  store_be(header.data() + attributes_at, static_cast<std::uint16_t>(attributes | append_time_bit));
  store_be(header.data() + max_timestamp_at, append_time_ms);
  const std::uint32_t covered = crc32c(ByteView(header).subspan(batch_crc_start));
  store_be(header.data() + crc_at,
           crc32c_combine(covered, records, batch.size() - batch_header_size));
  return header;
}

}  // namespace koine::core
