// What a client says of the messages that it has: done with, back, refused, more time; answered when that is durable.
#include <fmt/format.h>

#include <utility>
#include <vector>

#include "protocols/http/websocket/websocket.h"

namespace koine::http {

namespace {

// As they are named, and as they are ended.
std::size_t bytes_of(const std::vector<core::LeaseId>& leases) {
  return leases.size() * (sizeof(core::LeaseId) + sizeof(core::LeaseEnd));
}

}  // namespace

Outcome<> WebSocket::check_leases(std::optional<std::int64_t> id,
                                  std::span<const core::LeaseId> leases) {
  if (!id) return {};
  TRY(SocketSubscription* const subscription, find(*id));
  for (const core::LeaseId& lease : leases) {
    if (subscription->is_of_queue(lease.queue)) continue;
    return refuse(Status::bad_request,
                  fmt::format("'{}' is no lease of subscription {}", lease.to_string(), *id));
  }
  return {};
}

Outcome<> WebSocket::take(EndLeases& command) {
  TRY(check_leases(command.id, command.leases));
  begin_one(bytes_of(command.leases));
  gate_.spawn(end_leases({command.seq, next_place_++}, command.kind, std::move(command.leases)));
  return {};
}

Outcome<> WebSocket::take(ExtendLeases& command) {
  if (command.lease_ms < 1 || command.lease_ms > lease_ms_max) {
    return refuse(Status::bad_request, fmt::format("lease_ms: found {}, expected 1 to {}",
                                                   command.lease_ms, lease_ms_max));
  }
  TRY(check_leases(command.id, command.leases));
  begin_one(bytes_of(command.leases));
  gate_.spawn(extend_leases({command.seq, next_place_++},
                            std::chrono::milliseconds(command.lease_ms),
                            std::move(command.leases)));
  return {};
}

Task<void> WebSocket::end_leases(OfCommand answer, core::Settlement::Kind kind,
                                 std::vector<core::LeaseId> leases) {
  std::vector<core::LeaseEnd> ends;
  for (const core::LeaseId& lease : leases) ends.push_back({lease, kind});
  const auto was_held = co_await core::settle_leases(resources_.engine, std::move(ends));
  if (was_held) {
    std::vector<core::LeaseId> lost;
    for (std::size_t n = 0; n < leases.size(); ++n) {
      if (!(*was_held)[n]) lost.push_back(leases[n]);
    }
    answer_leases(SocketAnswers::OfLeases::settled, answer, std::move(lost));
  } else {
    using Kind = CommandSubject::Kind;
    const CommandSubject subject =
        answer.seq ? CommandSubject{Kind::seq, *answer.seq} : CommandSubject{};
    answer_in_turn(answer.place, [this, subject, problem = Problem(was_held.error())] {
      answers_->error(subject, problem);
    });
  }
  finish_one(bytes_of(leases));
}

Task<void> WebSocket::extend_leases(OfCommand answer, Duration duration,
                                    std::vector<core::LeaseId> leases) {
  std::vector<core::LeaseId> lost;
  for (const core::LeaseId& lease : leases) {
    const bool was_held = co_await core::extend_lease(resources_.engine, lease, duration);
    if (!was_held) lost.push_back(lease);
  }
  answer_leases(SocketAnswers::OfLeases::extended, answer, std::move(lost));
  finish_one(bytes_of(leases));
}

void WebSocket::answer_leases(SocketAnswers::OfLeases what, OfCommand answer,
                              std::vector<core::LeaseId> lost) {
  answer_in_turn(answer.place, [this, what, seq = answer.seq, lost = std::move(lost)] {
    if (seq || !lost.empty()) answers_->leases_done(what, seq, lost);
  });
}

}  // namespace koine::http
