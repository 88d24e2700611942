#include "io/real/asio_reactor.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <thread>
#include <vector>

namespace koine::io {
namespace {

using std::chrono::milliseconds;

TEST(AsioReactor, RunsPostsOfItsOwnThreadInOrderAndInALaterTurn) {
  AsioReactor reactor;
  std::vector<int> order;
  reactor.post([&] {
    reactor.post([&] { order.push_back(2); });
    reactor.post([&] {
      order.push_back(3);
      reactor.stop();
    });
    order.push_back(1);
  });
  reactor.run();
  EXPECT_EQ(order, (std::vector{1, 2, 3}));
}

TEST(AsioReactor, RunsPostsOfManyThreadsEachInItsOrder) {
  constexpr int threads = 4;
  constexpr int posts = 20'000;
  AsioReactor reactor;
  std::vector<int> seen(threads, 0);
  int left = threads * posts;
  bool in_order = true;
  std::vector<std::jthread> posters;
  for (int thread = 0; thread < threads; ++thread) {
    posters.emplace_back([&, thread] {
      for (int i = 0; i < posts; ++i) {
        reactor.post([&, thread, i] {
          in_order = in_order && seen[static_cast<std::size_t>(thread)]++ == i;
          if (--left == 0) reactor.stop();
        });
      }
    });
  }
  reactor.run();
  EXPECT_TRUE(in_order);
  EXPECT_EQ(left, 0);
}

TEST(AsioReactor, RunsAgainAfterStopWithWhatWasLeft) {
  AsioReactor reactor;
  std::vector<int> order;
  reactor.post([&] {
    reactor.post([&] { order.push_back(1); });
    reactor.stop();
  });
  reactor.run();
  EXPECT_TRUE(order.empty());
  reactor.post([&] { order.push_back(2); });
  reactor.post([&] { reactor.stop(); });
  reactor.run();
  EXPECT_EQ(order, (std::vector{1, 2}));
}

TEST(AsioReactor, StopsFromAnotherThreadWhileItWaits) {
  AsioReactor reactor;
  std::jthread stopper;
  reactor.post([&] { stopper = std::jthread([&] { reactor.stop(); }); });
  reactor.run();
}

TEST(AsioReactor, RunsTimersInTheOrderOfTheirTimesAndNotBefore) {
  AsioReactor reactor;
  const MonotonicTime start = reactor.now();
  std::vector<int> order;
  bool early = false;
  const auto at = [&](int ms, int number) {
    reactor.call_at(start + milliseconds(ms), [&, ms, number] {
      early = early || reactor.now() < start + milliseconds(ms);
      order.push_back(number);
    });
  };
  at(6, 3);
  at(2, 1);
  at(4, 2);
  reactor.call_at(start + milliseconds(8), [&] { reactor.stop(); });
  reactor.run();
  EXPECT_EQ(order, (std::vector{1, 2, 3}));
  EXPECT_FALSE(early);
}

TEST(AsioReactor, ATimerThatWasCancelledNeverRuns) {
  AsioReactor reactor;
  const MonotonicTime start = reactor.now();
  bool ran = false;
  const TimerId first = reactor.call_at(start, [&] { ran = true; });
  TimerId second = TimerId::none;
  reactor.call_at(start + milliseconds(1), [&] { reactor.cancel(second); });
  second = reactor.call_at(start + milliseconds(1), [&] { ran = true; });
  reactor.call_at(start + milliseconds(2), [&] { reactor.stop(); });
  reactor.cancel(first);
  reactor.cancel(TimerId::none);
  reactor.run();
  reactor.cancel(second);
  EXPECT_FALSE(ran);
}

TEST(AsioReactor, ATimerInThePastRunsAtOnceAndATimerMayAddTimers) {
  AsioReactor reactor;
  reactor.call_at(MonotonicTime{},
                  [&] { reactor.call_at(MonotonicTime{}, [&] { reactor.stop(); }); });
  reactor.run();
}

TEST(AsioReactor, ManyTimersRunAll) {
  AsioReactor reactor;
  const MonotonicTime start = reactor.now();
  int left = 10'000;
  for (int i = 0; i < 10'000; ++i) {
    reactor.call_at(start + std::chrono::microseconds((i * 7919) % 10'000), [&] {
      if (--left == 0) reactor.stop();
    });
  }
  reactor.run();
  EXPECT_EQ(left, 0);
}

TEST(AsioReactor, DropsWhatNeverRan) {
  auto kept = std::make_shared<int>(0);
  {
    AsioReactor reactor;
    reactor.post([kept] {});
    reactor.call_at(reactor.now(), [kept] {});
  }
  EXPECT_EQ(kept.use_count(), 1);
}

TEST(AsioReactor, TellsTheWallClock) {
  const AsioReactor reactor;
  EXPECT_GT(reactor.wall_clock_ms(), 1'600'000'000'000);
}

}  // namespace
}  // namespace koine::io
