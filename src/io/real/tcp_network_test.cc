#include "io/real/tcp_network.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "io/real/asio_reactor.h"
#include "runtime/gate.h"
#include "runtime/run.h"

namespace koine::io {
namespace {

using runtime::run_until_done;

struct Pair {
  std::unique_ptr<Stream> client;
  std::unique_ptr<Stream> server;
};

Task<Pair> connect_pair(Reactor& reactor, Listener& listener) {
  TcpNetwork network;
  auto client = co_await network.connect(reactor, listener.local_endpoint());
  auto accepted = co_await listener.accept();
  co_return Pair{std::move(*client), (*accepted)->adopt(reactor)};
}

Task<std::string> read_to_end(Stream& stream) {
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

Task<void> keep_to_end(Stream& stream, std::string& text) { text = co_await read_to_end(stream); }

Task<void> write_and_end(Stream& stream, const std::string& text, Result<>& result) {
  result = co_await write_all(stream, as_bytes(text));
  stream.shutdown_write();
}

class TcpNetworkTest : public testing::Test {
 protected:
  void SetUp() override {
    auto listening = network_.listen(reactor_, {"127.0.0.1", 0});
    ASSERT_TRUE(listening.has_value()) << listening.error().to_string();
    listener_ = std::move(*listening);
  }

  AsioReactor reactor_;
  TcpNetwork network_;
  std::unique_ptr<Listener> listener_;
};

TEST_F(TcpNetworkTest, MovesBytesBothWaysUntilTheEnd) {
  auto pair = run_until_done(reactor_, connect_pair(reactor_, *listener_));
  const std::string large(8'000'000, 'x');
  runtime::Gate gate;
  Result<> written;
  gate.spawn(write_and_end(*pair.client, large, written));
  EXPECT_EQ(run_until_done(reactor_, read_to_end(*pair.server)).size(), large.size());
  EXPECT_TRUE(written.has_value());

  gate.spawn(write_and_end(*pair.server, "answer", written));
  EXPECT_EQ(run_until_done(reactor_, read_to_end(*pair.client)), "answer");
  run_until_done(reactor_, gate.close());
}

TEST_F(TcpNetworkTest, GathersParts) {
  auto pair = run_until_done(reactor_, connect_pair(reactor_, *listener_));
  const std::array parts{as_bytes("ab"), as_bytes(""), as_bytes("cd")};
  const auto moved = pair.client->try_write(parts);
  ASSERT_TRUE(moved.has_value());
  EXPECT_EQ(moved->bytes, 4U);
  pair.client->shutdown_write();
  EXPECT_EQ(run_until_done(reactor_, read_to_end(*pair.server)), "abcd");
}

TEST_F(TcpNetworkTest, KnowsBothAddresses) {
  auto pair = run_until_done(reactor_, connect_pair(reactor_, *listener_));
  EXPECT_EQ(pair.client->peer_address(), listener_->local_endpoint().to_string());
  EXPECT_EQ(pair.client->peer_address(), pair.server->local_address());
  EXPECT_EQ(pair.client->local_address(), pair.server->peer_address());
  EXPECT_FALSE(pair.client->is_encrypted());
  EXPECT_EQ(pair.client->peer_identity(), "");
}

TEST_F(TcpNetworkTest, WouldBlockWhenThereIsNothing) {
  auto pair = run_until_done(reactor_, connect_pair(reactor_, *listener_));
  std::array<std::byte, 10> buffer{};
  const auto moved = pair.client->try_read(buffer);
  ASSERT_TRUE(moved.has_value());
  EXPECT_EQ(moved->bytes, 0U);
  EXPECT_FALSE(moved->end_of_stream);
}

Task<void> wait_for_code(Stream& stream, bool writable, ErrorCode& code) {
  const auto waited = writable ? co_await stream.wait_writable() : co_await stream.wait_readable();
  if (!waited) code = waited.error().code();
}

TEST_F(TcpNetworkTest, CloseEndsAWaitAndTheStreamMayDieBefore) {
  auto pair = run_until_done(reactor_, connect_pair(reactor_, *listener_));
  runtime::Gate gate;
  ErrorCode code = ErrorCode::corrupt;
  gate.spawn(wait_for_code(*pair.server, false, code));
  pair.server->close();
  pair.server.reset();
  run_until_done(reactor_, gate.close());
  EXPECT_EQ(code, ErrorCode::closed);
}

TEST_F(TcpNetworkTest, WhatArrivesWhileAStreamRestsIsReadAfterIt) {
  auto pair = run_until_done(reactor_, connect_pair(reactor_, *listener_));
  std::array<std::byte, 10> buffer{};
  for (int n = 0; n < 3; ++n) {
    pair.server->rest();
    EXPECT_TRUE(run_until_done(reactor_, write_all(*pair.client, as_bytes("ab"))));
    pair.server->rest();
    EXPECT_TRUE(run_until_done(reactor_, pair.server->wait_readable()));
    EXPECT_EQ(pair.server->try_read(buffer)->bytes, 2U);
  }
  pair.server->rest();
  EXPECT_TRUE(run_until_done(reactor_, pair.server->wait_writable()));
  pair.server->rest();
  pair.client->shutdown_write();
  EXPECT_EQ(run_until_done(reactor_, read_to_end(*pair.server)), "");
}

TEST_F(TcpNetworkTest, AStreamThatRestsIsClosedWithItsOwner) {
  auto first = run_until_done(reactor_, connect_pair(reactor_, *listener_));
  auto second = run_until_done(reactor_, connect_pair(reactor_, *listener_));
  first.server->rest();
  first.server->close();
  second.server->rest();
  second.server = nullptr;
  EXPECT_EQ(run_until_done(reactor_, read_to_end(*first.client)), "");
  EXPECT_EQ(run_until_done(reactor_, read_to_end(*second.client)), "");
  EXPECT_EQ(run_until_done(reactor_, first.server->wait_readable()).error().code(),
            ErrorCode::closed);
}

TEST_F(TcpNetworkTest, WhatIsLeftUnreadToTheSenderComesWhole) {
  for (const bool are_packets_small : {false, true}) {
    if (are_packets_small) listener_->prefer_small_packets();
    auto pair = run_until_done(reactor_, connect_pair(reactor_, *listener_));
    EXPECT_TRUE(pair.server->leave_unread_to_sender());
    const std::string text(16 * MiB, 'x');
    runtime::Gate gate;
    std::string got;
    gate.spawn(keep_to_end(*pair.server, got));
    EXPECT_TRUE(run_until_done(reactor_, write_all(*pair.client, as_bytes(text))));
    pair.client->shutdown_write();
    run_until_done(reactor_, gate.close());
    EXPECT_EQ(got, text);
    pair.server->close();
    EXPECT_FALSE(pair.server->leave_unread_to_sender());
  }
}

// A sender that is not read from goes on until the buffers on both sides are full.
TEST_F(TcpNetworkTest, LittleIsUnreadOfWhatIsLeftToTheSender) {
  listener_->prefer_small_packets();
  auto pair = run_until_done(reactor_, connect_pair(reactor_, *listener_));
  EXPECT_TRUE(pair.server->leave_unread_to_sender());
  EXPECT_EQ(pair.server->unread(), 0U);
  const std::string text(16 * MiB, 'x');
  const auto moved = pair.client->try_write(std::array{as_bytes(text)});
  EXPECT_TRUE(run_until_done(reactor_, pair.server->wait_readable()));
  EXPECT_GT(pair.server->unread(), 0U);
  EXPECT_LE(pair.server->unread(), 256 * KiB);
  pair.server->close();
  EXPECT_EQ(pair.server->unread(), 0U);
  listener_->close();
  listener_->prefer_small_packets();
}

// Somebody else's wait goes on.
TEST_F(TcpNetworkTest, RestsOnlyIfNobodyWaits) {
  auto pair = run_until_done(reactor_, connect_pair(reactor_, *listener_));
  runtime::Gate gate;
  std::string text;
  gate.spawn(keep_to_end(*pair.server, text));
  reactor_.post([&] {
    pair.server->rest();
    EXPECT_TRUE(pair.client->try_write(std::array{as_bytes("ab")}));
    pair.client->shutdown_write();
  });
  run_until_done(reactor_, gate.close());
  EXPECT_EQ(text, "ab");
}

TEST_F(TcpNetworkTest, EverythingIsClosedAfterClose) {
  auto pair = run_until_done(reactor_, connect_pair(reactor_, *listener_));
  pair.client->close();
  pair.client->close();
  pair.client->shutdown_write();
  std::array<std::byte, 10> buffer{};
  const std::array parts{as_bytes("ab")};
  EXPECT_EQ(pair.client->try_read(buffer).error().code(), ErrorCode::closed);
  EXPECT_EQ(pair.client->try_write(parts).error().code(), ErrorCode::closed);
  ErrorCode code = ErrorCode::corrupt;
  run_until_done(reactor_, wait_for_code(*pair.client, true, code));
  EXPECT_EQ(code, ErrorCode::closed);
}

TEST_F(TcpNetworkTest, ATaskMayBeDroppedWhileItWaits) {
  auto pair = run_until_done(reactor_, connect_pair(reactor_, *listener_));
  ErrorCode code = ErrorCode::corrupt;
  {
    auto dropped = std::make_unique<Task<Result<>>>(pair.server->wait_readable());
    struct Starter {
      struct promise_type {
        Starter get_return_object() {
          return {std::coroutine_handle<promise_type>::from_promise(*this)};
        }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_always final_suspend() noexcept { return {}; }
        void return_void() {}
        void unhandled_exception() { std::terminate(); }
      };
      std::coroutine_handle<promise_type> frame;
      static Starter start(Task<Result<>>& task) { (void)co_await task; }
    };
    const Starter starter = Starter::start(*dropped);
    dropped.reset();
    starter.frame.destroy();
  }
  const std::array parts{as_bytes("ab")};
  ASSERT_TRUE(pair.client->try_write(parts).has_value());
  run_until_done(reactor_, wait_for_code(*pair.server, false, code));
  EXPECT_EQ(code, ErrorCode::corrupt);
}

TEST_F(TcpNetworkTest, AResetConnectionIsClosed) {
  auto pair = run_until_done(reactor_, connect_pair(reactor_, *listener_));
  const std::array parts{as_bytes("unread")};
  ASSERT_TRUE(pair.client->try_write(parts).has_value());
  ErrorCode code = ErrorCode::corrupt;
  run_until_done(reactor_, wait_for_code(*pair.server, false, code));
  pair.server.reset();  // with unread bytes: RST
  run_until_done(reactor_, wait_for_code(*pair.client, false, code));
  std::array<std::byte, 10> buffer{};
  EXPECT_EQ(pair.client->try_read(buffer).error().code(), ErrorCode::closed);
  EXPECT_EQ(pair.client->try_write(parts).error().code(), ErrorCode::closed);
}

Task<void> accept_into(Listener& listener, Result<std::unique_ptr<AcceptedSocket>>& result) {
  result = co_await listener.accept();
}

TEST_F(TcpNetworkTest, CloseEndsAccept) {
  runtime::Gate gate;
  Result<std::unique_ptr<AcceptedSocket>> result;
  gate.spawn(accept_into(*listener_, result));
  listener_->close();
  listener_.reset();
  run_until_done(reactor_, gate.close());
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), ErrorCode::closed);
}

// Lowers the process's limit so that the next descriptor is refused.
class NoMoreDescriptors {
 public:
  NoMoreDescriptors() {
    getrlimit(RLIMIT_NOFILE, &before_);
    rlimit limited = before_;
    const int lowest_free = dup(0);
    close(lowest_free);
    limited.rlim_cur = static_cast<rlim_t>(lowest_free);
    setrlimit(RLIMIT_NOFILE, &limited);
  }
  ~NoMoreDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST_F(TcpNetworkTest, AcceptWaitsOutALackOfDescriptors) {
  auto connecting =
      run_until_done(reactor_, network_.connect(reactor_, listener_->local_endpoint()));
  ASSERT_TRUE(connecting.has_value());
  auto limit = std::make_unique<NoMoreDescriptors>();
  runtime::Gate gate;
  Result<std::unique_ptr<AcceptedSocket>> result;
  gate.spawn(accept_into(*listener_, result));
  EXPECT_EQ(gate.running(), 1U);
  limit.reset();
  run_until_done(reactor_, gate.close());
  EXPECT_TRUE(result.has_value());
}

TEST_F(TcpNetworkTest, CloseEndsAcceptInItsPause) {
  auto connecting =
      run_until_done(reactor_, network_.connect(reactor_, listener_->local_endpoint()));
  ASSERT_TRUE(connecting.has_value());
  const NoMoreDescriptors limit;
  runtime::Gate gate;
  Result<std::unique_ptr<AcceptedSocket>> result;
  gate.spawn(accept_into(*listener_, result));
  listener_->close();
  run_until_done(reactor_, gate.close());
  EXPECT_EQ(result.error().code(), ErrorCode::closed);
}

TEST_F(TcpNetworkTest, ConnectWithoutDescriptorsIsUnavailable) {
  const NoMoreDescriptors limit;
  const auto result =
      run_until_done(reactor_, network_.connect(reactor_, listener_->local_endpoint()));
  EXPECT_EQ(result.error().code(), ErrorCode::unavailable);
  EXPECT_EQ(network_.listen(reactor_, {"127.0.0.1", 0}).error().code(), ErrorCode::unavailable);
}

TEST_F(TcpNetworkTest, AnAcceptedSocketMovesToAnotherShard) {
  auto client = run_until_done(reactor_, network_.connect(reactor_, listener_->local_endpoint()));
  auto accepted = run_until_done(reactor_, listener_->accept());
  ASSERT_TRUE(client.has_value() && accepted.has_value());
  std::jthread other([socket = std::move(*accepted)] {
    AsioReactor reactor;
    const auto stream = socket->adopt(reactor);
    const auto written = run_until_done(reactor, write_all(*stream, as_bytes("hello")));
    EXPECT_TRUE(written.has_value());
  });
  EXPECT_EQ(run_until_done(reactor_, read_to_end(**client)), "hello");
}

TEST_F(TcpNetworkTest, AnAcceptedSocketThatNobodyAdoptsIsClosed) {
  auto client = run_until_done(reactor_, network_.connect(reactor_, listener_->local_endpoint()));
  run_until_done(reactor_, listener_->accept())->reset();
  EXPECT_EQ(run_until_done(reactor_, read_to_end(**client)), "");
}

TEST_F(TcpNetworkTest, APortInUseIsUnavailable) {
  const Endpoint taken = listener_->local_endpoint();
  const auto second = network_.listen(reactor_, taken);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code(), ErrorCode::unavailable);
  EXPECT_EQ(second.error().message(), "port " + std::to_string(taken.port) + " is in use");
}

TEST_F(TcpNetworkTest, AnUnknownHostOrAddressIsRefused) {
  EXPECT_EQ(network_.listen(reactor_, {"no such host", 0}).error().code(),
            ErrorCode::invalid_argument);
  EXPECT_EQ(network_.listen(reactor_, {"192.0.2.1", 0}).error().code(),
            ErrorCode::invalid_argument);
  EXPECT_EQ(
      run_until_done(reactor_, network_.connect(reactor_, {"no such host", 1})).error().code(),
      ErrorCode::invalid_argument);
}

TEST_F(TcpNetworkTest, ARefusedConnectionIsUnavailable) {
  const Endpoint endpoint = listener_->local_endpoint();
  listener_.reset();
  const auto result = run_until_done(reactor_, network_.connect(reactor_, endpoint));
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), ErrorCode::unavailable);
}

