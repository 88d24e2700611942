#include "core/compression.h"

#include <fmt/format.h>
#include <lz4frame.h>
#include <snappy.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <memory>

#include "base/byte_order.h"
#include "base/check.h"
#include "base/units.h"

namespace koine::core {
namespace {

using Output = std::vector<std::byte>;

// The xerial framing: a magic, two big-endian version numbers, then blocks, each after its 32-bit length.
constexpr std::array<unsigned char, 8> xerial_magic = {0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0};
constexpr std::size_t xerial_header_size = xerial_magic.size() + 8;
constexpr std::size_t xerial_block_size = 32 * KiB;
// Above it the output grows as it comes, so that a short input can't reserve much.
constexpr std::size_t first_output_size = 64 * KiB;
// 2^23 bytes: what RFC 8878 3.1.1.1.2 asks of every decoder; 2^27: the library's own limit.
constexpr int zstd_window_log_min = 23;
constexpr int zstd_window_log_max = 27;

// C interfaces count characters.
const char* chars(const std::byte* bytes) { return reinterpret_cast<const char*>(bytes); }
char* chars(std::byte* bytes) { return reinterpret_cast<char*>(bytes); }
unsigned char* octets(std::byte* bytes) { return reinterpret_cast<unsigned char*>(bytes); }
const unsigned char* octets(const std::byte* bytes) {
  return reinterpret_cast<const unsigned char*>(bytes);
}

std::unexpected<Error> not_valid(Compression compression) {
  return fail(ErrorCode::corrupt, fmt::format("the bytes are not valid {}", name_of(compression)));
}

std::unexpected<Error> over(std::size_t size_max) {
  return fail(ErrorCode::too_large,
              fmt::format("more than {} bytes after decompression", size_max));
}

// Output that a stream decoder writes into, piece by piece, up to the limit.
class GrowingOutput {
 public:
  explicit GrowingOutput(std::size_t size_max) : size_max_(size_max) {}

  // Room for more, at the limit for one byte more, so that the end can be told from a bomb. Errors: too_large.
  Result<MutableByteView> room() {
    if (used_ > size_max_) return over(size_max_);
    if (used_ == bytes_.size()) {
      bytes_.resize(std::min(size_max_ + 1, std::max(first_output_size, used_ * 2)));
    }
    return MutableByteView(bytes_).subspan(used_);
  }
  void used(std::size_t size) { used_ += size; }
  // Errors: too_large.
  Result<Output> take() {
    if (used_ > size_max_) return over(size_max_);
    bytes_.resize(used_);
    return std::move(bytes_);
  }

