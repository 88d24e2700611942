// Any bytes as a produced batch: verified, patched as the partition does, read back, rebuilt. What is accepted must still
// be accepted after it was stored, and records that could be read must be the same after building them again.

#include "core/record_batch.h"

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/byte_order.h"
#include "base/check.h"
#include "base/crc32c.h"
#include "core/batch_builder.h"
#include "core/record_reader.h"

namespace koine::core {
namespace {

constexpr std::size_t decompressed_bytes_max = 1 << 20;

void check_stored(ByteView batch) {
  std::vector<std::byte> stored(batch.begin(), batch.end());
  const auto header = stored_header_at(batch, Offset{77}, 0, 12345);
  std::copy(header.begin(), header.end(), stored.begin());
  const auto checked = check_batch(stored);
  CHECK(checked && checked->base_offset == Offset{77} && checked->max_timestamp == 12345);
}

// How many records can be read.
std::size_t read_all(ByteView batch, BatchBuilder* rebuilt) {
  auto reader = RecordReader::open(batch, decompressed_bytes_max);
  if (!reader) return 0;
  std::size_t count = 0;
  while (true) {
    const auto record = reader->next();
    if (!record || !*record) return count;
    ++count;
    if (rebuilt != nullptr) {
      rebuilt->add({.timestamp = (*record)->timestamp,
                    .key = (*record)->key,
                    .value = (*record)->value,
                    .headers = (*record)->headers});
    }
  }
}

void fuzz(ByteView input) {
  std::vector<std::byte> batch(input.begin(), input.end());
  // A fuzzer does not find checksums: give it the right one.
  if (batch.size() >= batch_header_size) {
    store_be(batch.data() + 8, static_cast<std::int32_t>(batch.size() - batch_length_start));
    store_be(batch.data() + 17, crc32c(ByteView(batch).subspan(batch_crc_start)));
  }
  ByteView rest(input);
  while (take_batch(rest)) {
  }
  if (verify_batch(batch, {})) check_stored(batch);
  BatchBuilder rebuilt;
  const std::size_t count = read_all(batch, &rebuilt);
  if (count == 0) return;
  const auto again = rebuilt.build({.compression = Compression::lz4});
  CHECK(again && read_all(again->view(), nullptr) == count);
}

}  // namespace
}  // namespace koine::core

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  koine::core::fuzz(std::as_bytes(std::span(data, size)));
  return 0;
}
