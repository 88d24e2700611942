#include "protocols/amqp/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "protocols/amqp/handlers/settle.h"

namespace koine::amqp {

namespace {

Connection describe(const io::Stream& stream, io::Random& random) {
  Connection connection;
  connection.peer_address = stream.peer_address();
  connection.is_encrypted = stream.is_encrypted();
  connection.peer_identity = stream.peer_identity();
  while (connection.owner == 0) connection.owner = random.number();
  return connection;
}

}  // namespace

Session::Session(BrokerResources& resources, std::unique_ptr<io::Stream> stream)
    : resources_(resources),
      stream_(std::move(stream)),
      connection_(describe(*stream_, resources.random)),
      heartbeat_(resources.reactor(), *this),
      inbound_memory_(resources.inbound),
      reader_(resources, *stream_, heartbeat_, inbound_memory_),
      output_(resources, *stream_, heartbeat_, gate_, *this),
      publisher_(resources.core, gate_, *this),
      settlements_(resources.core.queues()),
      deliveries_{output_, resources.statistics, settlements_, *this, connection_.frame_max} {}

Session::~Session() = default;

Scope Session::scope_for(Channel& channel) {
  return {.resources = resources_,
          .connection = connection_,
          .channel = channel,
          .output = output_,
          .publisher = publisher_,
          .deliveries = deliveries_,
          .early_confirms = early_confirms_,
          .now_ms = now_ms_};
}

Task<void> Session::run() {
  Statistics& statistics = resources_.statistics;
  ++statistics.connections_opened;
  ++statistics.connections_open;
  const Result<> outcome = co_await serve();
  stage_ = Stage::ended;
  publisher_.submit();
  co_await end_channels();
  if (outcome && !peer_ended_) co_await linger();
  publisher_.stop();
  output_.stop();
  stream_->close();
  co_await gate_.close();
  log_end(outcome);
  --statistics.connections_open;
}

Task<Result<>> Session::serve() {
  heartbeat_.end_by(resources_.core.shard().now() + resources_.options.handshake_deadline);
  CO_TRY(const bool is_amqp, co_await greet());
  if (!is_amqp) co_return Result<>{};
  for (;;) {
    // The first time: what came with the protocol header.
    CO_TRY(const Turn turn, co_await take_what_arrived());
    co_await finish_turn();
    if (stage_ == Stage::ended) break;
    co_await let_more_arrive(turn);
    const MonotonicTime from = resources_.core.shard().now();
    CO_TRY(const bool is_more, co_await reader_.read());
    pace_.waited(resources_.core.shard().now() - from);
    peer_ended_ = !is_more;
    if (peer_ended_) break;
  }
  co_return Result<>{};
}

// What is in the socket when no commit goes on makes one.
Task<Result<Turn>> Session::take_what_arrived() {
  Turn turn;
  for (;;) {
    turn.last_read_bytes = reader_.arrived().size();
    turn.bytes += turn.last_read_bytes;
    co_await take_frames();
    const bool is_whole = turn.bytes < worthwhile_read_bytes || turn.bytes >= turn_bytes_max;
    if (is_whole || publisher_.is_busy() || stage_ == Stage::ended) co_return turn;
    CO_TRY(const bool is_more, reader_.read_at_once());
    if (!is_more) {
      if (!reader_.is_in_large_frame()) turn.last_read_bytes = 0;
      co_return turn;
    }
  }
}

// Whoever speaks another version is told ours, and that is all (4.2.2).
Task<Result<bool>> Session::greet() {
  for (;;) {
    CO_TRY(const bool is_more, co_await reader_.read());
    peer_ended_ = !is_more;
    if (peer_ended_) co_return false;
    const ByteView arrived = reader_.arrived();
    const std::size_t size = std::min(arrived.size(), protocol_header_size);
    if (!std::ranges::equal(arrived.first(size), ByteView(protocol_header).first(size))) {
      output_.frames().append(protocol_header);
      reason_ = "the client speaks another version of AMQP";
      co_return false;
    }
    if (size == protocol_header_size) break;
  }
  reader_.skip(protocol_header_size);
  send_start();
  co_return true;
}

Task<void> Session::take_frames() {
  now_ms_ = resources_.core.shard().wall_clock_ms();
  while (stage_ != Stage::ended) {
    cause_ = MethodId::none;
    const auto frame = reader_.next();
    if (!frame) {
      // Where the next frame begins is not known: there is nothing more to read.
      close_connection(frame.error(), MethodId::none);
      stage_ = Stage::ended;
      break;
    }
    if (!*frame) break;
    const std::uint16_t channel = (*frame)->channel;
    Outcome<> outcome = take(**frame);
    if (pending_) outcome = co_await finish_pending();
    if (!outcome) [[unlikely]] {
      reader_.keep();
      co_await refuse_on(channel, std::move(outcome).error());
    }
  }
}

Task<Outcome<>> Session::finish_pending() {
  const Task<Outcome<>> task = std::move(*pending_);
  pending_.reset();
  reader_.keep();
  publisher_.submit();
  settlements_.tell();
  // What came before comes to its end: a message that was published is there to be got.
  co_await publisher_.settled();
  Outcome<> outcome = co_await task;
  now_ms_ = resources_.core.shard().wall_clock_ms();
  co_return outcome;
}

Task<void> Session::finish_turn() {
  settlements_.tell();
  for (const std::uint16_t number : std::exchange(early_confirms_, {})) {
    Channel* const channel = channel_at(number);
    if (channel != nullptr && channel->state == Channel::State::open) {
      channel->confirms.send(output_, number, resources_.statistics);
    }
  }
  if (!publisher_.has_room()) co_await wait_for_room();
  publisher_.submit();
}

// What a commit that goes on already cannot take waits for the next one: it may as well wait in the socket, where more joins it.
Task<void> Session::let_more_arrive(const Turn& turn) {
  if (!publisher_.is_busy() || is_consumer()) co_return;
  const bool hears = hears_confirms();
  if (hears && !leaves_unread_) leaves_unread_ = stream_->leave_unread_to_sender();
  reader_.keep();
  const runtime::Shard& shard = resources_.core.shard();
  const MonotonicTime due = pace_.next_turn(shard.now(), turn, hears);
  while (stage_ == Stage::running && shard.now() < due && (!hears || publisher_.is_busy())) {
    co_await rest_until(due);
  }
  if (hears && *leaves_unread_) co_await gather(turn);
}

Task<void> Session::gather(const Turn& turn) {
  const Duration time = pace_.gathering(turn, stream_->unread());
  if (time == Duration::zero()) co_return;
  const runtime::Shard& shard = resources_.core.shard();
  const MonotonicTime due = shard.now() + time;
  while (stage_ == Stage::running && shard.now() < due) co_await rest_until(due);
}

// Or until something of what was published has come to its end.
Task<void> Session::rest_until(MonotonicTime time) {
  stream_->rest();
  co_await publisher_.changed().wait(time);
}

// It is owed the next message as soon as the last is acked.
bool Session::is_consumer() const {
  return std::ranges::any_of(channels_, [](const ChannelPtr& channel) {
    return channel != nullptr && !channel->consumers.empty();
  });
}

bool Session::hears_confirms() const {
  return std::ranges::any_of(channels_, [](const ChannelPtr& channel) {
    return channel != nullptr && channel->is_confirming;
  });
}

// The socket is not read meanwhile: the peer's own buffers fill, and it is slowed without losing anything.
Task<void> Session::wait_for_room() {
  reader_.keep();
  heartbeat_.reading(false);
  const MonotonicTime patience = resources_.core.shard().now() + blocked_after;
  bool is_blocked = false;
  while (!publisher_.has_room() && stage_ == Stage::running) {
    const bool is_due = publisher_.is_disk_full() || resources_.core.shard().now() >= patience;
    if (is_due && !is_blocked && connection_.capabilities.connection_blocked) {
      output_.send(
          0, ConnectionBlocked{.reason = publisher_.is_disk_full() ? "the disk is full"
                                                                   : "the disk does not keep up"});
      ++resources_.statistics.times_blocked;
      is_blocked = true;
    }
    co_await rest_until(is_due ? never : patience);
  }
  if (is_blocked && stage_ == Stage::running) output_.send(0, ConnectionUnblocked{});
  heartbeat_.reading(true);
}

Task<void> Session::end_channels() {
  const auto kind = is_clean_end_ || draining_ ? core::Settlement::Kind::requeue
                                               : core::Settlement::Kind::requeue_failed;
  for (std::size_t number = 0; number < channels_.size(); ++number) {
    const ChannelPtr channel = channels_[number];
    if (channel != nullptr) co_await clean(channel, kind);
  }
  if (std::exchange(has_queues_, false)) {
    co_await resources_.core.queues().release_owner(connection_.owner);
  }
}

Task<void> Session::linger() {
  co_await output_.flush();
  stream_->shutdown_write();
  heartbeat_.start(Duration::zero());
  heartbeat_.end_by(resources_.core.shard().now() + linger_deadline);
  for (;;) {
    reader_.skip(reader_.arrived().size());
    const auto is_more = co_await reader_.read();
    if (!is_more || !*is_more) break;
  }
}

void Session::on_heartbeat_due() {
  if (stage_ != Stage::ended) encode_heartbeat(output_.frames());
}

void Session::on_expired(std::string_view reason) {
  if (reason_.empty()) {
    reason_ = reason;
    if (stage_ == Stage::running) ++resources_.statistics.silent_connections;
  }
  stage_ = Stage::ended;
  output_.stop();
  publisher_.stop();
  stream_->close();
}

void Session::on_room() {
  for (const ChannelPtr& channel : channels_) {
    if (channel == nullptr || channel->state != Channel::State::open) continue;
    for (const auto& [tag, consumer] : channel->consumers) consumer->subscription()->resume();
  }
}

void Session::on_broken() { publisher_.stop(); }

void Session::drain() {
  if (draining_) return;
  draining_ = true;
  gate_.spawn(drain_now());
}

Task<void> Session::drain_now() {
  if (stage_ == Stage::running) {
    publisher_.submit();
    settlements_.tell();
    co_await publisher_.settled();
  }
  if (stage_ == Stage::running) {
    close_connection({.code = ReplyCode::connection_forced,
                      .sentence = "broker forced connection closure with reason 'shutdown'"},
                     MethodId::none);
  } else if (stage_ < Stage::running) {
    stage_ = Stage::ended;
    stream_->close();
  }
  publisher_.stop();
  heartbeat_.end_by(resources_.core.shard().now() + linger_deadline);
}

void Session::log_end(const Result<>& outcome) {
  Logger& log = resources_.log;
  if (reason_.empty() && !outcome && outcome.error().code() != ErrorCode::closed) {
    reason_ = outcome.error().to_string();
  }
  if (reason_.empty() || draining_) {
    log.debug(log_component, "a connection ended",
              {{"peer", connection_.peer_address},
               {"client", connection_.client},
               {"user", connection_.user}});
    return;
  }
  log.peer(log_component, "a connection was closed",
           {{"peer", connection_.peer_address},
            {"client", connection_.client},
            {"user", connection_.user},
            {"reason", reason_}});
}

}  // namespace koine::amqp