 private:
  std::size_t size_max_;
  std::size_t used_ = 0;
  Output bytes_;
};

struct InflateEnd {
  void operator()(z_stream* stream) const { inflateEnd(stream); }
};
constexpr int gzip_window_bits = 15 + 16;  // zlib: 16 more means a gzip header

Result<Output> gunzip(ByteView bytes, std::size_t size_max) {
  z_stream stream{};
  CHECK(inflateInit2(&stream, gzip_window_bits) == Z_OK);
  const std::unique_ptr<z_stream, InflateEnd> end(&stream);
  // zlib does not write to its input.
  stream.next_in = const_cast<unsigned char*>(octets(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  GrowingOutput output(size_max);
  while (true) {
    TRY(const MutableByteView room, output.room());
    stream.next_out = octets(room.data());
    stream.avail_out = static_cast<uInt>(room.size());
    const int status = inflate(&stream, Z_NO_FLUSH);
    output.used(room.size() - stream.avail_out);
    if (status == Z_STREAM_END) {
      if (stream.avail_in == 0) break;
      // RFC 1952 2.2: members follow one another.
      if (inflateReset(&stream) != Z_OK) return not_valid(Compression::gzip);
    } else if (status != Z_OK || (stream.avail_in == 0 && stream.avail_out != 0)) {
      return not_valid(Compression::gzip);
    }
  }
  return output.take();
}

Result<> snappy_block(ByteView block, Output& output, std::size_t size_max) {
  std::size_t size = 0;
  if (!snappy::GetUncompressedLength(chars(block.data()), block.size(), &size)) {
    return not_valid(Compression::snappy);
  }
  if (size > size_max - output.size()) return over(size_max);
  // A copy makes at most 64 bytes from 3 (snappy's format_description.txt, 2.2).
  if (size > block.size() * 64) return not_valid(Compression::snappy);
  const std::size_t at = output.size();
  output.resize(at + size);
  if (!snappy::RawUncompress(chars(block.data()), block.size(), chars(output.data() + at))) {
    return not_valid(Compression::snappy);
  }
  return {};
}

Result<Output> unsnappy(ByteView bytes, std::size_t size_max) {
  Output output;
  const bool framed = bytes.size() >= xerial_header_size &&
                      std::memcmp(bytes.data(), xerial_magic.data(), xerial_magic.size()) == 0;
  if (!framed) {
    TRY(snappy_block(bytes, output, size_max));
    return output;
  }
  bytes = bytes.subspan(xerial_header_size);
  while (!bytes.empty()) {
    if (bytes.size() < 4) return not_valid(Compression::snappy);
    const auto size = load_be<std::uint32_t>(bytes.data());
    bytes = bytes.subspan(4);
    if (size > bytes.size()) return not_valid(Compression::snappy);
    TRY(snappy_block(bytes.first(size), output, size_max));
    bytes = bytes.subspan(size);
  }
  return output;
}

struct FreeLz4 {
  void operator()(LZ4F_dctx* decoder) const { LZ4F_freeDecompressionContext(decoder); }
};

Result<Output> unlz4(ByteView bytes, std::size_t size_max) {
  LZ4F_dctx* made = nullptr;
  CHECK(LZ4F_isError(LZ4F_createDecompressionContext(&made, LZ4F_VERSION)) == 0);
  const std::unique_ptr<LZ4F_dctx, FreeLz4> decoder(made);
  GrowingOutput output(size_max);
  std::size_t hint = 1;
  while (!bytes.empty() || hint != 0) {
    TRY(const MutableByteView room, output.room());
    std::size_t written = room.size();
    std::size_t taken = bytes.size();
    hint = LZ4F_decompress(decoder.get(), room.data(), &written, bytes.data(), &taken, nullptr);
    if (LZ4F_isError(hint) != 0) return not_valid(Compression::lz4);
    if (taken == 0 && written == 0 && hint != 0) return not_valid(Compression::lz4);
    output.used(written);
    bytes = bytes.subspan(taken);
  }
  return output.take();
}

struct FreeZstd {
  void operator()(ZSTD_DCtx* decoder) const { ZSTD_freeDCtx(decoder); }
};

// The window may be as large as what may come out, so that the decoder's memory is bounded by the same limit.
int zstd_window_log(std::size_t size_max) {
  return std::clamp(static_cast<int>(std::bit_width(size_max)), zstd_window_log_min,
                    zstd_window_log_max);
}

Result<Output> unzstd(ByteView bytes, std::size_t size_max) {
  const std::unique_ptr<ZSTD_DCtx, FreeZstd> decoder(ZSTD_createDCtx());
  CHECK(decoder != nullptr);
  ZSTD_DCtx_setParameter(decoder.get(), ZSTD_d_windowLogMax, zstd_window_log(size_max));
  ZSTD_inBuffer input{bytes.data(), bytes.size(), 0};
  GrowingOutput output(size_max);
  std::size_t left = 1;
  while (input.pos < input.size || left != 0) {
    TRY(const MutableByteView room, output.room());
    ZSTD_outBuffer into{room.data(), room.size(), 0};
    const std::size_t taken_before = input.pos;
    left = ZSTD_decompressStream(decoder.get(), &into, &input);
    if (ZSTD_isError(left) != 0) return not_valid(Compression::zstd);
    if (into.pos == 0 && input.pos == taken_before && left != 0)
      return not_valid(Compression::zstd);
    output.used(into.pos);
  }
  return output.take();
}

struct DeflateEnd {
  void operator()(z_stream* stream) const { deflateEnd(stream); }
};

Output gzip(ByteView bytes) {
  z_stream stream{};
  constexpr int memory_level = 8;  // zlib's default
  CHECK(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip_window_bits, memory_level,
                     Z_DEFAULT_STRATEGY) == Z_OK);
  const std::unique_ptr<z_stream, DeflateEnd> end(&stream);
  Output output(deflateBound(&stream, bytes.size()));
  // zlib does not write to its input.
  stream.next_in = const_cast<unsigned char*>(octets(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = octets(output.data());
  stream.avail_out = static_cast<uInt>(output.size());
  CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  output.resize(stream.total_out);
  return output;
}

Output xerial_snappy(ByteView bytes) {
  Output output(xerial_header_size);
  std::memcpy(output.data(), xerial_magic.data(), xerial_magic.size());
  store_be<std::int32_t>(output.data() + xerial_magic.size(), 1);  // version
  store_be<std::int32_t>(output.data() + xerial_magic.size() + 4,
                         1);  // oldest version that reads it
  while (!bytes.empty()) {
    const ByteView block = bytes.first(std::min(bytes.size(), xerial_block_size));
    const std::size_t at = output.size();
    output.resize(at + 4 + snappy::MaxCompressedLength(block.size()));
    std::size_t size = 0;
    snappy::RawCompress(chars(block.data()), block.size(), chars(output.data() + at + 4), &size);
    store_be(output.data() + at, static_cast<std::uint32_t>(size));
    output.resize(at + 4 + size);
    bytes = bytes.subspan(block.size());
  }
  return output;
}

Output lz4(ByteView bytes) {
  LZ4F_preferences_t preferences{};
  preferences.frameInfo.blockMode = LZ4F_blockIndependent;  // what Java's clients can read
  Output output(LZ4F_compressFrameBound(bytes.size(), &preferences));
  const std::size_t size =
      LZ4F_compressFrame(output.data(), output.size(), bytes.data(), bytes.size(), &preferences);
  CHECK(LZ4F_isError(size) == 0);
  output.resize(size);
  return output;
}

Output zstd(ByteView bytes) {
  Output output(ZSTD_compressBound(bytes.size()));
  const std::size_t size =
      ZSTD_compress(output.data(), output.size(), bytes.data(), bytes.size(), ZSTD_CLEVEL_DEFAULT);
  CHECK(ZSTD_isError(size) == 0);
  output.resize(size);
  return output;
}

constexpr std::size_t input_size_max = std::numeric_limits<std::int32_t>::max();

}  // namespace

std::string_view name_of(Compression compression) {
  switch (compression) {
    case Compression::none: return "none";
    case Compression::gzip: return "gzip";
    case Compression::snappy: return "snappy";
    case Compression::lz4: return "lz4";
    case Compression::zstd: return "zstd";
  }
  return "unknown";
}

Result<Output> compress(Compression compression, ByteView bytes) {
  if (bytes.size() > input_size_max) {
    return fail(ErrorCode::too_large,
                fmt::format("{} bytes are too many to compress", bytes.size()));
  }
  switch (compression) {
    case Compression::none: return Output(bytes.begin(), bytes.end());
    case Compression::gzip: return gzip(bytes);
    case Compression::snappy: return xerial_snappy(bytes);
    case Compression::lz4: return lz4(bytes);
    case Compression::zstd: return zstd(bytes);
  }
  return fail(ErrorCode::unsupported, "unknown compression");
}

Result<Output> decompress(Compression compression, ByteView bytes, std::size_t size_max) {
  if (bytes.size() > input_size_max) return over(size_max);
  switch (compression) {
    case Compression::none:
      if (bytes.size() > size_max) return over(size_max);
      return Output(bytes.begin(), bytes.end());
    case Compression::gzip: return gunzip(bytes, size_max);
    case Compression::snappy: return unsnappy(bytes, size_max);
    case Compression::lz4: return unlz4(bytes, size_max);
    case Compression::zstd: return unzstd(bytes, size_max);
  }
  return fail(ErrorCode::unsupported, "unknown compression");
}

}  // namespace koine::core