TEST_F(TcpNetworkTest, LocalhostListensOnIpv4) {
  const auto listening = network_.listen(reactor_, {"localhost", 0});
  ASSERT_TRUE(listening.has_value());
  EXPECT_EQ((*listening)->local_endpoint().host, "127.0.0.1");
}

TEST_F(TcpNetworkTest, AnIpv4ClientOfAnIpv6ListenerIsShownAsIpv4) {
  auto listening = network_.listen(reactor_, {"::", 0});
  if (!listening) GTEST_SKIP() << "no IPv6 here: " << listening.error().to_string();
  const std::uint16_t port = (*listening)->local_endpoint().port;
  auto client = run_until_done(reactor_, network_.connect(reactor_, {"localhost", port}));
  ASSERT_TRUE(client.has_value());
  client = run_until_done(reactor_, network_.connect(reactor_, {"127.0.0.1", port}));
  auto accepted = run_until_done(reactor_, (*listening)->accept());
  accepted = run_until_done(reactor_, (*listening)->accept());
  const auto server = (*accepted)->adopt(reactor_);
  EXPECT_EQ(server->peer_address(), (*client)->local_address());
  EXPECT_EQ(server->local_address(), "127.0.0.1:" + std::to_string(port));
}

}  // namespace
}  // namespace koine::io
