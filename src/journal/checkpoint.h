// Checkpoint: what a journal and its owner knew when a chunk began, so that opening replays only what follows.
//
// A file `checkpoint-<number>`, written whole, synced and renamed into place; the last two are kept. Beside it,
// `identity` says which journal the files belong to and holds the epoch, which grows with every opening before
// anything is appended.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "io/disk.h"
#include "journal/chunk.h"
#include "journal/log_table.h"

namespace koine::journal {

struct Identity {
  std::uint64_t journal = 0;
  std::uint64_t epoch = 0;
};

// nullopt: there is none, the directory is new.
Task<Result<std::optional<Identity>>> read_identity(io::Disk& disk, std::string directory);
Task<Result<>> write_identity(io::Disk& disk, std::string directory, Identity identity);

// The file's bytes.
std::vector<std::byte> encode_checkpoint(std::uint64_t journal, std::uint64_t first_chunk_to_replay,
                                         const ChunkMap& sealed_chunks, const LogTable& logs,
                                         ByteView owner_state);

struct LoadedCheckpoint {
  std::uint64_t number = 0;
  std::uint64_t first_chunk_to_replay = 1;
  std::vector<std::byte> owner_state;
};

// Fills `chunks` and `logs`. Corrupt: the checksum or a field does not hold; then they hold rubbish.
Result<LoadedCheckpoint> decode_checkpoint(ByteView file, std::uint64_t journal,
                                           const std::string& directory, ChunkMap& chunks,
                                           LogTable& logs);

std::string checkpoint_file_name(std::uint64_t number);
std::optional<std::uint64_t> parse_checkpoint_file_name(std::string_view name);

// Writes `bytes` under a temporary name, syncs, renames to `directory/name`, syncs the directory.
Task<Result<>> write_file_durably(io::Disk& disk, std::string directory, std::string name,
                                  std::vector<std::byte> bytes);
// The whole file.
Task<Result<std::vector<std::byte>>> read_file(io::Disk& disk, std::string path);

}  // namespace koine::journal
