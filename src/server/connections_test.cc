#include "server/connections.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "io/pipe.h"
#include "io/real/asio_reactor.h"
#include "runtime/run.h"
#include "server/log.h"

namespace koine::server {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kafka_frame = "\0\0\0\x0a\0\x12\0\0\0\0\0\x01\xff\xff"sv;

Task<std::string> read_all(io::Stream& stream) {
  std::string text;
  std::array<std::byte, 256> buffer{};
  while (true) {
    if (!co_await stream.wait_readable()) co_return text + "<closed>";
    const auto moved = stream.try_read(buffer);
    if (!moved) co_return text + "<closed>";
    if (moved->end_of_stream) co_return text;
    text += as_text(ByteView(buffer).first(moved->bytes));
  }
}

// Remembers what it was given; stays until the stream is closed if told so.
class FakeProtocol final : public Protocol {
 public:
  Task<void> serve(std::unique_ptr<io::Stream> stream) override {
    streams_were_encrypted.push_back(stream->is_encrypted());
    if (stays_until_closed) {
      received = co_await read_all(*stream);
    } else {
      std::string bytes(kafka_frame.size(), '\0');
      const auto moved = stream->try_read(std::as_writable_bytes(std::span(bytes)));
      received = bytes.substr(0, moved ? moved->bytes : 0);
    }
  }
  void drain() override { was_drained = true; }

  std::string received;
  std::vector<bool> streams_were_encrypted;
  bool stays_until_closed = false;
  bool was_drained = false;
};

class ForwardingStream final : public io::Stream {
 public:
  explicit ForwardingStream(std::unique_ptr<io::Stream> inner) : inner_(std::move(inner)) {}
  Task<Result<>> wait_readable() override { return inner_->wait_readable(); }
  Result<io::Moved> try_read(MutableByteView into) override { return inner_->try_read(into); }
  Task<Result<>> wait_writable() override { return inner_->wait_writable(); }
  Result<io::Moved> try_write(std::span<const ByteView> parts) override {
    return inner_->try_write(parts);
  }
  void shutdown_write() override { inner_->shutdown_write(); }
  void close() override { inner_->close(); }
  std::string local_address() const override { return inner_->local_address(); }
  std::string peer_address() const override { return inner_->peer_address(); }
  bool is_encrypted() const override { return true; }

 private:
  std::unique_ptr<io::Stream> inner_;
};

// Its handshake is three bytes.
class FakeTls final : public TlsAcceptor {
 public:
  Task<Result<std::unique_ptr<io::Stream>>> accept(std::unique_ptr<io::Stream> stream) override {
    std::array<std::byte, 3> hello{};
    CO_TRY(co_await stream->wait_readable());
    CO_TRY(const io::Moved moved, stream->try_read(hello));
    if (moved.bytes != 3) co_return fail(ErrorCode::io_error, "no hello");
    co_return std::make_unique<ForwardingStream>(std::move(stream));
  }
};

class ConnectionsTest : public testing::Test {
 protected:
  // Sends the text, reads the answer to its end, and waits for the connection to end.
  std::string answer_to(std::string_view sent, Connections::Options options = {},
                        ListenerFor listener = ListenerFor::any) {
    Connections connections(shard_, log_, count_, protocols_, options);
    connections.set_tls(tls_);
    return runtime::run_until_done(reactor_, exchange(*this, connections, sent, listener));
  }

  static Task<std::string> exchange(ConnectionsTest& test, Connections& connections,
                                    std::string_view sent, ListenerFor listener) {
    io::Pipe pipe = io::make_pipe(test.reactor_, {.cut_seed = 7, .latency = {}});
    EXPECT_TRUE(test.count_.try_enter());
    connections.take(std::move(pipe.first), listener);
    const auto written = co_await io::write_all(*pipe.second, as_bytes(sent));
    EXPECT_TRUE(written);
    pipe.second->shutdown_write();
    std::string answer = co_await read_all(*pipe.second);
    co_await connections.drain(test.shard_.now() + std::chrono::hours(1));
    co_return answer;
  }

  static Task<void> drain_at_once(ConnectionsTest& test, Connections& connections,
                                  std::string_view sent) {
    io::Pipe pipe = io::make_pipe(test.reactor_);
    EXPECT_TRUE(test.count_.try_enter());
    connections.take(std::move(pipe.first));
    const auto written = co_await io::write_all(*pipe.second, as_bytes(sent));
    EXPECT_TRUE(written);
    // A turn of the loop for the connection to see it.
    co_await test.shard_.sleep_for(Duration(0));
    co_await test.shard_.sleep_for(Duration(0));
    co_await connections.drain(test.shard_.now());
    EXPECT_EQ(connections.open(), 0U);
    connections.take(std::move(pipe.second));
  }

