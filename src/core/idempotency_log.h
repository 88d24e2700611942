// IdempotencyLog: what one shard knows of writes that came with a key: the records of the pieces that were done here, and which
// requests are under way. Owned by the shard's Engine; saved by its checkpoints.
//
//   claim()      on the key's home shard (Engine::owner_of_key): one request with a key at a time
//   entry_of()   a piece's record, to be appended with what the piece is, in the same turn; then appended()
//   commit       the record is known from now on, as after a restart
//
// Keeps at most bytes_max: then the oldest key goes before its time, and is counted; but check_room() refuses what is new rather than
// forget one before IdempotencyOptions::retention_min_ms.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "core/idempotency.h"
#include "journal/journal.h"
#include "runtime/shard.h"

namespace koine::core {

// A record on its way into the journal.
class IdempotencyEntry {
 public:
  IdempotencyEntry(journal::Log& log, IdempotencyRecord record);
  IdempotencyEntry(const IdempotencyEntry&) = delete;
  IdempotencyEntry& operator=(const IdempotencyEntry&) = delete;

  const journal::Append& append() const { return append_; }

 private:
  friend class IdempotencyLog;
  IdempotencyRecord record_;
  Offset offset_;
  std::vector<std::byte> bytes_;
  journal::Part part_;
  journal::Append append_;
};

class IdempotencyLog final : private journal::LogObserver {
 public:
  IdempotencyLog(runtime::Shard& shard, IdempotencyOptions options)
      : shard_(shard), options_(options) {}
  ~IdempotencyLog() override;

  // As JournalStateLog's.
  void attach(journal::Journal& journal, journal::Log& log);
  void detach();

  // For the journal's StateOwner; replay() also of what became durable in another log, the catalog's. Errors: corrupt, unsupported.
  std::vector<std::byte> save();
  Result<> restore(ByteView saved);
  Result<> replay(ByteView entry);

  enum class Claim : std::uint8_t { taken, is_running, is_other_request };
  // Until release().
  Claim claim(const IdempotencyDigest& key, const IdempotencyDigest& request);
  void release(const IdempotencyDigest& key) { running_.erase(key); }

  // Of the key, durable here.
  std::vector<IdempotencyRecord> find(const IdempotencyDigest& key);
  // The piece, if it was done; progress never is.
  std::optional<IdempotencyRecord> find(const IdempotentPiece& piece);

  // Forgets the oldest where that makes room. Errors: unavailable: no new piece can be kept now; the sentence says for how long.
  Result<> check_room();

  // In the turn of the append. What has rejected messages is no whole answer.
  std::unique_ptr<IdempotencyEntry> entry_of(const IdempotentPiece& piece, std::int64_t result,
                                             std::vector<std::uint32_t> rejected = {}) const;
  void appended(IdempotencyEntry& entry);
  // The piece alone. Durable when it returns. Errors: no_space, io_error, closed.
  Task<Result<>> keep(IdempotentPiecePtr piece, std::int64_t result);

  // What is not on disk and ends with something in memory (leases): known with its key as long as `lasts` says so.
  void remember(IdempotencyRecord record, std::function<bool()> lasts);

  std::size_t key_count() const { return known_.size(); }
  std::size_t bytes() const { return bytes_; }
  // Since the start of the process.
  std::uint64_t forgotten_early() const { return forgotten_early_; }

 private:
  // Records as they are on disk: a checkpoint copies them, and they take a third of the memory.
  struct Known {
    WallTimeMs first_ms = 0;
    std::vector<std::vector<std::byte>> records;
  };
  struct Aging {
    WallTimeMs first_ms = 0;
    IdempotencyDigest key;
  };
  struct Passing {
    IdempotencyRecord record;
    std::function<bool()> lasts;
  };
  struct Pending {
    Offset offset;
    IdempotencyDigest key;
    WallTimeMs made_ms = 0;
    std::optional<std::uint32_t> progress_of;
    std::vector<std::byte> record;
  };

  // The number of the piece whose progress it is; it takes the place of what said so before.
  static std::optional<std::uint32_t> progress_in(const IdempotentPiece& piece);
  void add(const IdempotencyDigest& key, WallTimeMs made_ms,
           std::optional<std::uint32_t> progress_of, std::vector<std::byte> record);
  void forget_progress(Known& known, std::uint32_t number);
  void forget_old();
  void forget_first();
  void on_committed(Offset committed) override;
  void on_rolled_back(Offset committed) override;

  runtime::Shard& shard_;
  IdempotencyOptions options_;
  journal::Journal* journal_ = nullptr;
  journal::Log* log_ = nullptr;
  std::unordered_map<IdempotencyDigest, IdempotencyDigest, IdempotencyDigestHash>
      running_;  // their requests
  std::unordered_map<IdempotencyDigest, Known, IdempotencyDigestHash> known_;
  std::unordered_map<IdempotencyDigest, Passing, IdempotencyDigestHash> passing_;
  std::size_t look_above_ = 0;   // of passing_: who does not last goes
  std::deque<Aging> by_age_;     // a key each
  std::deque<Pending> pending_;  // by offset
  std::size_t bytes_ = 0;        // with those pending
  std::uint64_t forgotten_early_ = 0;
};

}  // namespace koine::core
