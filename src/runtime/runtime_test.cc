// The tools of this folder, on a simulated loop; call_on on two real threads.
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "io/real/asio_reactor.h"
#include "io/sim/sim_world.h"
#include "runtime/gate.h"
#include "runtime/run.h"
#include "runtime/semaphore.h"
#include "runtime/shard.h"
#include "runtime/signal.h"
#include "runtime/started.h"

namespace koine::runtime {
namespace {

using std::chrono::milliseconds;

class RuntimeTest : public testing::Test {
 protected:
  io::SimWorld world_{1};
  io::SimReactor reactor_{world_};
};

Task<void> wait_on(Signal& signal, MonotonicTime deadline, std::vector<std::string>& events,
                   std::string name) {
  const Wake wake = co_await signal.wait(deadline);
  events.push_back(name + (wake == Wake::notified ? " notified" : " timed out"));
}

TEST_F(RuntimeTest, GateRunsTasksAndWaitsForThem) {
  Signal signal(reactor_);
  std::vector<std::string> events;
  Gate gate;
  gate.spawn(wait_on(signal, never, events, "task"));
  EXPECT_EQ(gate.running(), 1U);
  signal.notify_all();
  EXPECT_TRUE(events.empty());  // It runs in a later turn.
  run_until_done(reactor_, gate.close());
  EXPECT_EQ(events, std::vector<std::string>{"task notified"});
  EXPECT_EQ(gate.running(), 0U);
}

TEST_F(RuntimeTest, AClosedGateDropsTasksUnstarted) {
  Gate gate;
  run_until_done(reactor_, gate.close());
  EXPECT_TRUE(gate.is_closed());
  Signal signal(reactor_);
  std::vector<std::string> events;
  gate.spawn(wait_on(signal, never, events, "task"));
  EXPECT_FALSE(signal.has_waiters());
}

TEST_F(RuntimeTest, SignalWakesThoseWhoWaitNowInTheirOrder) {
  Signal signal(reactor_);
  std::vector<std::string> events;
  Gate gate;
  gate.spawn(wait_on(signal, never, events, "first"));
  gate.spawn(wait_on(signal, reactor_.now() + milliseconds(5), events, "second"));
  gate.spawn(wait_on(signal, reactor_.now() + milliseconds(1), events, "third"));
  world_.run_for(milliseconds(2));
  signal.notify_all();
  EXPECT_FALSE(signal.has_waiters());
  run_until_done(reactor_, gate.close());
  EXPECT_EQ(events,
            (std::vector<std::string>{"third timed out", "first notified", "second notified"}));
}

// A task that is started by hand, so that it can be dropped while it waits.
struct Frame {
  struct promise_type {
    Frame get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
  std::coroutine_handle<promise_type> handle;
};

Frame wait_by_hand(Signal& signal, MonotonicTime deadline, bool& woke) {
  co_await signal.wait(deadline);
  woke = true;
}

TEST_F(RuntimeTest, AWaitMayBeDroppedBeforeAndAfterTheNotification) {
  Signal signal(reactor_);
  bool woke = false;
  const Frame before = wait_by_hand(signal, reactor_.now() + milliseconds(1), woke);
  before.handle.destroy();
  EXPECT_FALSE(signal.has_waiters());
  const Frame after = wait_by_hand(signal, never, woke);
  signal.notify_all();
  after.handle.destroy();
  world_.run_for(milliseconds(5));
  EXPECT_FALSE(woke);
}

Task<void> hold(Semaphore& semaphore, std::size_t count, Signal& end,
                std::vector<std::size_t>& order) {
  const Units units = co_await semaphore.acquire(count);
  order.push_back(count);
  co_await end.wait();
}

TEST_F(RuntimeTest, SemaphoreServesInTheOrderOfAsking) {
  Semaphore semaphore(reactor_, 10);
  Signal end(reactor_);
  std::vector<std::size_t> order;
  Gate gate;
  gate.spawn(hold(semaphore, 6, end, order));
  gate.spawn(hold(semaphore, 7, end, order));
  gate.spawn(hold(semaphore, 1, end, order));  // It would fit; it waits behind the 7.
  world_.run_for(milliseconds(1));
  EXPECT_EQ(order, std::vector<std::size_t>{6});
  EXPECT_EQ(semaphore.in_use(), 6U);
  end.notify_all();
  world_.run_for(milliseconds(1));
  EXPECT_EQ(order, (std::vector<std::size_t>{6, 7, 1}));
  end.notify_all();
  run_until_done(reactor_, gate.close());
  EXPECT_EQ(semaphore.in_use(), 0U);
}

TEST_F(RuntimeTest, SemaphoreGivesMoreThanItHasWhenItIsUntouched) {
  Semaphore semaphore(reactor_, 10);
  Units large = run_until_done(reactor_, semaphore.acquire(100));
  EXPECT_EQ(large.count(), 100U);
  Units moved = std::move(large);
  EXPECT_EQ(semaphore.in_use(), 100U);
  moved = Units();
  EXPECT_EQ(semaphore.in_use(), 0U);
  EXPECT_EQ(semaphore.budget(), 10U);
}

Task<int> answer_after(Signal& signal, int value) {
  co_await signal.wait();
  co_return value;
}

Task<int> answer(int value) { co_return value; }

Task<int> await_result(Started<int> started) { co_return co_await started.result(); }

TEST_F(RuntimeTest, StartedRunsNowAndIsAwaitedLater) {
  Signal signal(reactor_);
  Gate gate;
  const Started<int> slow = start(gate, answer_after(signal, 1));
  const Started<int> quick = start(gate, answer(2));
  EXPECT_FALSE(slow.is_ready());
  EXPECT_TRUE(quick.is_ready());
  EXPECT_EQ(run_until_done(reactor_, await_result(quick)), 2);
  reactor_.post([&] { signal.notify_all(); });
  EXPECT_EQ(run_until_done(reactor_, await_result(slow)), 1);
  run_until_done(reactor_, gate.close());
}

TEST_F(RuntimeTest, StartedMayBeDroppedUnawaited) {
  Signal signal(reactor_);
  Gate gate;
  {
    const Started<int> dropped = start(gate, answer_after(signal, 1));
  }
  signal.notify_all();
  run_until_done(reactor_, gate.close());
}

TEST_F(RuntimeTest, ShardSleepsUntilItIsWoken) {
  Shard shard(ShardId(0), reactor_);
  const auto sleep = [](Shard& sleeper, Duration duration) -> Task<Wake> {
    co_return co_await sleeper.sleep_for(duration);
  };
  EXPECT_EQ(run_until_done(reactor_, sleep(shard, milliseconds(3))), Wake::timed_out);
  reactor_.post([&] { reactor_.post([&] { shard.wake_sleepers(); }); });
  EXPECT_EQ(run_until_done(reactor_, sleep(shard, std::chrono::hours(1))), Wake::notified);
}

Task<int> where_am_i(std::thread::id expected, int value) {
  EXPECT_EQ(std::this_thread::get_id(), expected);
  co_return value;
}

// Two shards on two threads; this thread runs shard 0.
class TwoShards {
 public:
  TwoShards() {
    other_ = std::jthread([this] { other_reactor_.run(); });
  }
  ~TwoShards() { other_reactor_.stop(); }

