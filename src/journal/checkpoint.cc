#include "journal/checkpoint.h"

#include <fmt/format.h>

#include <charconv>

#include "base/crc32c.h"
#include "base/fields.h"

namespace koine::journal {
namespace {

constexpr std::string_view identity_magic = "KOINEIDY";
constexpr std::string_view checkpoint_magic = "KOINECKP";
constexpr std::uint32_t format_version = 1;
constexpr std::string_view checkpoint_prefix = "checkpoint-";
constexpr std::size_t chunk_bytes_min = 24;

std::vector<std::byte> with_checksum(FieldWriter writer) {
  writer.number(crc32c(writer.view()));
  return writer.take();
}

// The fields of a file that ends in its checksum, after its magic and version.
Result<FieldReader> open_fields(ByteView file, std::string_view magic) {
  constexpr std::size_t crc_size = 4;
  if (file.size() < magic.size() + 2 * crc_size) return fail(ErrorCode::corrupt, "too short");
  const ByteView content = file.first(file.size() - crc_size);
  if (load_le<std::uint32_t>(file.last(crc_size).data()) != crc32c(content)) {
    return fail(ErrorCode::corrupt, "the checksum does not hold");
  }
  FieldReader reader(content);
  TRY(const auto found, reader.raw(magic.size()));
  if (as_text(found) != magic) return fail(ErrorCode::corrupt, "not a file of this kind");
  TRY(const auto version, reader.number<std::uint32_t>());
  if (version != format_version) {
    return fail(ErrorCode::unsupported,
                fmt::format("format {} where {} is known", version, format_version));
  }
  return reader;
}

}  // namespace

Task<Result<std::vector<std::byte>>> read_file(io::Disk& disk, std::string path) {
  CO_TRY(auto file, co_await disk.open(path, io::OpenMode::read, io::Caching::page_cache));
  CO_TRY(const auto size, co_await file->size());
  std::vector<std::byte> bytes(size);
  CO_TRY(const auto got, co_await file->read(0, bytes));
  bytes.resize(got);
  co_return bytes;
}

Task<Result<>> write_file_durably(io::Disk& disk, std::string directory, std::string name,
                                  std::vector<std::byte> bytes) {
  const std::string temporary = directory + "/" + name + ".new";
  if (auto removed = co_await disk.remove(temporary);
      !removed && removed.error().code() != ErrorCode::not_found) {
    co_return fail(std::move(removed).error());
  }
  {
    CO_TRY(auto file, co_await disk.open(temporary, io::OpenMode::create, io::Caching::page_cache));
    std::vector<ByteView> parts{ByteView(bytes)};
    CO_TRY(co_await file->write_and_sync(0, std::move(parts)));
  }
  CO_TRY(co_await disk.rename(temporary, directory + "/" + name));
  co_return co_await disk.sync_directory(directory);
}

Task<Result<std::optional<Identity>>> read_identity(io::Disk& disk, std::string directory) {
  auto file = co_await read_file(disk, directory + "/identity");
  if (!file) {
    if (file.error().code() == ErrorCode::not_found) co_return std::nullopt;
    co_return fail(std::move(file).error());
  }
  CO_TRY(auto reader, open_fields(*file, identity_magic));
  Identity identity;
  CO_TRY(identity.journal, reader.number<std::uint64_t>());
  CO_TRY(identity.epoch, reader.number<std::uint64_t>());
  CO_TRY(reader.finish());
  co_return identity;
}

Task<Result<>> write_identity(io::Disk& disk, std::string directory, Identity identity) {
  FieldWriter writer;
  writer.raw(as_bytes(identity_magic));
  writer.number(format_version);
  writer.number(identity.journal);
  writer.number(identity.epoch);
  co_return co_await write_file_durably(disk, std::move(directory), "identity",
                                        with_checksum(std::move(writer)));
}

std::vector<std::byte> encode_checkpoint(std::uint64_t journal, std::uint64_t first_chunk_to_replay,
                                         const ChunkMap& sealed_chunks, const LogTable& logs,
                                         ByteView owner_state) {
  FieldWriter writer;
  writer.raw(as_bytes(checkpoint_magic));
  writer.number(format_version);
  writer.number(journal);
  writer.number(first_chunk_to_replay);
  writer.number(static_cast<std::uint32_t>(sealed_chunks.size()));
  for (const auto& [sequence, chunk] : sealed_chunks) {
    writer.number(sequence);
    writer.raw(chunk->footer->encode());
  }
  logs.save(writer);
  writer.blob(owner_state);
  return with_checksum(std::move(writer));
}

Result<LoadedCheckpoint> decode_checkpoint(ByteView file, std::uint64_t journal,
                                           const std::string& directory, ChunkMap& chunks,
                                           LogTable& logs) {
  TRY(auto reader, open_fields(file, checkpoint_magic));
  LoadedCheckpoint loaded;
  TRY(const auto found_journal, reader.number<std::uint64_t>());
  if (found_journal != journal) return fail(ErrorCode::corrupt, "it belongs to another journal");
  TRY(loaded.first_chunk_to_replay, reader.number<std::uint64_t>());
  TRY(const auto chunk_count, reader.count(chunk_bytes_min));
  for (std::uint32_t i = 0; i < chunk_count; ++i) {
    TRY(const auto sequence, reader.number<std::uint64_t>());
    TRY(const auto footer, reader.raw(footer_size));
    auto chunk = std::make_shared<Chunk>(sequence, directory + "/" + chunk_file_name(sequence));
    TRY(chunk->footer, ChunkFooter::decode(footer));
    chunks.emplace(sequence, std::move(chunk));
  }
  TRY(logs.restore(reader, chunks));
  TRY(const auto owner_state, reader.blob());
  loaded.owner_state.assign(owner_state.begin(), owner_state.end());
  TRY(reader.finish());
  return loaded;
}

std::string checkpoint_file_name(std::uint64_t number) {
  return fmt::format("{}{:016x}", checkpoint_prefix, number);
}

std::optional<std::uint64_t> parse_checkpoint_file_name(std::string_view name) {
  if (!name.starts_with(checkpoint_prefix) || name.size() != checkpoint_prefix.size() + 16)
    return std::nullopt;
  std::uint64_t number = 0;
  const char* const end = name.data() + name.size();
  const auto [stopped, error] =
      std::from_chars(name.data() + checkpoint_prefix.size(), end, number, 16);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return number;
}

}  // namespace koine::journal
