// BinaryAnswers: koine.binary.v1 (binary_form.h).
#pragma once

#include "protocols/http/websocket/socket_answers.h"
#include "protocols/http/websocket/socket_output.h"

namespace koine::http {

class BinaryAnswers final : public SocketAnswers {
 public:
  // Outlives it.
  explicit BinaryAnswers(SocketOutput& output) : output_(output) {}

  void subscribed(std::int64_t id, std::string_view position) override;
  void record(std::int64_t id, const TopicCursor& cursor, const PassingRecord& record,
              std::string& memory) override;
  void message(std::int64_t id, const core::LeaseId& lease,
               const core::Delivery& delivery) override;
  void ended(std::int64_t id, std::string_view reason) override;
  void ended(std::int64_t id, const Problem& problem) override;
  void appended(std::int64_t seq, std::int32_t partition, Offset offset) override;
  void routed(std::int64_t seq, std::size_t count) override;
  void leases_done(OfLeases what, std::optional<std::int64_t> seq,
                   std::span<const core::LeaseId> lost) override;
  void pong(std::int64_t seq) override;
  void error(CommandSubject subject, const Problem& problem) override;

 private:
  SocketOutput& output_;
};

}  // namespace koine::http
