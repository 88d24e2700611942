#include "server/memory_return.h"

#include <gtest/gtest.h>

#include "io/sim/sim_world.h"

namespace koine::server {
namespace {

class MemoryReturnTest : public testing::Test {
 protected:
  void open(std::size_t count) {
    for (std::size_t n = 0; n < count; ++n) memory_.opened();
  }
  void close(std::size_t count) {
    for (std::size_t n = 0; n < count; ++n) memory_.closed();
  }
  void pass(Duration duration) { world_.run_for(duration); }

  io::SimWorld world_{1};
  io::SimReactor reactor_{world_};
  int given_back_ = 0;
  MemoryReturn memory_{reactor_, [this] { ++given_back_; }};
};

TEST_F(MemoryReturnTest, ComesOnceSomeTimeAfterManyConnectionsClosed) {
  open(10 * closed_connections_min);
  close(10 * closed_connections_min);
  pass(memory_return_delay / 2);
  EXPECT_EQ(given_back_, 0);
  pass(memory_return_delay);
  EXPECT_EQ(given_back_, 1);
  pass(10 * memory_return_delay);
  EXPECT_EQ(given_back_, 1);
}

TEST_F(MemoryReturnTest, DoesNotComeForFew) {
  open(closed_connections_min - 1);
  close(closed_connections_min - 1);
  pass(10 * memory_return_delay);
  EXPECT_EQ(given_back_, 0);
}

TEST_F(MemoryReturnTest, DoesNotComeForConnectionsThatOthersReplace) {
  open(closed_connections_min);
  for (int round = 0; round < 10; ++round) {
    close(closed_connections_min);
    open(closed_connections_min);
    pass(2 * memory_return_delay);
    EXPECT_EQ(given_back_, 0);
  }
}

TEST_F(MemoryReturnTest, ComesAgainAfterTheNextFall) {
  open(3 * closed_connections_min);
  for (int falls = 1; falls <= 3; ++falls) {
    close(closed_connections_min);
    pass(2 * memory_return_delay);
    EXPECT_EQ(given_back_, falls);
  }
}

}  // namespace
}  // namespace koine::server
