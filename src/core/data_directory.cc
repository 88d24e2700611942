#include "core/data_directory.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace koine::core {
namespace {

constexpr std::string_view first_line = "koine data directory";
// The file is four short lines; what is longer is not ours.
constexpr std::size_t identity_size_max = 512;
constexpr std::uint32_t shard_count_max = 1024;

// RFC 4648 section 5, without padding.
std::string base64url(ByteView bytes) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string text;
  std::uint32_t bits = 0;
  unsigned bit_count = 0;
  for (const std::byte byte : bytes) {
    bits = (bits << 8U) | static_cast<std::uint32_t>(byte);
    for (bit_count += 8; bit_count >= 6; bit_count -= 6) {
      text += digits[(bits >> (bit_count - 6)) & 0x3FU];
    }
  }
  if (bit_count > 0) text += digits[(bits << (6 - bit_count)) & 0x3FU];
  return text;
}

std::unexpected<Error> not_ours() {
  return fail(ErrorCode::corrupt, "not the identity of a koine data directory");
}

// Cuts `name value\n` off the text.
Result<std::string_view> take_line(std::string_view& text, std::string_view name) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return not_ours();
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  if (!line.starts_with(name) || line.size() < name.size() + 2 || line[name.size()] != ' ') {
    return not_ours();
  }
  return line.substr(name.size() + 1);
}

Result<std::uint32_t> take_number(std::string_view& text, std::string_view name) {
  TRY(const std::string_view value, take_line(text, name));
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size()) return not_ours();
  return number;
}

Task<Result<std::optional<std::string>>> read_file(io::Disk& disk, std::string path) {
  auto file = co_await disk.open(path, io::OpenMode::read, io::Caching::page_cache);
  if (!file && file.error().code() == ErrorCode::not_found) co_return std::nullopt;
  if (!file) co_return fail(std::move(file).error());
  std::vector<std::byte> bytes(identity_size_max);
  CO_TRY(const std::size_t size, co_await (*file)->read(0, bytes));
  co_return std::string(as_text(ByteView(bytes).first(size)));
}

Task<Result<>> write_file(io::Disk& disk, std::string directory, std::string text) {
  const std::string path = directory + "/identity";
  const std::string made = path + ".new";
  const auto removed = co_await disk.remove(made);  // left by a crash
  if (!removed && removed.error().code() != ErrorCode::not_found) co_return fail(removed.error());
  {
    CO_TRY(const auto file,
           co_await disk.open(made, io::OpenMode::create, io::Caching::page_cache));
    const std::vector<ByteView> parts = {as_bytes(text)};
    CO_TRY(co_await file->write_and_sync(0, parts));
  }
  CO_TRY(co_await disk.rename(made, path));
  co_return co_await disk.sync_directory(directory);
}

}  // namespace

std::string DataIdentity::to_text() const {
  return fmt::format("{}\nformat {}\nshards {}\ncluster_id {}\n", first_line, format, shard_count,
                     cluster_id);
}

Result<DataIdentity> DataIdentity::parse(std::string_view text) {
  if (!text.starts_with(first_line) || text.size() <= first_line.size() ||
      text[first_line.size()] != '\n') {
    return not_ours();
  }
  text.remove_prefix(first_line.size() + 1);
  DataIdentity identity;
  TRY(identity.format, take_number(text, "format"));
  if (identity.format > data_format) return identity;  // what follows is not known here
  TRY(identity.shard_count, take_number(text, "shards"));
  TRY(identity.cluster_id, take_line(text, "cluster_id"));
  if (identity.format == 0 || identity.shard_count == 0 || identity.shard_count > shard_count_max ||
      !text.empty()) {
    return not_ours();
  }
  return identity;
}

Task<Result<DataIdentity>> open_identity(io::Disk& disk, io::Random& random, std::string directory,
                                         std::uint32_t shard_count) {
  const std::string path = directory + "/identity";
  CO_TRY(const auto text, co_await read_file(disk, path));
  if (!text) {
    std::array<std::byte, 16> id{};
    random.fill(id);
    DataIdentity made{.shard_count = shard_count, .cluster_id = base64url(id)};
    CO_TRY(co_await write_file(disk, directory, made.to_text()));
    co_return made;
  }
  auto found = DataIdentity::parse(*text);
  if (!found) co_return fail(std::move(found).error().while_doing(path));
  if (found->format > data_format) {
    co_return fail(ErrorCode::unsupported,
                   fmt::format("{} was written by a newer koine: format {}, expected {}", directory,
                               found->format, data_format));
  }
  if (found->shard_count != shard_count) {
    co_return fail(ErrorCode::invalid_argument,
                   fmt::format("shards: {} was made with {} shards; set shards={}", directory,
                               found->shard_count, found->shard_count));
  }
  co_return *found;
}

}  // namespace koine::core
