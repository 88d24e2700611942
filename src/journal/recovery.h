// Recovery: what is in a journal's directory becomes its logs, chunks and tail again.
//
//   newest good checkpoint  ->  logs, sealed chunks, the owner's state
//   chunks after it         ->  their entries, one by one: into the logs, and to the owner's replay
//   the last one, unsealed  ->  cut behind its last whole entry; the tail goes on there
//
// Nothing is skipped in silence: torn tails, damage, missing and foreign files become notices. What can't be used is
// renamed to `*.set-aside`, never deleted.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "journal/scanner.h"
#include "journal/shard_journal.h"

namespace koine::journal {

class Recovery {
 public:
  explicit Recovery(ShardJournal& journal) : journal_(journal) {}

  // On success the journal has its tail, unless its directory holds no open chunk.
  Task<Result<>> run();

  // For the chunk after all that were found.
  std::uint64_t next_sequence() const;

 private:
  struct Group {
    EntryHeader header;
    std::uint32_t position = 0;
    std::vector<EntryTarget> also;
    std::vector<std::byte> body;
  };

  Task<Result<>> look_around();
  Task<Result<>> load_checkpoint();
  Task<Result<bool>> try_checkpoint(std::uint64_t number);
  Task<Result<>> replay_chunks();
  Task<Result<bool>> is_ours(std::uint64_t sequence);
  Task<Result<>> replay_chunk(std::uint64_t sequence, bool is_last);
  // The position behind the last whole group.
  Task<Result<std::uint32_t>> replay_entries(Scanner& scanner, Chunk& chunk);
  Result<> apply(const Chunk& chunk, const Group& entry);
  Result<> apply_data(const Chunk& chunk, const Group& entry, EntryTarget target);
  // Checksums of the full blocks below `end`; returns the bytes of the last, partial one.
  Task<Result<std::vector<std::byte>>> check_blocks(std::shared_ptr<io::File> file, Chunk& chunk,
                                                    std::uint32_t end);
  // Writes [synced_, end) of the chunk again, and syncs it: what was found may be in the kernel's memory only, of a process
  // that was killed, or whose sync failed. Whoever reads it from now on may rely on it.
  Task<Result<>> make_durable(std::shared_ptr<Chunk> chunk, std::shared_ptr<io::File> file,
                              std::uint32_t end);
  Task<Result<bool>> take_sealed(std::shared_ptr<Chunk> chunk, std::shared_ptr<io::File> file);
  Task<Result<>> finish_chunk(std::shared_ptr<Chunk> chunk, std::shared_ptr<io::File> file,
                              std::uint32_t end, bool is_last);
  Task<Result<>> set_aside(std::string name, std::string why);
  void report_missing_chunks() const;
  Task<Result<>> delete_leftovers();
  void notice(const std::string& sentence) const { journal_.notice(sentence); }

  ShardJournal& journal_;
  std::vector<std::uint64_t> checkpoints_;  // numbers of the files found, ascending
  std::vector<std::uint64_t> chunks_;       // sequence numbers of the files found, ascending
  std::vector<std::uint64_t> cleaned_chunks_;
  std::uint64_t first_to_replay_ = 1;
  std::optional<ChunkFooter> seal_;  // of the chunk being replayed
  std::uint32_t synced_ =
      0;  // below it the chunk being replayed was durable when its last entry was appended
};

}  // namespace koine::journal
