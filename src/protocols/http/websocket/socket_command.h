// SocketCommand: what a client says on a WebSocket, read from either form (json_commands.h, binary_commands.h) and not yet compared with
// what there is. Texts are views into the message, which is there until the command was taken.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "core/queues/lease_client.h"
#include "core/topic_reader.h"
#include "protocols/http/lease_limits.h"
#include "protocols/http/message_draft.h"
#include "protocols/http/record_draft.h"
#include "protocols/http/streams/record_filter.h"

namespace koine::http {

// More than a client can say it will take: what it has not taken is in its own memory, but a mistake should be seen.
inline constexpr std::int64_t credit_max = 1'000'000;

struct SubscribeTopic {
  std::int64_t id = 0;
  std::int64_t credit = 0;
  std::string_view topic;
  core::ReadStart::At at = core::ReadStart::At::end;
  std::string_view after;    // with At::position
  std::int64_t time_ms = 0;  // with At::time
  std::vector<std::int64_t> partitions;
  RecordFilter filter;
};

struct SubscribeQueue {
  std::int64_t id = 0;
  std::int64_t credit = 0;
  std::string_view vhost;
  std::string_view queue;
  std::int64_t lease_ms = lease_ms_default;
};

struct AddCredit {
  std::int64_t id = 0;
  std::int64_t credit = 0;
};

struct Unsubscribe {
  std::int64_t id = 0;
};

struct PublishRecord {
  std::int64_t seq = 0;
  std::string_view topic;
  RecordDraft draft;
};

struct PublishMessage {
  std::int64_t seq = 0;
  std::string_view vhost;
  std::optional<std::string_view> queue;  // straight to it; else to the exchange
  std::string_view exchange;
  std::string_view routing_key;
  bool is_mandatory = false;
  MessageDraft draft;
};

struct EndLeases {
  std::optional<std::int64_t> seq;  // none: only what is lost is told
  core::Settlement::Kind kind = core::Settlement::Kind::ack;
  std::optional<std::int64_t> id;  // the subscription that all of them are of
  std::vector<core::LeaseId> leases;
};

struct ExtendLeases {
  std::optional<std::int64_t> seq;
  std::int64_t lease_ms = 0;
  std::optional<std::int64_t> id;
  std::vector<core::LeaseId> leases;
};

struct PingCommand {
  std::int64_t seq = 0;
};

using SocketCommand =
    std::variant<SubscribeTopic, SubscribeQueue, AddCredit, Unsubscribe, PublishRecord,
                 PublishMessage, EndLeases, ExtendLeases, PingCommand>;

// Whom an answer is about.
struct CommandSubject {
  enum class Kind : std::uint8_t { none, seq, id };
  Kind kind = Kind::none;
  std::int64_t number = 0;
};

}  // namespace koine::http
