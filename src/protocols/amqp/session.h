// Session: one connection that speaks AMQP, on one shard.
//
//   handshake   protocol header -> start -> start-ok -> tune -> tune-ok -> open
//   running     read -> frames -> publish, ack: at once    -> batches to core, settlements to core -> read ...
//                              -> others: one at a time, after what came before them has come to its end
//               deliveries, confirms -> output, one write for each turn
//   closing     what still comes is passed over until the other side agrees
//
// Holds memory for what is under way only; is not read from while too much of what it published is not durable.
// Ends, and logs why, when the peer ends, breaks the protocol or is silent; or by drain().
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "io/stream.h"
#include "protocols/amqp/broker_resources.h"
#include "protocols/amqp/channel.h"
#include "protocols/amqp/connection.h"
#include "protocols/amqp/consumer.h"
#include "protocols/amqp/errors.h"
#include "protocols/amqp/frame_reader.h"
#include "protocols/amqp/heartbeat.h"
#include "protocols/amqp/messages/basic.h"
#include "protocols/amqp/messages/channel.h"
#include "protocols/amqp/messages/connection.h"
#include "protocols/amqp/output.h"
#include "protocols/amqp/publisher.h"
#include "protocols/amqp/read_pace.h"
#include "protocols/amqp/scope.h"
#include "protocols/amqp/settlements.h"
#include "runtime/gate.h"

namespace koine::amqp {

// The peer has this long to answer our connection.close, and to take what we sent last.
inline constexpr Duration close_deadline = std::chrono::seconds(10);
// The same when the server stops; and to close, when everything was said: closing at once, with frames unread, would let the kernel
// throw away what we sent last.
inline constexpr Duration linger_deadline = std::chrono::seconds(1);
// Publishers who were not read from for so long are told why.
inline constexpr Duration blocked_after = std::chrono::seconds(1);

class Session final : private Heartbeat::Listener,
                      private Output::Listener,
                      private Publisher::Listener,
                      private DeliveryPlace::Listener {
 public:
  Session(BrokerResources& resources, std::unique_ptr<io::Stream> stream);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() override;

  // Once. Returns when the connection has ended and nothing of it is under way.
  Task<void> run();

  // What was published becomes durable and is confirmed, the peer is told, and the connection ends.
  void drain();

 private:
  enum class Stage : std::uint8_t {
    starting,  // connection.start was sent
    tuning,
    opening,
    running,
    closing,  // we sent connection.close
    ended,    // nothing more is read
  };
  using ChannelPtr = std::shared_ptr<Channel>;

  // session.cc: the loop, and the end.
  Task<Result<>> serve();
  Task<Result<bool>> greet();
  Task<Result<Turn>> take_what_arrived();
  Task<void> take_frames();
  Task<Outcome<>> finish_pending();
  Task<void> finish_turn();
  Task<void> wait_for_room();
  Task<void> let_more_arrive(const Turn& turn);
  Task<void> gather(const Turn& turn);
  Task<void> rest_until(MonotonicTime time);
  bool is_consumer() const;
  bool hears_confirms() const;
  Task<void> end_channels();
  // Lets the peer take what we sent last, and close.
  Task<void> linger();
  void log_end(const Result<>& outcome);
  Scope scope_for(Channel& channel);
  void on_heartbeat_due() override;
  void on_expired(std::string_view reason) override;
  void on_room() override;
  void on_broken() override;

  // session_frames.cc: what a frame is, and for whom.
  Outcome<> take(const Frame& frame);
  Outcome<> take_method(Channel& channel, const Frame& frame);
  Outcome<> take_publish(Channel& channel, Reader& reader);
  bool take_whole(Channel& channel, const BasicPublish& publish, Outcome<>& outcome);
  Outcome<> take_header(Channel& channel, const Frame& frame);
  Outcome<> take_body(Channel& channel, const Frame& frame);
  Outcome<> finish_message(Channel& channel);
  Task<Outcome<>> make_room_for_body(ChannelPtr channel, Bytes part);
  void drop_incoming(Channel& channel);
  // What can't be done at once.
  Outcome<> defer(Task<Outcome<>> task);

  // session_connection.cc: the connection class.
  Outcome<> take_connection_method(const Frame& frame);
  Outcome<> take_early(MethodId method, Reader& reader);
  Outcome<> take_start_ok(const ConnectionStartOk& start_ok);
  Outcome<> take_tune_ok(const ConnectionTuneOk& tune_ok);
  Outcome<> take_open(const ConnectionOpen& open);
  Outcome<> take_running(MethodId method, Reader& reader);
  Task<Outcome<>> close_for_client();
  void send_start();
  void refuse_login(const std::string& mechanism, const Error& error);
  void close_connection(const Refusal& refusal, MethodId cause);

  // session_channels.cc: channels come, fail and go.
  Channel* channel_at(std::uint16_t number) const;
  ChannelPtr channel_of(std::uint32_t instance) const;
  Outcome<> open_channel(std::uint16_t number);
  Task<Outcome<>> close_channel_for_client(ChannelPtr channel);
  Task<void> refuse_on(std::uint16_t number, Refusal refusal);
  Task<void> fail_channel(ChannelPtr channel, MethodId cause, Refusal refusal);
  // No consumer and no delivery is left, except those of others who do the same at the time.
  Task<void> clean(ChannelPtr channel, core::Settlement::Kind kind);
  Task<void> end_consumer(ChannelPtr channel, std::string tag, core::SubscriptionEnd reason);
  void on_published(const PublishOutcome& outcome) override;
  void on_consumer_end(Channel& channel, const Consumer& consumer,
                       core::SubscriptionEnd reason) override;

  Task<void> drain_now();

  BrokerResources& resources_;
  std::unique_ptr<io::Stream> stream_;
  Connection connection_;
  runtime::Gate gate_;
  Heartbeat heartbeat_;
  InboundMemory inbound_memory_;
  FrameReader reader_;
  ReadPace pace_;
  Output output_;
  Publisher publisher_;
  Settlements settlements_;
  DeliveryPlace deliveries_;
  std::vector<ChannelPtr> channels_;  // by number; null: not open
  std::uint32_t next_generation_ = 1;
  Stage stage_ = Stage::starting;
  WallTimeMs now_ms_ = 0;
  MethodId cause_ = MethodId::none;     // the method that is being taken
  std::optional<Scope> pending_scope_;  // what the pending handler refers to
  std::optional<Task<Outcome<>>> pending_;
  std::vector<std::uint16_t> early_confirms_;
  std::string reason_;                 // why we closed it
  std::optional<bool> leaves_unread_;  // Stream::leave_unread_to_sender; none: not asked yet
  bool draining_ = false;
  bool has_queues_ = false;  // exclusive ones are possible, and not deleted yet
  bool peer_ended_ = false;
  bool is_clean_end_ = false;  // both sides agreed: what was not settled did not fail
};

}  // namespace koine::amqp
