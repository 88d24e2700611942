// WebSocket: one socket that speaks koine.json.v1 or koine.binary.v1 (docs/streams.md): many subscriptions with credit, publishes and ends of leases, which are
// answered when they are durable. Takes over the connection, or the stream of HTTP/2, that its handshake came on; one shard.
//
//   client -> FrameReader -> SocketCommand -> subscriptions, publishes, leases                at most under_way_max not durable
//   client <- SocketOutput <- SocketAnswers <- messages as far as credit and room go, answers   no room: nothing more is read
//
// Between messages it holds no buffer. A peer that is silent is pinged, and given up when it stays so.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "protocols/http/body.h"
#include "protocols/http/body_memory.h"
#include "protocols/http/broker_resources.h"
#include "protocols/http/websocket/frame.h"
#include "protocols/http/websocket/socket_answers.h"
#include "protocols/http/websocket/socket_command.h"
#include "protocols/http/websocket/socket_output.h"
#include "protocols/http/websocket/socket_subscription.h"
#include "runtime/gate.h"
#include "runtime/signal.h"

namespace koine::http {

// The largest record that a topic takes by default, in base64.
inline constexpr std::size_t socket_message_bytes_max = 2 * MiB;
// On one socket. Each costs about a kilobyte.
inline constexpr std::size_t subscriptions_max = 1000;
// Publishes and commands about leases that are not durable yet; more are not read from the socket.
inline constexpr std::size_t under_way_max = 256;
// The same in bytes; one command may go beyond.
inline constexpr std::size_t under_way_bytes_max = 2 * MiB;
inline constexpr Duration ping_interval = std::chrono::seconds(30);

class WebSocket final : public Tunnel {
 public:
  enum class Compression : bool { no, yes };
  enum class Form : bool { json, binary };
  WebSocket(BrokerResources& resources, Compression compression, Form form);
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

  // commands.cc: what a client says.
  void take_json(ByteView text);
  void take_binary(ByteView message);
  void answer_error(CommandSubject subject, Problem problem);
  Outcome<> execute(SocketCommand& command);
  Outcome<> take(SubscribeTopic& command);
  Outcome<> take(SubscribeQueue& command);
  Outcome<> take(AddCredit& command);
  Outcome<> take(Unsubscribe& command);
  Outcome<> take(PingCommand& command);
  Outcome<> check_new(std::int64_t id);
  Outcome<SocketSubscription*> find(std::int64_t id);
  Task<void> close_subscription(std::unique_ptr<SocketSubscription> subscription, std::int64_t id);

  // publish.cc
  struct Publishing;
  // Of a publish: what it is answered with, and in which place.
  struct PlacedSeq {
    std::int64_t seq = 0;
    std::uint64_t place = 0;
  };
  Outcome<> take(PublishRecord& command);
  Outcome<> take(PublishMessage& command);
  Task<void> append(PlacedSeq answer, std::int32_t partition, LogId log, Bytes batch);
  Task<void> store(PlacedSeq answer, std::unique_ptr<Publishing> publishing);
  void answer_in_turn(std::uint64_t place, std::move_only_function<void()> say);

  // leases.cc
  struct OfCommand {
    std::optional<std::int64_t> seq;
    std::uint64_t place = 0;
  };
  Outcome<> take(EndLeases& command);
  Outcome<> take(ExtendLeases& command);
  Outcome<> check_leases(std::optional<std::int64_t> id, std::span<const core::LeaseId> leases);
  Task<void> end_leases(OfCommand answer, core::Settlement::Kind kind,
                        std::vector<core::LeaseId> leases);
  Task<void> extend_leases(OfCommand answer, Duration duration, std::vector<core::LeaseId> leases);
  void answer_leases(SocketAnswers::OfLeases what, OfCommand answer,
                     std::vector<core::LeaseId> lost);
  void begin_one(std::size_t bytes);
  void finish_one(std::size_t bytes);

  BrokerResources& resources_;
  Compression compression_;
  Form form_;
  FrameReader reader_;
  std::unique_ptr<io::Stream> stream_;
  std::unique_ptr<SocketOutput> output_;
  std::unique_ptr<SocketAnswers> answers_;
  std::map<std::int64_t, std::unique_ptr<SocketSubscription>> subscriptions_;
  runtime::Gate gate_;
  runtime::Signal room_;
  std::optional<BodyMemory> memory_;  // for a large message under way
  std::vector<std::byte> kept_;       // what arrived and waits for room
  std::size_t under_way_ = 0;
  std::size_t under_way_bytes_ = 0;
  // What becomes durable is answered in the order in which it came: what is done and waits for others, by its place.
  std::map<std::uint64_t, std::move_only_function<void()>> done_early_;
  std::uint64_t next_place_ = 0;
  std::uint64_t next_answer_ = 0;
  io::TimerId ping_timer_ = io::TimerId::none;
  int pings_in_message_ = 0;
  bool was_heard_ = true;    // since the last ping
  bool is_closing_ = false;  // we have said goodbye
  bool is_goodbye_ = false;  // the client has, too
  bool is_ended_ = false;
};

}  // namespace koine::http
