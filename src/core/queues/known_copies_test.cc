#include "core/queues/known_copies.h"

#include <gtest/gtest.h>

#include <vector>

namespace koine::core {
namespace {

constexpr ShardId here{3};
constexpr QueuePosition first{0, Offset{7}};
constexpr QueuePosition second{2, Offset{8}};

IdempotencyRecord record_of(const KnownCopies& known, std::uint32_t number,
                            std::vector<QueuePosition> positions) {
  return {.piece = *known.piece({.note = {}}, number, here, positions), .rejected = {}};
}

TEST(KnownCopies, AreWhatTheRecordSays) {
  KnownCopies known;
  EXPECT_TRUE(known.empty());
  const IdempotencyRecord record = record_of(known, KnownCopies::sent_piece, {first, second});
  EXPECT_TRUE(KnownCopies::is_piece_of(record));
  ASSERT_TRUE(known.add(record));
  EXPECT_TRUE(known.has(here, first));
  EXPECT_TRUE(known.has(here, second));
  EXPECT_TRUE(known.has(second));
  EXPECT_FALSE(known.has(ShardId{2}, first));
  EXPECT_FALSE(known.has(QueuePosition{0, Offset{8}}));
}

TEST(KnownCopies, OfAnEarlierTryAreSaidAgain) {
  KnownCopies known;
  ASSERT_TRUE(known.add(record_of(known, KnownCopies::sent_piece, {first})));
  KnownCopies later;
  ASSERT_TRUE(later.add(record_of(known, KnownCopies::sent_piece, {second})));
  EXPECT_TRUE(later.has(here, first));
  EXPECT_TRUE(later.has(here, second));
}

TEST(KnownCopies, WhatAFullQueueRefusedIsThereOnlyIfNobodyWasAsked) {
  for (const bool was_asked : {true, false}) {
    KnownCopies known;
    IdempotencyRecord record = record_of(
        known, was_asked ? KnownCopies::asked_piece : KnownCopies::sent_piece, {first, second});
    record.rejected = {1};
    ASSERT_TRUE(known.add(record));
    EXPECT_TRUE(known.has(here, first));
    EXPECT_NE(known.has(here, second), was_asked);
  }
}

TEST(KnownCopies, FitIntoANote) {
  KnownCopies known;
  for (std::int64_t n = 0; n < 20'000; n += 1000) {
    std::vector<QueuePosition> some;
    for (std::int64_t at = n; at < n + 1000; ++at) some.push_back({0, Offset{at}});
    const IdempotencyRecord record = record_of(known, KnownCopies::sent_piece, some);
    EXPECT_LE(record.piece.note.size(), idempotency_note_bytes_max);
    ASSERT_TRUE(known.add(record));
    EXPECT_TRUE(known.has(here, some.back()));
  }
}

TEST(KnownCopies, ThatAreCutOffAreAnError) {
  KnownCopies known;
  IdempotencyRecord record = record_of(known, KnownCopies::sent_piece, {first});
  record.piece.note.pop_back();
  EXPECT_EQ(known.add(record).error().code(), ErrorCode::corrupt);
  record.piece.note.clear();
  EXPECT_EQ(known.add(record).error().code(), ErrorCode::corrupt);
}

}  // namespace
}  // namespace koine::core
