#include "io/tls.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "io/pipe.h"
#include "io/sim/sim_world.h"
#include "io/test_certificates.h"
#include "runtime/gate.h"
#include "runtime/run.h"

namespace koine::io {
namespace {

Task<void> shake(TlsStream& stream, std::optional<Result<>>& result) {
  result = co_await stream.handshake();
}

Task<void> write_and_end(Stream& stream, std::string text, std::optional<Result<>>& result) {
  result = co_await write_all(stream, as_bytes(text));
  stream.shutdown_write();
}

Task<void> read_to_end(Stream& stream, std::string& text, std::optional<Result<>>& result) {
  std::array<std::byte, 5000> buffer{};
  for (;;) {
    const auto moved = stream.try_read(buffer);
    if (!moved) {
      result = fail(moved.error());
      co_return;
    }
    if (moved->end_of_stream) break;
    text += as_text(ByteView(buffer).first(moved->bytes));
    if (moved->bytes > 0) continue;
    const auto waited = co_await stream.wait_readable();
    if (!waited) {
      result = waited;
      co_return;
    }
  }
  result = Result<>{};
}

class TlsTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { certificates_ = new TestCertificates; }
  static void TearDownTestSuite() { delete std::exchange(certificates_, nullptr); }

  static TlsServerOptions server_options() {
    return {.certificate_file = certificates_->server(),
            .key_file = certificates_->server_key(),
            .client_ca_file = {},
            .protocols = {}};
  }
  static TlsClientOptions client_options() {
    return {
        .ca_file = certificates_->ca(), .certificate_file = {}, .key_file = {}, .protocols = {}};
  }

  void connect(const TlsServerOptions& server, const TlsClientOptions& client,
               PipeOptions pipe_options = {}, const std::string& name = "localhost") {
    const auto server_context = TlsContext::open_server(server);
    const auto client_context = TlsContext::open_client(client);
    ASSERT_TRUE(server_context.has_value()) << server_context.error().to_string();
    ASSERT_TRUE(client_context.has_value()) << client_context.error().to_string();
    Pipe pipe = make_pipe(reactor_, std::move(pipe_options));
    link_ = pipe.link;
    server_ = std::make_unique<TlsStream>(*server_context, std::move(pipe.first));
    client_ = std::make_unique<TlsStream>(*client_context, std::move(pipe.second), name);
  }

  // Both handshakes; a side that fails closes its end.
  void shake_hands() {
    runtime::Gate gate;
    gate.spawn(shake(*server_, server_result_));
    gate.spawn(shake(*client_, client_result_));
    world_.run_until([&] { return (server_result_ && client_result_) || fails(); });
    if (!client_result_) client_->close();
    if (!server_result_) server_->close();
    runtime::run_until_done(reactor_, gate.close());
  }
  bool fails() const {
    return (server_result_ && !server_result_->has_value()) ||
           (client_result_ && !client_result_->has_value());
  }

  void exchange_both_ways(std::size_t size) {
    runtime::Gate gate;
    std::array<std::optional<Result<>>, 4> results;
    std::string at_server;
    std::string at_client;
    gate.spawn(write_and_end(*client_, std::string(size, 'c'), results[0]));
    gate.spawn(write_and_end(*server_, std::string(size, 's'), results[1]));
    gate.spawn(read_to_end(*server_, at_server, results[2]));
    gate.spawn(read_to_end(*client_, at_client, results[3]));
    runtime::run_until_done(reactor_, gate.close());
    for (const auto& result : results) EXPECT_TRUE(result && result->has_value());
    EXPECT_EQ(at_server, std::string(size, 'c'));
    EXPECT_EQ(at_client, std::string(size, 's'));
  }

