// For tests and fuzzers: commands of koine.binary.v1 as a client writes them.
#pragma once

#include <string>
#include <utility>
#include <variant>

#include "protocols/http/websocket/binary_form.h"
#include "protocols/http/websocket/socket_command.h"

namespace koine::http {

struct BinaryCommandWriter {
  static BinaryWriter begin(ClientSays said, std::int64_t number) {
    BinaryWriter writer;
    writer.number(static_cast<std::uint8_t>(said)).number(static_cast<std::uint32_t>(number));
    return writer;
  }

  std::string operator()(const SubscribeTopic& command) const {
    BinaryWriter writer = begin(ClientSays::subscribe_topic, command.id);
    writer.number(static_cast<std::uint32_t>(command.credit)).text(command.topic);
    switch (command.at) {
      case core::ReadStart::At::end: writer.number(std::uint8_t{0}); break;
      case core::ReadStart::At::start: writer.number(std::uint8_t{1}); break;
      case core::ReadStart::At::position: writer.number(std::uint8_t{2}).text(command.after); break;
      case core::ReadStart::At::time: writer.number(std::uint8_t{3}).number(command.time_ms); break;
    }
    writer.number(static_cast<std::uint32_t>(command.partitions.size()));
    for (const auto partition : command.partitions) {
      writer.number(static_cast<std::int32_t>(partition));
    }
    const auto& key = command.filter.key;
    writer.nullable_bytes(key ? std::optional(as_bytes(*key)) : std::nullopt);
    writer.number(static_cast<std::uint32_t>(command.filter.headers.size()));
    for (const auto& header : command.filter.headers) writer.text(header.name).text(header.value);
    return std::move(writer).take();
  }
  std::string operator()(const SubscribeQueue& command) const {
    BinaryWriter writer = begin(ClientSays::subscribe_queue, command.id);
    writer.number(static_cast<std::uint32_t>(command.credit));
    writer.number(static_cast<std::uint32_t>(command.lease_ms));
    writer.text(command.vhost).text(command.queue);
    return std::move(writer).take();
  }
  std::string operator()(const AddCredit& command) const {
    BinaryWriter writer = begin(ClientSays::credit, command.id);
    return std::move(writer.number(static_cast<std::uint32_t>(command.credit))).take();
  }
  std::string operator()(const Unsubscribe& command) const {
    return begin(ClientSays::unsubscribe, command.id).take();
  }
  std::string operator()(const PublishRecord& command) const {
    BinaryWriter writer = begin(ClientSays::publish_record, command.seq);
    const core::NewRecord record = command.draft.record(no_timestamp);
    writer.text(command.topic);
    writer.number(static_cast<std::int32_t>(command.draft.partition().value_or(any_partition)));
    writer.number(record.timestamp).nullable_bytes(record.key).nullable_bytes(record.value);
    writer.number(static_cast<std::uint32_t>(record.headers.size()));
    for (const auto& header : record.headers) {
      writer.text(header.key).nullable_bytes(header.value);
    }
    return std::move(writer).take();
  }
  std::string operator()(const PublishMessage& command) const {
    BinaryWriter writer =
        begin(command.queue ? ClientSays::publish_to_queue : ClientSays::publish_to_exchange,
              command.seq);
    if (!command.queue) writer.number(command.is_mandatory ? is_mandatory_bit : std::uint8_t{0});
    writer.text(command.vhost);
    if (command.queue) {
      writer.text(*command.queue);
    } else {
      writer.text(command.exchange).text(command.routing_key);
    }
    writer.number(static_cast<std::uint32_t>(command.draft.delay_ms()));
    writer.bytes(command.draft.encoded_properties());
    writer.bytes(command.draft.message({}, {}, 0).body);
    return std::move(writer).take();
  }
  std::string operator()(const EndLeases& command) const {
    const ClientSays said = command.kind == core::Settlement::Kind::ack       ? ClientSays::ack
                            : command.kind == core::Settlement::Kind::requeue ? ClientSays::release
                                                                              : ClientSays::reject;
    return with_leases(begin(said, command.seq.value_or(0)), command.leases);
  }
  std::string operator()(const ExtendLeases& command) const {
    BinaryWriter writer = begin(ClientSays::extend, command.seq.value_or(0));
    writer.number(static_cast<std::uint32_t>(command.lease_ms));
    return with_leases(std::move(writer), command.leases);
  }
  std::string operator()(const PingCommand& command) const {
    return begin(ClientSays::ping, command.seq).take();
  }

 private:
  static std::string with_leases(BinaryWriter writer, const std::vector<core::LeaseId>& leases) {
    writer.number(static_cast<std::uint32_t>(leases.size()));
    for (const core::LeaseId& lease : leases) writer.lease(lease);
    return std::move(writer).take();
  }
};

inline std::string write_binary(const SocketCommand& command) {
  return std::visit(BinaryCommandWriter(), command);
}

}  // namespace koine::http
