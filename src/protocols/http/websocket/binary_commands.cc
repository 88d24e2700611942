#include "protocols/http/websocket/binary_commands.h"

#include <fmt/format.h>

#include <utility>

#include "protocols/http/websocket/binary_form.h"

namespace koine::http {

namespace {

using At = core::ReadStart::At;

// What a list's items have at least.
constexpr std::size_t partition_size = 4;
constexpr std::size_t header_size_min = 8;

Outcome<> read_start(BinaryReader& reader, SubscribeTopic& command) {
  const auto at = reader.number<std::uint8_t>();
  switch (at) {
    case 0: command.at = At::end; return {};
    case 1: command.at = At::start; return {};
    case 2:
      command.at = At::position;
      command.after = reader.text();
      return {};
    case 3:
      command.at = At::time;
      command.time_ms = reader.number<std::int64_t>();
      return {};
    default: break;
  }
  return refuse(Status::bad_request, fmt::format("from: found {}, expected 0 to 3", at));
}

Outcome<SocketCommand> read_subscribe_topic(BinaryReader& reader, std::uint32_t id) {
  SubscribeTopic command{.id = id};
  command.credit = reader.number<std::uint32_t>();
  command.topic = reader.text();
  TRY(read_start(reader, command));
  for (std::size_t n = reader.count(partition_size); n > 0; --n) {
    command.partitions.push_back(reader.number<std::int32_t>());
  }
  if (const auto key = reader.nullable_bytes()) command.filter.key = as_text(*key);
  for (std::size_t n = reader.count(header_size_min); n > 0; --n) {
    std::string name(reader.text());
    command.filter.headers.push_back({std::move(name), std::string(as_text(reader.bytes()))});
  }
  return command;
}

std::string_view read_vhost(BinaryReader& reader) {
  const std::string_view vhost = reader.text();
  return vhost.empty() ? "/" : vhost;
}

Outcome<SocketCommand> read_subscribe_queue(BinaryReader& reader, std::uint32_t id) {
  SubscribeQueue command{.id = id};
  command.credit = reader.number<std::uint32_t>();
  command.lease_ms = reader.number<std::uint32_t>();
  command.vhost = read_vhost(reader);
  command.queue = reader.text();
  return command;
}

Outcome<SocketCommand> read_publish_record(BinaryReader& reader, std::uint32_t seq) {
  PublishRecord command{.seq = seq};
  command.topic = reader.text();
  RecordDraft::Parts parts;
  const auto partition = reader.number<std::int32_t>();
  const auto timestamp_ms = reader.number<std::int64_t>();
  if (partition < any_partition || timestamp_ms < no_timestamp) {
    return refuse(Status::bad_request, "partition, timestamp_ms: expected -1 or more");
  }
  if (partition != any_partition) parts.partition = partition;
  if (timestamp_ms != no_timestamp) parts.timestamp_ms = timestamp_ms;
  parts.key = reader.nullable_bytes();
  parts.value = reader.nullable_bytes();
  for (std::size_t n = reader.count(header_size_min); n > 0; --n) {
    const std::string_view name = reader.text();
    parts.headers.push_back({name, reader.nullable_bytes()});
  }
  command.draft = RecordDraft::from_parts(std::move(parts));
  return command;
}

Outcome<SocketCommand> read_publish_message(BinaryReader& reader, std::uint32_t seq,
                                            ClientSays said) {
  PublishMessage command{.seq = seq};
  if (said == ClientSays::publish_to_queue) {
    command.vhost = read_vhost(reader);
    command.queue = reader.text();
    command.is_mandatory = true;
  } else {
    const auto flags = reader.number<std::uint8_t>();
    if ((flags & ~unsigned{is_mandatory_bit}) != 0) {
      return refuse(Status::bad_request, fmt::format("flags: found {}, expected 0 or 1", flags));
    }
    command.is_mandatory = flags != 0;
    command.vhost = read_vhost(reader);
    command.exchange = reader.text();
    command.routing_key = reader.text();
  }
  const auto delay_ms = reader.number<std::uint32_t>();
  const ByteView properties = reader.bytes();
  const ByteView body = reader.bytes();
  if (reader.problem() != nullptr) return command;
  TRY(command.draft, MessageDraft::from_encoded(properties, body, delay_ms));
  return command;
}

Outcome<std::vector<core::LeaseId>> read_leases(BinaryReader& reader) {
  const std::size_t count = reader.count(binary_lease_size);
  if (count > settled_max) {
    return refuse(Status::content_too_large,
                  fmt::format("{} leases, expected at most {}", count, settled_max));
  }
  std::vector<core::LeaseId> leases;
  leases.reserve(count);
  for (std::size_t n = 0; n < count; ++n) leases.push_back(reader.lease());
  return leases;
}

std::optional<std::int64_t> seq_if_any(std::uint32_t seq) {
  return seq == 0 ? std::nullopt : std::optional<std::int64_t>(seq);
}

Outcome<SocketCommand> read_end_leases(BinaryReader& reader, std::uint32_t seq,
                                       core::Settlement::Kind kind) {
  EndLeases command{.seq = seq_if_any(seq), .kind = kind, .id = {}, .leases = {}};
  TRY(command.leases, read_leases(reader));
  return command;
}

Outcome<SocketCommand> read_extend(BinaryReader& reader, std::uint32_t seq) {
  ExtendLeases command{.seq = seq_if_any(seq)};
  command.lease_ms = reader.number<std::uint32_t>();
  TRY(command.leases, read_leases(reader));
  return command;
}

Outcome<SocketCommand> read_of(BinaryReader& reader, std::uint8_t type, std::uint32_t number) {
  using Kind = core::Settlement::Kind;
  switch (ClientSays{type}) {
    case ClientSays::subscribe_topic: return read_subscribe_topic(reader, number);
    case ClientSays::subscribe_queue: return read_subscribe_queue(reader, number);
    case ClientSays::credit:
      return AddCredit{.id = number, .credit = reader.number<std::uint32_t>()};
    case ClientSays::unsubscribe: return Unsubscribe{.id = number};
    case ClientSays::publish_record: return read_publish_record(reader, number);
    case ClientSays::publish_to_queue:
    case ClientSays::publish_to_exchange:
      return read_publish_message(reader, number, ClientSays{type});
    case ClientSays::ack: return read_end_leases(reader, number, Kind::ack);
    case ClientSays::release: return read_end_leases(reader, number, Kind::requeue);
    case ClientSays::reject: return read_end_leases(reader, number, Kind::dead_letter);
    case ClientSays::extend: return read_extend(reader, number);
    case ClientSays::ping: return PingCommand{.seq = number};
  }
  return refuse(Status::bad_request, fmt::format("type: found {}, expected 1 to 12", type));
}

}  // namespace

Outcome<SocketCommand> read_binary_command(ByteView message) {
  BinaryReader reader(message);
  const auto type = reader.number<std::uint8_t>();
  const auto number = reader.number<std::uint32_t>();
  TRY(SocketCommand command, read_of(reader, type, number));
  if (reader.problem() != nullptr) return refuse(Status::bad_request, reader.problem());
  if (!reader.is_at_end()) return refuse(Status::bad_request, "bytes after the last field");
  return command;
}

CommandSubject subject_of(ByteView message) {
  using Kind = CommandSubject::Kind;
  BinaryReader reader(message);
  const auto type = reader.number<std::uint8_t>();
  const auto number = reader.number<std::uint32_t>();
  if (reader.problem() != nullptr) return {};
  return {is_of_subscription(ClientSays{type}) ? Kind::id : Kind::seq, number};
}

}  // namespace koine::http
