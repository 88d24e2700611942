// SocketAnswers: what the server says on a WebSocket, in the form that was agreed on: json_answers.h, binary_answers.h. Owned by its
// WebSocket, which it writes into the output of.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "core/queues/lease_client.h"
#include "core/queues/subscription.h"
#include "protocols/http/problem.h"
#include "protocols/http/streams/topic_cursor.h"
#include "protocols/http/websocket/socket_command.h"

namespace koine::http {

class SocketAnswers {
 public:
  SocketAnswers() = default;
  SocketAnswers(const SocketAnswers&) = delete;
  SocketAnswers& operator=(const SocketAnswers&) = delete;
  virtual ~SocketAnswers() = default;

  // Position: of a topic's.
  virtual void subscribed(std::int64_t id, std::string_view position) = 0;
  // `memory` is for forms that nobody keeps.
  virtual void record(std::int64_t id, const TopicCursor& cursor, const PassingRecord& record,
                      std::string& memory) = 0;
  virtual void message(std::int64_t id, const core::LeaseId& lease,
                       const core::Delivery& delivery) = 0;
  // No more of it comes; nobody asked for it if there is a problem.
  virtual void ended(std::int64_t id, std::string_view reason) = 0;
  virtual void ended(std::int64_t id, const Problem& problem) = 0;

  virtual void appended(std::int64_t seq, std::int32_t partition, Offset offset) = 0;
  virtual void routed(std::int64_t seq, std::size_t count) = 0;
  enum class OfLeases : std::uint8_t { settled, extended };
  virtual void leases_done(OfLeases what, std::optional<std::int64_t> seq,
                           std::span<const core::LeaseId> lost) = 0;
  virtual void pong(std::int64_t seq) = 0;
  virtual void error(CommandSubject subject, const Problem& problem) = 0;
};

}  // namespace koine::http