  static TestCertificates* certificates_;
  SimWorld world_{1};
  SimReactor reactor_{world_};
  std::weak_ptr<PipeState> link_;
  std::unique_ptr<TlsStream> server_;
  std::unique_ptr<TlsStream> client_;
  std::optional<Result<>> server_result_;
  std::optional<Result<>> client_result_;
};

TestCertificates* TlsTest::certificates_ = nullptr;

TEST_F(TlsTest, MovesBytesBothWaysUntilCloseNotify) {
  connect(server_options(), client_options());
  shake_hands();
  ASSERT_FALSE(fails());
  EXPECT_TRUE(server_->is_encrypted());
  EXPECT_EQ(server_->peer_identity(), "");
  EXPECT_EQ(server_->protocol(), "");
  EXPECT_EQ(server_->local_address(), "pipe:first");
  EXPECT_EQ(server_->peer_address(), "pipe:second");
  exchange_both_ways(1'000'000);
}

TEST_F(TlsTest, DoesNotCareWhereTheBytesAreCut) {
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    connect(server_options(), client_options(),
            {.buffer_bytes_max = 1000,
             .cut_seed = seed,
             .latency = {},
             .first_address = {},
             .second_address = {}});
    server_result_.reset();
    client_result_.reset();
    shake_hands();
    ASSERT_FALSE(fails());
    exchange_both_ways(50'000);
  }
}

TEST_F(TlsTest, KnowsAVerifiedClient) {
  auto server = server_options();
  server.client_ca_file = certificates_->ca();
  auto client = client_options();
  client.certificate_file = certificates_->client();
  client.key_file = certificates_->client_key();
  connect(server, client);
  shake_hands();
  ASSERT_FALSE(fails());
  EXPECT_EQ(server_->peer_identity(), "client");
  EXPECT_EQ(client_->peer_identity(), "server");
}

TEST_F(TlsTest, RefusesAClientWithoutCertificate) {
  auto server = server_options();
  server.client_ca_file = certificates_->ca();
  connect(server, client_options());
  shake_hands();
  ASSERT_TRUE(server_result_ && !server_result_->has_value());
  EXPECT_EQ(server_result_->error().code(), ErrorCode::unauthenticated);
}

TEST_F(TlsTest, ReportsToAClientThatItsCertificateWasMissing) {
  auto server = server_options();
  server.client_ca_file = certificates_->ca();
  connect(server, client_options());
  shake_hands();
  ASSERT_TRUE(client_result_ && client_result_->has_value());  // TLS 1.3: the client is done first
  std::array<std::byte, 10> buffer{};
  EXPECT_EQ(client_->try_read(buffer).error().code(), ErrorCode::unauthenticated);
}

TEST_F(TlsTest, RefusesAServerOfAnUnknownAuthority) {
  const TestCertificates others;
  auto client = client_options();
  client.ca_file = others.ca();
  connect(server_options(), client);
  shake_hands();
  ASSERT_TRUE(client_result_ && !client_result_->has_value());
  EXPECT_EQ(client_result_->error().code(), ErrorCode::unauthenticated);
}

TEST_F(TlsTest, RefusesAServerOfAnotherName) {
  connect(server_options(), client_options(), {}, "example.org");
  shake_hands();
  ASSERT_TRUE(client_result_ && !client_result_->has_value());
  EXPECT_EQ(client_result_->error().code(), ErrorCode::unauthenticated);
}

TEST_F(TlsTest, ChecksAnAddressToo) {
  connect(server_options(), client_options(), {}, "127.0.0.1");
  shake_hands();
  EXPECT_FALSE(fails());
}

TEST_F(TlsTest, NegotiatesAProtocol) {
  auto server = server_options();
  server.protocols = {"h2", "http/1.1"};
  auto client = client_options();
  client.protocols = {"http/1.1", "h2"};
  connect(server, client);
  shake_hands();
  EXPECT_EQ(server_->protocol(), "h2");
  EXPECT_EQ(client_->protocol(), "h2");
}

TEST_F(TlsTest, GoesOnWithoutACommonProtocol) {
  auto server = server_options();
  server.protocols = {"h2"};
  auto client = client_options();
  client.protocols = {"kafka"};
  connect(server, client);
  shake_hands();
  ASSERT_FALSE(fails());
  EXPECT_EQ(server_->protocol(), "");
}

TEST_F(TlsTest, WhatIsNotTlsIsCorrupt) {
  Pipe pipe = make_pipe(reactor_);
  const auto context = TlsContext::open_server(server_options());
  server_ = std::make_unique<TlsStream>(*context, std::move(pipe.first));
  const std::array parts{as_bytes("GET / HTTP/1.1\r\n\r\n")};
  ASSERT_TRUE(pipe.second->try_write(parts).has_value());
  const auto result = runtime::run_until_done(reactor_, server_->handshake());
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), ErrorCode::corrupt);
}

