// What happens to batches in flight behind the first one of a producer that could not be made durable.
#include <gtest/gtest.h>

#include "core/producers.h"

namespace koine::core {
namespace {

BatchHeader batch_of(std::int32_t first_sequence, std::int16_t epoch = 0) {
  return {.last_offset_delta = 4,
          .producer_id = ProducerId(7),
          .producer_epoch = epoch,
          .base_sequence = first_sequence,
          .record_count = 5};
}

TEST(ProducersRefused, NothingPassesTheFirstBatchThatWasTakenBack) {
  Producers producers(10);
  producers.record(batch_of(0), Offset(0), 1);
  producers.record(batch_of(5), Offset(5), 1);
  producers.roll_back(Offset(0));
  EXPECT_EQ(producers.check(batch_of(10)).error().code(), ErrorCode::conflict);
  EXPECT_TRUE(producers.check(batch_of(0)));
  producers.record(batch_of(0), Offset(0), 2);
  EXPECT_TRUE(producers.check(batch_of(5)));
}

TEST(ProducersRefused, NothingPassesABatchThatFoundNoRoom) {
  Producers producers(10);
  producers.refused(ProducerId(7), 0, 0, 1);
  EXPECT_EQ(producers.check(batch_of(5)).error().code(), ErrorCode::conflict);
  EXPECT_TRUE(producers.check(batch_of(0, 1)));
}

TEST(ProducersRefused, IsForgottenInTime) {
  Producers producers(10);
  producers.refused(ProducerId(7), 0, 0, 1);
  producers.expire(2);
  EXPECT_TRUE(producers.check(batch_of(5)));
}

}  // namespace
}  // namespace koine::core
