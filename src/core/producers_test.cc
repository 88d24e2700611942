#include "core/producers.h"

#include <gtest/gtest.h>

#include <limits>

namespace koine::core {
namespace {

constexpr std::int32_t sequence_max = std::numeric_limits<std::int32_t>::max();

BatchHeader batch(std::int64_t producer, std::int16_t epoch, std::int32_t sequence,
                  std::int32_t count = 1) {
  BatchHeader header;
  header.producer_id = ProducerId(producer);
  header.producer_epoch = epoch;
  header.base_sequence = sequence;
  header.record_count = count;
  header.last_offset_delta = count - 1;
  return header;
}

// The offset of the duplicate, -1 for a new batch.
std::int64_t accepted(const Producers& producers, const BatchHeader& header) {
  const auto result = producers.check(header);
  EXPECT_TRUE(result) << (result ? "" : result.error().to_string());
  return result && *result ? (*result)->value() : -1;
}

ErrorCode refused(const Producers& producers, const BatchHeader& header) {
  const auto result = producers.check(header);
  EXPECT_FALSE(result);
  return result ? ErrorCode::already_exists : result.error().code();
}

TEST(Producers, TakesAnUnknownProducerAtAnySequence) {
  const Producers producers(10);
  EXPECT_EQ(accepted(producers, batch(1, 0, 17)), -1);
}

TEST(Producers, WantsTheNextSequence) {
  Producers producers(10);
  producers.record(batch(1, 0, 0, 5), Offset{100}, 1);
  EXPECT_EQ(accepted(producers, batch(1, 0, 5)), -1);
  EXPECT_EQ(refused(producers, batch(1, 0, 6)), ErrorCode::conflict);
  EXPECT_EQ(refused(producers, batch(1, 0, 4)), ErrorCode::conflict);
  EXPECT_EQ(refused(producers, batch(1, 0, 0, 4)),
            ErrorCode::conflict);  // the same first, another last
}

TEST(Producers, RemembersFiveDurableBatchesAndAllInFlight) {
  Producers producers(10);
  for (std::int32_t n = 0; n < 8; ++n) {
    producers.on_committed(Offset{n});  // all before are durable
    producers.record(batch(1, 0, n), Offset{n}, 1);
  }
  EXPECT_EQ(accepted(producers, batch(1, 0, 7)), 7);  // in flight
  EXPECT_EQ(accepted(producers, batch(1, 0, 2)), 2);  // the fifth durable one
  EXPECT_EQ(refused(producers, batch(1, 0, 1)), ErrorCode::conflict);
}

TEST(Producers, FencesAnOlderEpochAndStartsANewOneAtZero) {
  Producers producers(10);
  producers.record(batch(1, 3, 10), Offset{0}, 1);
  EXPECT_EQ(refused(producers, batch(1, 2, 11)), ErrorCode::denied);
  EXPECT_EQ(refused(producers, batch(1, 4, 11)), ErrorCode::conflict);
  EXPECT_EQ(accepted(producers, batch(1, 4, 0)), -1);
  producers.record(batch(1, 4, 0), Offset{1}, 1);
  EXPECT_EQ(refused(producers, batch(1, 3, 10)), ErrorCode::denied);
}

TEST(Producers, WrapsTheSequence) {
  EXPECT_EQ(sequence_after(sequence_max, 1), 0);
  EXPECT_EQ(sequence_after(sequence_max - 1, 3), 1);
  EXPECT_EQ(sequence_after(5, 2), 7);
  Producers producers(10);
  producers.record(batch(1, 0, sequence_max - 1, 4), Offset{0}, 1);  // ends with sequence 1
  EXPECT_EQ(accepted(producers, batch(1, 0, 2)), -1);
  EXPECT_EQ(accepted(producers, batch(1, 0, sequence_max - 1, 4)), 0);
  EXPECT_EQ(refused(producers, batch(1, 0, 0)), ErrorCode::conflict);
}

TEST(Producers, RollsBackWhatWasNotCommitted) {
  Producers producers(10);
  producers.record(batch(1, 0, 0), Offset{0}, 1);
  producers.on_committed(Offset{1});
  producers.record(batch(1, 1, 0), Offset{1}, 1);  // a new epoch
  producers.record(batch(2, 0, 0), Offset{2}, 1);  // a new producer
  producers.roll_back(Offset{1});
  EXPECT_EQ(producers.size(), 1U);
  EXPECT_EQ(accepted(producers, batch(1, 0, 1)), -1);  // the old epoch is not fenced
  EXPECT_EQ(accepted(producers, batch(1, 0, 0)), 0);
}

TEST(Producers, ForgetsTheLeastRecentlyUsedOverItsCount) {
  Producers producers(2);
  producers.record(batch(1, 0, 0), Offset{0}, 1);
  producers.record(batch(2, 0, 0), Offset{1}, 2);
  producers.on_committed(Offset{2});
  producers.record(batch(1, 0, 1), Offset{2}, 3);
  producers.record(batch(3, 0, 0), Offset{3}, 4);
  EXPECT_EQ(producers.size(), 2U);
  EXPECT_EQ(accepted(producers, batch(2, 0, 9)), -1);  // not known any more
  EXPECT_EQ(refused(producers, batch(1, 0, 9)), ErrorCode::conflict);
}

TEST(Producers, KeepsThoseInFlightOverItsCount) {
  Producers producers(1);
  producers.record(batch(1, 0, 0), Offset{0}, 1);
  producers.record(batch(2, 0, 0), Offset{1}, 1);
  EXPECT_EQ(producers.size(), 2U);
}

TEST(Producers, ForgetsIdleOnesButNotThoseInFlight) {
  Producers producers(10);
  producers.record(batch(1, 0, 0), Offset{0}, 100);
  producers.on_committed(Offset{1});
  producers.record(batch(2, 0, 0), Offset{1}, 150);
  producers.record(batch(3, 0, 0), Offset{2}, 500);
  producers.expire(200);
  EXPECT_EQ(producers.size(), 2U);
  producers.on_committed(Offset{3});
  producers.expire(200);
  EXPECT_EQ(producers.size(), 1U);
  EXPECT_EQ(producers.all().front().id, ProducerId{3});
}

TEST(Producers, ComesBackFromWhatWasSaved) {
  Producers before(10);
  for (std::int32_t n = 0; n < 7; ++n) before.record(batch(1, 2, n), Offset{n}, 5);
  before.record(batch(9, 0, 3), Offset{7}, 6);
  before.on_committed(Offset{8});
  Producers after(10);
  ASSERT_TRUE(after.restore(before.save()));
  EXPECT_EQ(after.size(), 2U);
  EXPECT_EQ(accepted(after, batch(1, 2, 6)), 6);
  EXPECT_EQ(accepted(after, batch(1, 2, 7)), -1);
  EXPECT_EQ(refused(after, batch(1, 2, 1)), ErrorCode::conflict);  // the sixth
  EXPECT_EQ(accepted(after, batch(9, 0, 3)), 7);
  after.replay(batch(9, 0, 4), Offset{8}, 7);
  EXPECT_EQ(accepted(after, batch(9, 0, 4)), 8);
}

TEST(Producers, RefusesDamagedState) {
  Producers before(10);
  before.record(batch(1, 0, 0), Offset{0}, 5);
  auto saved = before.save();
  Producers after(10);
  for (std::size_t size = 0; size < saved.size(); ++size) {
    EXPECT_EQ(after.restore(ByteView(saved).first(size)).error().code(), ErrorCode::corrupt);
  }
  saved.push_back(std::byte{0});
  EXPECT_EQ(after.restore(saved).error().code(), ErrorCode::corrupt);
  saved.pop_back();
  saved[0] = std::byte{9};
  EXPECT_EQ(after.restore(saved).error().code(), ErrorCode::corrupt);
}

TEST(Producers, RefusesAProducerWithoutBatchesOrTwice) {
  Producers one(10);
  one.record(batch(1, 0, 0), Offset{0}, 5);
  auto saved = one.save();
  constexpr std::size_t batch_count_at = 1 + 8 + 4 + 8 + 8;
  auto none = saved;
  none[batch_count_at] = std::byte{0};
  EXPECT_EQ(Producers(10).restore(none).error().code(), ErrorCode::corrupt);
  auto twice = saved;
  twice.insert(twice.end(), saved.begin() + 13, saved.end());
  twice[1 + 8] = std::byte{2};
  EXPECT_EQ(Producers(10).restore(twice).error().code(), ErrorCode::corrupt);
}

}  // namespace
}  // namespace koine::core