TEST_F(TlsTest, AnEndInTheHandshakeIsClosed) {
  connect(server_options(), client_options());
  client_->close();
  const auto result = runtime::run_until_done(reactor_, server_->handshake());
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), ErrorCode::closed);
}

TEST_F(TlsTest, CloseEndsTheHandshakeAndTheStreamMayDie) {
  connect(server_options(), client_options());
  runtime::Gate gate;
  gate.spawn(shake(*server_, server_result_));
  server_->close();
  server_.reset();
  runtime::run_until_done(reactor_, gate.close());
  ASSERT_TRUE(server_result_ && !server_result_->has_value());
  EXPECT_EQ(server_result_->error().code(), ErrorCode::closed);
}

TEST_F(TlsTest, AnEndWithoutCloseNotifyIsClosed) {
  connect(server_options(), client_options());
  shake_hands();
  client_->close();
  std::string text;
  std::optional<Result<>> result;
  runtime::run_until_done(reactor_, read_to_end(*server_, text, result));
  ASSERT_TRUE(result && !result->has_value());
  EXPECT_EQ(result->error().code(), ErrorCode::closed);
}

TEST_F(TlsTest, ALostLinkIsClosed) {
  connect(server_options(), client_options());
  shake_hands();
  cut_pipe(link_);
  std::array<std::byte, 10> buffer{};
  const std::array parts{as_bytes("x")};
  EXPECT_EQ(server_->try_read(buffer).error().code(), ErrorCode::closed);
  EXPECT_EQ(server_->try_write(parts).error().code(), ErrorCode::closed);
}

TEST_F(TlsTest, EverythingIsClosedAfterClose) {
  connect(server_options(), client_options());
  shake_hands();
  server_->close();
  server_->close();
  server_->shutdown_write();
  std::array<std::byte, 10> buffer{};
  const std::array parts{as_bytes("x")};
  EXPECT_EQ(server_->try_read(buffer).error().code(), ErrorCode::closed);
  EXPECT_EQ(server_->try_write(parts).error().code(), ErrorCode::closed);
  EXPECT_EQ(runtime::run_until_done(reactor_, server_->wait_readable()).error().code(),
            ErrorCode::closed);
  EXPECT_EQ(runtime::run_until_done(reactor_, server_->wait_writable()).error().code(),
            ErrorCode::closed);
  EXPECT_EQ(runtime::run_until_done(reactor_, server_->handshake()).error().code(),
            ErrorCode::closed);
}

TEST_F(TlsTest, AContextNamesTheFileThatIsWrong) {
  const auto expect_names = [](const auto& context, const std::string& file) {
    ASSERT_FALSE(context.has_value());
    EXPECT_EQ(context.error().code(), ErrorCode::invalid_argument);
    EXPECT_TRUE(context.error().message().contains(file)) << context.error().message();
  };
  auto server = server_options();
  server.certificate_file = "/no/certificate";
  expect_names(TlsContext::open_server(server), "/no/certificate");
  server = server_options();
  server.key_file = certificates_->client_key();
  expect_names(TlsContext::open_server(server), certificates_->client_key());
  server = server_options();
  server.client_ca_file = "/no/ca";
  expect_names(TlsContext::open_server(server), "/no/ca");
  auto client = client_options();
  client.ca_file = "";
  expect_names(TlsContext::open_client(client), "CA file");
  client = client_options();
  client.certificate_file = certificates_->client();
  client.key_file = "/no/key";
  expect_names(TlsContext::open_client(client), "/no/key");
}

}  // namespace
}  // namespace koine::io
