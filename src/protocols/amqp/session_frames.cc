// The part of Session that takes frames: methods of channels, and messages in one piece or in many.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "protocols/amqp/codec.h"
#include "protocols/amqp/handlers/publish.h"
#include "protocols/amqp/handlers/settle.h"
#include "protocols/amqp/handlers/table.h"
#include "protocols/amqp/method_table.h"
#include "protocols/amqp/session.h"

namespace koine::amqp {

namespace {

std::unexpected<Refusal> unexpected(std::string sentence) {
  return refuse(ReplyCode::unexpected_frame, std::move(sentence));
}

// What the channel waits for, in RabbitMQ's words; another frame came.
std::unexpected<Refusal> out_of_turn(const Channel& channel) {
  if (channel.incoming == nullptr)
    return unexpected("expected method frame, got non method frame instead");
  if (channel.incoming->has_header)
    return unexpected("expected content body, got non content body frame instead");
  return unexpected(fmt::format(
      "expected content header for class {}, got non content header frame instead", basic_class));
}

}  // namespace

Outcome<> Session::defer(Task<Outcome<>> task) {
  pending_ = std::move(task);
  return {};
}

Outcome<> Session::take(const Frame& frame) {
  if (frame.type == FrameType::heartbeat) {
    return frame.channel == 0 ? Outcome<>{} : unexpected("a heartbeat on a channel");
  }
  if (frame.channel == 0) {
    if (frame.type != FrameType::method) return unexpected("a content on channel 0");
    return take_connection_method(frame);
  }
  if (stage_ == Stage::closing) return {};
  if (stage_ != Stage::running) {
    return refuse(ReplyCode::channel_error,
                  "unexpected method in connection state: expected it to be open");
  }
  Channel* const channel = channel_at(frame.channel);
  if (channel == nullptr) {
    Reader reader(frame.payload);
    const auto method = frame.type == FrameType::method
                            ? static_cast<MethodId>(reader.number<std::uint32_t>())
                            : MethodId::none;
    cause_ = method;
    if (method == MethodId::channel_open) {
      TRY(decode<ChannelOpen>(reader));
      return open_channel(frame.channel);
    }
    // Of a channel that both sides closed at the same time.
    if (method == MethodId::channel_close_ok) return {};
    return refuse(ReplyCode::channel_error, "expected 'channel.open'");
  }
  switch (frame.type) {
    case FrameType::method: return take_method(*channel, frame);
    case FrameType::header: return take_header(*channel, frame);
    default: return take_body(*channel, frame);
  }
}

Outcome<> Session::take_method(Channel& channel, const Frame& frame) {
  Reader reader(frame.payload);
  TRY(const MethodId method, decode_method_id(reader));
  cause_ = method;
  if (channel.incoming != nullptr && channel.state == Channel::State::open) {
    return out_of_turn(channel);
  }
  if (method == MethodId::channel_close_ok) {
    TRY(decode<ChannelCloseOk>(reader));
    if (channel.state == Channel::State::closing) channels_[channel.number].reset();
    return {};
  }
  if (method == MethodId::channel_close) {
    TRY(decode<ChannelClose>(reader));
    return defer(close_channel_for_client(channels_[channel.number]));
  }
  if (channel.state == Channel::State::closing) return {};

  if (method == MethodId::basic_publish) return take_publish(channel, reader);
  Scope scope = scope_for(channel);
  switch (method) {
    case MethodId::basic_ack: {
      TRY(const auto ack, decode<BasicAck>(reader));
      return settle(scope, ack);
    }
    case MethodId::basic_nack: {
      TRY(const auto nack, decode<BasicNack>(reader));
      return settle(scope, nack);
    }
    case MethodId::basic_reject: {
      TRY(const auto reject, decode<BasicReject>(reader));
      return settle(scope, reject);
    }
    case MethodId::channel_open:
      return refuse(ReplyCode::channel_error, "second 'channel.open' seen");
    default: break;
  }
  TRY(auto handling, begin(pending_scope_.emplace(scope), method, reader));
  return defer(std::move(handling));
}

Outcome<> Session::take_publish(Channel& channel, Reader& reader) {
  TRY(const auto method, decode<BasicPublish>(reader));
  Outcome<> outcome;
  if (take_whole(channel, method, outcome)) return outcome;
  channel.incoming = std::make_unique<IncomingMessage>();
  channel.incoming->exchange = method.exchange;
  channel.incoming->routing_key = method.routing_key;
  channel.incoming->is_mandatory = method.mandatory;
  channel.incoming->is_immediate = method.immediate;
  return {};
}

// Most messages arrive in one read, with one body frame or none. False: this one did not, or is not as it should be.
bool Session::take_whole(Channel& channel, const BasicPublish& method, Outcome<>& outcome) {
  const ByteView arrived = reader_.arrived();
  const auto header_frame = cut_frame(arrived, connection_.frame_max);
  if (!header_frame || !*header_frame) return false;
  const Frame& header = **header_frame;
  if (header.type != FrameType::header || header.channel != channel.number) return false;
  const auto content = decode_content_header(header.payload);
  if (!content || content->class_id != basic_class) return false;
  std::size_t size = header.whole_size();
  ByteView body;
  if (content->body_size > 0) {
    const auto body_frame = cut_frame(arrived.subspan(size), connection_.frame_max);
    if (!body_frame || !*body_frame) return false;
    const Frame& frame = **body_frame;
    if (frame.type != FrameType::body || frame.channel != channel.number ||
        frame.payload.size() != content->body_size) {
      return false;
    }
    body = frame.payload;
    size += frame.whole_size();
  }
  Scope scope = scope_for(channel);
  reader_.skip(size);
  outcome = check_body_size(scope, content->body_size);
  if (outcome) {
    outcome = publish(scope, {.exchange = method.exchange,
                              .routing_key = method.routing_key,
                              .is_mandatory = method.mandatory,
                              .is_immediate = method.immediate,
                              .properties = content->properties,
                              .body = body});
  }
  return true;
}

Outcome<> Session::take_header(Channel& channel, const Frame& frame) {
  if (channel.state == Channel::State::closing) return {};
  cause_ = MethodId::basic_publish;
  if (channel.incoming == nullptr || channel.incoming->has_header) return out_of_turn(channel);
  TRY(const ContentHeader header, decode_content_header(frame.payload));
  if (header.class_id != basic_class) {
    return unexpected(
        fmt::format("expected content header for class {}, got one for class {} instead",
                    basic_class, header.class_id));
  }
  const Scope scope = scope_for(channel);
  TRY(check_body_size(scope, header.body_size));
  IncomingMessage& incoming = *channel.incoming;
  incoming.has_header = true;
  incoming.body_size = header.body_size;
  incoming.properties.assign(header.properties.begin(), header.properties.end());
  return header.body_size == 0 ? finish_message(channel) : Outcome<>{};
}

Outcome<> Session::take_body(Channel& channel, const Frame& frame) {
  if (channel.state == Channel::State::closing) return {};
  cause_ = MethodId::basic_publish;
  if (channel.incoming == nullptr || !channel.incoming->has_header) return out_of_turn(channel);
  IncomingMessage& incoming = *channel.incoming;
  const std::size_t size = incoming.body.size() + frame.payload.size();
  if (size > incoming.body_size) {
    return unexpected("the content's body is larger than its header says");
  }
  if (size > incoming.accounted) {
    // As a vector grows.
    const std::size_t capacity = std::min<std::size_t>(incoming.body_size, 2 * size);
    const std::size_t more = capacity - incoming.accounted;
    if (!inbound_memory_.try_take(more)) {
      return defer(make_room_for_body(channels_[channel.number], Bytes::copy_of(frame.payload)));
    }
    incoming.accounted = capacity;
    incoming.body.reserve(capacity);
  }
  incoming.body.insert(incoming.body.end(), frame.payload.begin(), frame.payload.end());
  return incoming.body.size() == incoming.body_size ? finish_message(channel) : Outcome<>{};
}

Task<Outcome<>> Session::make_room_for_body(ChannelPtr channel, Bytes part) {
  const std::size_t more =
      channel->incoming->body.size() + part.size() - channel->incoming->accounted;
  co_await inbound_memory_.take(more);
  if (channel->incoming == nullptr) {
    inbound_memory_.give_back(more);
    co_return Outcome<>{};
  }
  channel->incoming->accounted += more;
  co_return take_body(
      *channel, {.type = FrameType::body, .channel = channel->number, .payload = part.view()});
}

Outcome<> Session::finish_message(Channel& channel) {
  Scope scope = scope_for(channel);
  const IncomingMessage& incoming = *channel.incoming;
  Outcome<> outcome = publish(scope, {.exchange = incoming.exchange,
                                      .routing_key = incoming.routing_key,
                                      .is_mandatory = incoming.is_mandatory,
                                      .is_immediate = incoming.is_immediate,
                                      .properties = incoming.properties,
                                      .body = incoming.body});
  drop_incoming(channel);
  return outcome;
}

void Session::drop_incoming(Channel& channel) {
  if (channel.incoming == nullptr) return;
  inbound_memory_.give_back(channel.incoming->accounted);
  channel.incoming.reset();
}

}  // namespace koine::amqp