  io::AsioReactor reactor_;
  runtime::Shard shard_{ShardId(0), reactor_};
  std::vector<std::string> lines_;
  LineLogger log_{LogLevel::info, LogFormat::text,
                  [this](std::string_view line) { lines_.emplace_back(line); },
                  [] { return WallTimeMs{0}; }};
  ConnectionCount count_{2};
  FakeProtocol kafka_;
  FakeProtocol amqp_;
  FakeProtocol http_;
  Protocols protocols_{.kafka = kafka_, .amqp = amqp_, .http = http_};
  std::shared_ptr<TlsAcceptor> tls_;
};

TEST_F(ConnectionsTest, AKafkaClientIsServedFromItsFirstByte) {
  EXPECT_EQ(answer_to(kafka_frame), "");
  EXPECT_FALSE(kafka_.received.empty());
  EXPECT_TRUE(kafka_frame.starts_with(kafka_.received));
  EXPECT_TRUE(kafka_.was_drained);
  EXPECT_TRUE(lines_.empty());
}

TEST_F(ConnectionsTest, AnAmqpClientIsServedAlsoInsideTls) {
  constexpr std::string_view header = "AMQP\0\0\x09\x01"sv;
  EXPECT_EQ(answer_to(header), "");
  EXPECT_TRUE(header.starts_with(amqp_.received));
  tls_ = std::make_shared<FakeTls>();
  EXPECT_EQ(answer_to("\x16\x03\x01" + std::string(header)), "");
  EXPECT_EQ(amqp_.streams_were_encrypted, (std::vector{false, true}));
  EXPECT_TRUE(amqp_.was_drained);
  EXPECT_TRUE(kafka_.streams_were_encrypted.empty());
}

TEST_F(ConnectionsTest, AnHttpClientIsServed) {
  constexpr std::string_view line = "GET / HTTP/1.1\r\n"sv;
  EXPECT_EQ(answer_to(line), "");
  EXPECT_FALSE(http_.received.empty());
  EXPECT_TRUE(line.starts_with(http_.received));
  EXPECT_TRUE(http_.was_drained);
}

TEST_F(ConnectionsTest, HttpWithoutTlsWhereItIsRequiredGetsAnAnswerThatABrowserShows) {
  const std::string answer = answer_to("GET / HTTP/1.1\r\n", {.tls_required = true});
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 "));
  const std::size_t body = answer.find("\r\n\r\n") + 4;
  EXPECT_TRUE(answer.contains("Content-Length: " + std::to_string(answer.size() - body) + "\r\n"));
  EXPECT_TRUE(lines_.at(0).contains("tls.required is set"));
}

TEST_F(ConnectionsTest, OthersAreClosedWithALogLine) {
  EXPECT_EQ(answer_to("SSH-2.0-x\r\n"), "");
  EXPECT_TRUE(lines_.at(0).contains("protocol=unknown"));
}

TEST_F(ConnectionsTest, AmqpAnswersWhatItDoesNotSpeakOnItsOwnPort) {
  for (const std::string_view first : {"SSH-2.0-x\r\n"sv, "GET / HTTP/1.1\r\n"sv, "\0\0\0\0\0"sv}) {
    EXPECT_EQ(answer_to(first, {}, ListenerFor::amqp), "");
    EXPECT_FALSE(amqp_.received.empty());
    EXPECT_TRUE(first.starts_with(amqp_.received));
  }
  EXPECT_EQ(answer_to(kafka_frame, {}, ListenerFor::amqp), "");
  EXPECT_TRUE(kafka_frame.starts_with(kafka_.received));
}

TEST_F(ConnectionsTest, AClientThatSaysTooLittleIsForgotten) {
  EXPECT_EQ(answer_to("\0\0"sv), "");
  EXPECT_TRUE(kafka_.streams_were_encrypted.empty());
}

TEST_F(ConnectionsTest, TlsNeedsACertificate) {
  EXPECT_EQ(answer_to("\x16\x03\x01"), "");
  EXPECT_TRUE(lines_.at(0).contains("tls.certificate is not set"));
}

TEST_F(ConnectionsTest, InsideTlsTheProtocolIsRecognizedAgain) {
  tls_ = std::make_shared<FakeTls>();
  EXPECT_EQ(answer_to("\x16\x03\x01" + std::string(kafka_frame)), "");
  EXPECT_EQ(kafka_.streams_were_encrypted, std::vector{true});
  EXPECT_TRUE(kafka_frame.starts_with(kafka_.received));
}

TEST_F(ConnectionsTest, WithoutTlsNobodyGetsInWhenItIsRequired) {
  EXPECT_EQ(answer_to(kafka_frame, {.tls_required = true}), "");
  EXPECT_TRUE(kafka_.streams_were_encrypted.empty());
  EXPECT_TRUE(lines_.at(0).contains("tls.required is set"));
}

TEST_F(ConnectionsTest, TlsInsideTlsIsTurnedAway) {
  tls_ = std::make_shared<FakeTls>();
  EXPECT_EQ(answer_to("\x16\x03\x01\x16\x03\x01"), "");
  EXPECT_TRUE(lines_.at(0).contains("protocol=TLS"));
}

TEST_F(ConnectionsTest, DrainingClosesWhatIsNotRecognizedYet) {
  Connections connections(shard_, log_, count_, protocols_, {});
  runtime::run_until_done(reactor_, drain_at_once(*this, connections, "\0"sv));
  EXPECT_TRUE(kafka_.streams_were_encrypted.empty());
}

TEST_F(ConnectionsTest, DrainingClosesAtTheDeadlineWhatAProtocolHolds) {
  kafka_.stays_until_closed = true;
  Connections connections(shard_, log_, count_, protocols_, {});
  runtime::run_until_done(reactor_, drain_at_once(*this, connections, kafka_frame));
  EXPECT_TRUE(kafka_.received.ends_with("<closed>"));
  EXPECT_TRUE(lines_.at(0).contains("at the shutdown deadline"));
}

TEST_F(ConnectionsTest, ConnectionsAreCounted) {
  ConnectionCount count(2);
  EXPECT_TRUE(count.try_enter());
  EXPECT_TRUE(count.try_enter());
  EXPECT_FALSE(count.try_enter());
  count.leave();
  EXPECT_TRUE(count.try_enter());
}

}  // namespace
}  // namespace koine::server
