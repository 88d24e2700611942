// WebSocket: one socket that speaks koine.json.v1 (docs/http.md): many subscriptions with credit, publishes that are answered when they
// are durable. Takes over the connection, or the stream of HTTP/2, that its handshake came on; one shard.
//
//   client -> FrameReader -> one command each -> subscriptions, publishes        at most publishes_max under way
//   client <- SocketOutput <- messages as far as credit and room go, answers     no room: nothing more is read
//
// Between messages it holds no buffer. A peer that is silent is pinged, and given up when it stays so.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "protocols/http/body.h"
#include "protocols/http/body_memory.h"
#include "protocols/http/broker_resources.h"
#include "protocols/http/json_reader.h"
#include "protocols/http/websocket/frame.h"
#include "protocols/http/websocket/socket_output.h"
#include "protocols/http/websocket/socket_subscription.h"
#include "runtime/gate.h"
#include "runtime/signal.h"

namespace koine::http {

// The largest record that a topic takes by default, in base64.
inline constexpr std::size_t socket_message_bytes_max = 2 * MiB;
// On one socket. Each costs about a kilobyte.
inline constexpr std::size_t subscriptions_max = 1000;
// Not durable yet; more are not read from the socket.
inline constexpr std::size_t publishes_max = 256;
inline constexpr Duration ping_interval = std::chrono::seconds(30);

class WebSocket final : public Tunnel {
 public:
  enum class Compression : bool { no, yes };
  WebSocket(BrokerResources& resources, Compression compression);
  ~WebSocket() override;

  Task<void> run(std::unique_ptr<io::Stream> stream, Stop& stop) override;

 private:
  enum class Next : bool { end, go_on };

  // websocket.cc: the connection.
  Task<void> read_all();
  Next take_bytes(ByteView bytes);
  Next take_message(WebSocketMessage message);
  Next end_with(const Violation& violation);
  Next close_with(CloseCode code, std::string_view reason);
  bool may_read() const;
  Task<bool> hold_memory();
  void on_output_changed();
  Task<void> watch_stop(Stop& stop);
  Task<void> linger();
  void arm_ping();
  void ping();

  // publish.cc
  Outcome<> publish(JsonObject& fields);
  Task<void> append(std::int64_t seq, std::int32_t partition, LogId log, Bytes batch);

  // commands.cc: what a client says.
  void take_command(ByteView text);
  Outcome<> do_command(JsonObject& fields);
  Outcome<> subscribe(JsonObject& fields);
  Outcome<> subscribe_topic(std::int64_t id, std::string_view topic, JsonObject& fields);
  Outcome<> unsubscribe(JsonObject& fields);
  Outcome<> add_credit(JsonObject& fields);
  Outcome<SocketSubscription*> find(JsonObject& fields);
  Task<void> close_subscription(std::unique_ptr<SocketSubscription> subscription, std::int64_t id);

  BrokerResources& resources_;
  Compression compression_;
  FrameReader reader_;
  std::unique_ptr<io::Stream> stream_;
  std::unique_ptr<SocketOutput> output_;
  std::map<std::int64_t, std::unique_ptr<SocketSubscription>> subscriptions_;
  runtime::Gate gate_;
  runtime::Signal room_;
  std::optional<BodyMemory> memory_;  // for a large message under way
  std::vector<std::byte> kept_;       // what arrived and waits for room
  std::size_t publishes_ = 0;
  io::TimerId ping_timer_ = io::TimerId::none;
  int pings_in_message_ = 0;
  bool was_heard_ = true;    // since the last ping
  bool is_closing_ = false;  // we have said goodbye
  bool is_ended_ = false;
};

}  // namespace koine::http
