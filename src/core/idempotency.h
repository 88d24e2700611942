// What a write that came with a key of its own (HTTP's Idempotency-Key) leaves behind, so that it is done once however often it comes:
// for each piece of the journal that it wrote a record, in the same entry.
//
//   request --> pieces: one for each append of a journal; mostly one
//   piece   --> [ what was appended ][ record: key, request, piece, note, result ]     one entry, all or nothing
//
// A piece is known by its number, on the shard where its effect is: who does the request again does those pieces that are not
// known there, and gets the results of the others. A record that is_answer says all that the request was answered. A request that is
// done in many parts (a move of a million messages) says how far it has come with a piece that replaces the one before.
//
//   on disk, in the shard's state log `idempotency` (idempotency_log.h) or in a change of the catalog:
//   version 1 | key 16 | request 16 | made_ms i64 | piece u32 | plan u64 | flags u8 | result i64 | count, rejected u32... | note
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/units.h"

namespace koine::core {

class IdempotencyLog;

struct IdempotencyOptions {
  // How long a key is kept, from its first piece on; and how long at least, when there is no room for more.
  std::int64_t retention_ms = 24LL * 3600 * 1000;
  std::int64_t retention_min_ms = 3600LL * 1000;
  // Of each shard. When it is used up the oldest are forgotten; new keys are refused while those are younger than that.
  std::size_t bytes_max = 32 * MiB;
};

// Of one record's note.
inline constexpr std::size_t idempotency_note_bytes_max = 64 * KiB;

// The first half of a SHA-256.
struct IdempotencyDigest {
  std::array<std::byte, 16> bytes{};

  // Of several texts, where it matters which is which.
  static IdempotencyDigest of(std::span<const ByteView> parts);
  // The same number for the same digest: to choose a shard, a partition.
  std::uint32_t number() const;
  auto operator<=>(const IdempotencyDigest&) const = default;
};
struct IdempotencyDigestHash {
  std::size_t operator()(const IdempotencyDigest& digest) const {
    std::size_t hash = 0;
    std::memcpy(&hash, digest.bytes.data(), sizeof hash);
    return hash;
  }
};

// What is known of a piece before it is done. Shared between shards, never changed.
struct IdempotentPiece {
  IdempotencyDigest key;      // of the user and the key
  IdempotencyDigest request;  // of what was asked for: with the same key it must be the same
  std::uint32_t number = 0;   // among those of the request on a shard
  // Into what the request was divided: who goes on with it later must come to the same.
  std::uint64_t plan = 0;
  bool is_answer = false;
  // How far the request has come: not what was done, but that it goes on from there; takes the place of what the piece said before.
  bool is_progress = false;
  std::vector<std::byte> note;  // the caller's
};
using IdempotentPiecePtr = std::shared_ptr<const IdempotentPiece>;

// The part of a piece that is written on other shards before it.
constexpr std::uint32_t piece_elsewhere(std::uint32_t number) { return number | 1U << 31U; }

// The answer alone, when it is not in what was done: on the key's home shard.
inline constexpr std::uint32_t piece_of_answer = (1U << 31U) - 1;

// A piece that is to be done on the log's shard; without a log: nobody asked for it.
struct Keyed {
  IdempotencyLog* log = nullptr;
  IdempotentPiecePtr piece;

  explicit operator bool() const { return log != nullptr; }
};

struct IdempotencyRecord {
  IdempotentPiece piece;
  WallTimeMs made_ms = 0;
  std::int64_t result = -1;             // the first offset, a count; what the piece gives
  std::vector<std::uint32_t> rejected;  // numbers of messages, see Published
};

std::vector<std::byte> encode_record(const IdempotencyRecord& record);
// Errors: corrupt, unsupported (a newer version).
Result<IdempotencyRecord> decode_record(ByteView entry);

}  // namespace koine::core