  Shard& here() { return here_; }
  Shard& other() { return other_shard_; }
  io::Reactor& reactor() { return reactor_; }
  std::thread::id other_thread() const { return other_.get_id(); }

 private:
  io::AsioReactor reactor_;
  io::AsioReactor other_reactor_;
  Shard here_{ShardId(0), reactor_};
  Shard other_shard_{ShardId(1), other_reactor_};
  std::jthread other_;
};

Task<int> sum_of_calls(Shard& here, Shard& other, std::thread::id thread, int calls) {
  int sum = 0;
  for (int i = 0; i < calls; ++i) {
    auto call = call_on<int>(here, other, [thread, i] { return where_am_i(thread, i); });
    sum += co_await call;
  }
  co_return sum;
}

TEST(CallOn, RunsOnTheOtherThreadAndComesBack) {
  TwoShards shards;
  auto calls = sum_of_calls(shards.here(), shards.other(), shards.other_thread(), 1000);
  EXPECT_EQ(run_until_done(shards.reactor(), std::move(calls)), 499'500);
}

TEST(CallOn, OnTheSameShardIsAPlainCall) {
  TwoShards shards;
  auto calls = sum_of_calls(shards.here(), shards.here(), std::this_thread::get_id(), 10);
  EXPECT_EQ(run_until_done(shards.reactor(), std::move(calls)), 45);
}

Task<int> append(std::vector<int>& to, int value) {
  to.push_back(value);
  co_return value;
}

Task<void> append_remotely(Shard& here, Shard& other, std::vector<int>& to, int value) {
  auto call = call_on<int>(here, other, [&to, value] { return append(to, value); });
  EXPECT_EQ(co_await call, value);
}

TEST(CallOn, CallsStartInTheirOrder) {
  TwoShards shards;
  std::vector<int> order;
  std::vector<int> expected;
  Gate gate;
  for (int i = 0; i < 1000; ++i) {
    gate.spawn(append_remotely(shards.here(), shards.other(), order, i));
    expected.push_back(i);
  }
  run_until_done(shards.reactor(), gate.close());
  EXPECT_EQ(order, expected);
}

}  // namespace
}  // namespace koine::runtime
