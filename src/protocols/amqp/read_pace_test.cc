#include "protocols/amqp/read_pace.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace koine::amqp {
namespace {

constexpr MonotonicTime now{std::chrono::seconds(7)};
constexpr Turn small_turn{.bytes = KiB, .last_read_bytes = KiB};
constexpr std::size_t some_unread = little_unread;

Turn turn_of(std::size_t bytes) { return {.bytes = bytes, .last_read_bytes = 0}; }

TEST(ReadPace, WhoPausesIsReadFromAtOnce) {
  ReadPace pace;
  EXPECT_EQ(pace.next_turn(now, small_turn, false), now);
  pace.waited(pause_min + Duration(1));
  EXPECT_EQ(pace.next_turn(now, small_turn, false), now);
  EXPECT_EQ(pace.next_turn(now, small_turn, true), now);
}

TEST(ReadPace, WhoNeverPausesIsReadFromNowAndThen) {
  ReadPace pace;
  pace.waited(pause_min);
  EXPECT_EQ(pace.next_turn(now, small_turn, false), now + read_interval);
  EXPECT_EQ(pace.next_turn(now, small_turn, true), now + confirmed_read_interval);
}

TEST(ReadPace, MoreThanIsWorthWaitingForIsReadAtOnce) {
  ReadPace pace;
  pace.waited(Duration::zero());
  const Turn turn{.bytes = turn_bytes_max, .last_read_bytes = worthwhile_read_bytes};
  EXPECT_EQ(pace.next_turn(now, turn, true), now);
}

TEST(ReadPace, WhoHasADeepWindowIsLeftAloneWhileItsPacketsAreSmall) {
  ReadPace pace;
  EXPECT_EQ(pace.gathering(turn_of(deep_window - some_unread), some_unread), gathering_time);
  EXPECT_EQ(pace.gathering(small_turn, little_unread - 1), Duration::zero());
  EXPECT_EQ(pace.gathering(small_turn, full_unread - 1), gathering_time);
  EXPECT_EQ(pace.gathering(small_turn, full_unread), Duration::zero());
  const Turn unfinished{.bytes = turn_bytes_max, .last_read_bytes = worthwhile_read_bytes};
  EXPECT_EQ(pace.gathering(unfinished, some_unread), Duration::zero());
}

TEST(ReadPace, ADeepWindowIsForgottenWhenItIsNotSeenAgain) {
  ReadPace pace;
  EXPECT_EQ(pace.gathering(turn_of(deep_window), some_unread), gathering_time);
  // The rest of these turns, and all of the next ones.
  for (std::uint32_t turn = 0; turn < 2 * turns_per_probe - 2; ++turn) {
    EXPECT_EQ(pace.gathering(small_turn, some_unread), gathering_time) << turn;
  }
  EXPECT_EQ(pace.gathering(small_turn, some_unread), probing_time);
  EXPECT_EQ(pace.gathering(small_turn, some_unread), Duration::zero());
}

TEST(ReadPace, WhoIsNotKnownToHaveADeepWindowIsGivenTheTimeToShowItOnceInAWhile) {
  ReadPace pace;
  int probes = 0;
  for (std::uint32_t turn = 0; turn < 10 * turns_per_probe; ++turn) {
    const Duration time = pace.gathering(turn_of(deep_window / 2), some_unread);
    if (time == probing_time) ++probes;
    if (time != probing_time) EXPECT_EQ(time, Duration::zero());
  }
  EXPECT_EQ(probes, 10);
  EXPECT_EQ(pace.gathering(turn_of(deep_window), some_unread), gathering_time);
}

}  // namespace
}  // namespace koine::amqp
