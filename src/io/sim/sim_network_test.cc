#include "io/sim/sim_network.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "runtime/gate.h"
#include "runtime/run.h"

namespace koine::io {
namespace {

using runtime::run_until_done;

class SimNetworkTest : public testing::Test {
 protected:
  void connect() {
    listener_ = *network_.listen(server_reactor_, {"broker", 0});
    client_ = *run_until_done(client_reactor_,
                              network_.connect(client_reactor_, listener_->local_endpoint()));
    server_ = (*run_until_done(server_reactor_, listener_->accept()))->adopt(server_reactor_);
  }

  SimWorld world_{7};
  SimReactor client_reactor_{world_};
  SimReactor server_reactor_{world_};
  SimNetwork network_{world_};
  std::unique_ptr<Listener> listener_;
  std::unique_ptr<Stream> client_;
  std::unique_ptr<Stream> server_;
};

Task<void> send(Stream& stream, std::string text) {
  EXPECT_TRUE((co_await write_all(stream, as_bytes(text))).has_value());
  stream.shutdown_write();
}

Task<std::string> receive(Stream& stream) {
  std::string text;
  std::array<std::byte, 1000> buffer{};
  for (;;) {
    const auto moved = stream.try_read(buffer);
    if (!moved) co_return moved.error().to_string();
    if (moved->end_of_stream) co_return text;
    text += as_text(ByteView(buffer).first(moved->bytes));
    if (moved->bytes == 0 && !co_await stream.wait_readable()) co_return "closed";
  }
}

TEST_F(SimNetworkTest, CarriesBytesLaterAndInOrder) {
  connect();
  std::string text;
  for (int i = 0; i < 30'000; ++i) text += std::to_string(i);
  runtime::Gate gate;
  const MonotonicTime start = world_.now();
  gate.spawn(send(*client_, text));
  EXPECT_EQ(run_until_done(server_reactor_, receive(*server_)), text);
  EXPECT_GT(world_.now(), start);
  run_until_done(client_reactor_, gate.close());
  EXPECT_EQ(client_->peer_address(), listener_->local_endpoint().to_string());
  EXPECT_EQ(client_->local_address(), server_->peer_address());
}

TEST_F(SimNetworkTest, ACutLinkIsClosedAtBothEnds) {
  connect();
  const std::array parts{as_bytes("lost")};
  EXPECT_TRUE(client_->try_write(parts).has_value());
  network_.cut_all();
  std::array<std::byte, 10> buffer{};
  EXPECT_TRUE(run_until_done(server_reactor_, server_->wait_readable()).has_value());
  EXPECT_EQ(server_->try_read(buffer).error().code(), ErrorCode::closed);
  EXPECT_EQ(client_->try_write(parts).error().code(), ErrorCode::closed);
}

TEST_F(SimNetworkTest, RefusesWithoutAListenerAndWhileItIsDown) {
  const auto refused = [&] {
    return run_until_done(client_reactor_, network_.connect(client_reactor_, {"broker", 9092}))
        .error()
        .code();
  };
  EXPECT_EQ(refused(), ErrorCode::unavailable);
  listener_ = *network_.listen(server_reactor_, {"broker", 9092});
  network_.set_down(true);
  EXPECT_EQ(refused(), ErrorCode::unavailable);
}

TEST_F(SimNetworkTest, AnAddressHasOneListenerUntilItCloses) {
  listener_ = *network_.listen(server_reactor_, {"broker", 9092});
  EXPECT_EQ(network_.listen(server_reactor_, {"broker", 9092}).error().code(),
            ErrorCode::unavailable);
  listener_->close();
  EXPECT_EQ(run_until_done(server_reactor_, listener_->accept()).error().code(), ErrorCode::closed);
  EXPECT_TRUE(network_.listen(server_reactor_, {"broker", 9092}).has_value());
}

}  // namespace
}  // namespace koine::io
