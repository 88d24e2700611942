// BlockReader: gets blocks of chunks into the cache, off the shard's thread, each from one read for all who ask.
//
// A block of a sealed chunk is compared with the chunk's checksum table when it comes from the disk. If it does not match,
// the entries in it are checked one by one: damaged ones are noted in the chunk and reported, the others go on
// being served. Sequential readers find the next block on its way.
//
// Loads take turns, in the order of asking, so that those under way use up at most a quarter of the cache; a load whose
// turn it is waits until a block can be given up for it. Reading ahead takes only a turn and a block that are free now.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "base/result.h"
#include "base/task.h"
#include "io/disk.h"
#include "io/reactor.h"
#include "journal/block_cache.h"
#include "journal/chunk.h"
#include "runtime/gate.h"
#include "runtime/semaphore.h"
#include "runtime/signal.h"

namespace koine::journal {

using BlockPtr = std::shared_ptr<Block>;

// Reads at any position through memory that direct I/O accepts. Errors: corrupt (the file is shorter), io_error.
Task<Result<std::vector<std::byte>>> read_unaligned(std::shared_ptr<io::File> file,
                                                    std::uint64_t position, std::size_t size);

class BlockReader {
 public:
  BlockReader(io::Reactor& reactor, io::Disk& disk, BlockCache& cache,
              std::function<void(const std::string&)> notice)
      : reactor_(reactor),
        disk_(disk),
        cache_(cache),
        notice_(std::move(notice)),
        turns_(reactor, turns_of(cache)) {}

  // The chunk's file, opened if it is not yet.
  Task<Result<std::shared_ptr<io::File>>> file_of(std::shared_ptr<Chunk> chunk);

  // Errors: io_error; corrupt if the part of the block that holds the index is damaged, or if there is no such block;
  // closed. The caller drops the block before it waits again, as others may wait for its memory.
  Task<Result<BlockPtr>> load(std::shared_ptr<Chunk> chunk, std::uint32_t index);

  // Starts loading if that needs no waiting.
  void prefetch(const std::shared_ptr<Chunk>& chunk, std::uint32_t index);

  Task<void> close() { return gate_.close(); }

  std::uint64_t hits() const { return hits_; }
  std::uint64_t misses() const { return misses_; }

 private:
  struct Loading {
    explicit Loading(io::Reactor& reactor) : done(reactor) {}
    runtime::Signal done;
    std::optional<Result<BlockPtr>> result;
  };

  static std::size_t turns_of(const BlockCache& cache);
  static bool has_block(const Chunk& chunk, std::uint32_t index);
  Task<void> run_in_turn(std::shared_ptr<Chunk> chunk, std::uint32_t index,
                         std::shared_ptr<Loading> loading);
  // Holds the turn until those who wait for the block are on their way.
  Task<void> run(std::shared_ptr<Chunk> chunk, std::uint32_t index,
                 std::shared_ptr<Loading> loading, BlockPtr block, runtime::Units turn);
  // Waits until there is one. Errors: closed.
  Task<Result<BlockPtr>> make_block();
  Task<Result<BlockPtr>> read(std::shared_ptr<Chunk> chunk, std::uint32_t index, BlockPtr block);
  Task<Result<>> read_checksums(std::shared_ptr<Chunk> chunk);
  // Which entries in the block are damaged.
  Task<Result<>> find_damage(std::shared_ptr<Chunk> chunk, std::uint32_t index);
  Task<Result<>> check_entry(std::shared_ptr<Chunk> chunk, IndexItem item);

  io::Reactor& reactor_;
  io::Disk& disk_;
  BlockCache& cache_;
  std::function<void(const std::string&)> notice_;
  std::unordered_map<BlockKey, std::shared_ptr<Loading>, BlockKeyHash> loading_;
  runtime::Semaphore turns_;  // only tasks of the gate wait there: they are not dropped
  runtime::Gate gate_;
  std::uint64_t hits_ = 0;
  std::uint64_t misses_ = 0;
};

}  // namespace koine::journal
