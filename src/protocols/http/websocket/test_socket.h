// For tests: a client's WebSocket to a broker in simulated time, and a fixture that has both.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

#include "protocols/http/session_test_bench.h"
#include "protocols/http/websocket/test_frames.h"

namespace koine::http {

inline constexpr std::string_view upgrade =
    "GET /v1/stream HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

class Socket {
 public:
  explicit Socket(TestClient client) : client_(std::move(client)) {}

  Answered open(std::string_view fields = {}) {
    client_.send(std::string(upgrade) + std::string(fields) + "\r\n");
    return client_.receive_head();
  }
  void say(std::string_view text) { client_.send(encode({.payload = text})); }
  void send(const ClientFrame& frame) { client_.send(encode(frame)); }

  struct Frame {
    unsigned first = 0;  // its first byte; 0: the connection has ended
    std::string payload;
  };
  Frame receive() {
    const std::string head = client_.take_at_most(2);
    if (head.size() < 2) return {};
    std::size_t size = static_cast<unsigned char>(head[1]);
    if (size >= 126) {
      const std::size_t bytes = size == 126 ? 2 : 8;
      size = 0;
      for (const char byte : client_.take_at_most(bytes)) {
        size = size * 256 + static_cast<unsigned char>(byte);
      }
    }
    return {static_cast<unsigned char>(head[0]), client_.take_at_most(size)};
  }
  std::string hear() { return receive().payload; }
  // The code of a close frame.
  int closed() {
    Frame frame = receive();
    while (frame.first == 0x89) frame = receive();
    if (frame.first != 0x88 || frame.payload.size() < 2) return 0;
    return static_cast<unsigned char>(frame.payload[0]) * 256 +
           static_cast<unsigned char>(frame.payload[1]);
  }
  TestClient& client() { return client_; }

 private:
  TestClient client_;
};

class WebSocketTest : public testing::Test {
 protected:
  explicit WebSocketTest(TestBrokerOptions options = {}) : broker_(std::move(options)) {}

  void create(std::uint32_t partitions = 1) {
    ASSERT_TRUE(broker_.server().run(
        broker_.server().engine().create_topic({.name = "orders", .partition_count = partitions})));
  }
  void append(std::string_view value, std::string_view key = "k") {
    core::BatchBuilder builder;
    builder.add({.timestamp = 1000, .key = as_bytes(key), .value = as_bytes(value)});
    ASSERT_TRUE(
        broker_.server().append(broker_.server().partition("orders", 0), *builder.build({})));
  }
  Socket connect(std::string_view fields = {}, io::PipeOptions pipe = {}) {
    Socket socket(broker_.connect(std::move(pipe)));
    EXPECT_EQ(socket.open(fields).status, 101);
    return socket;
  }

  TestBroker broker_;
};

}  // namespace koine::http
