#include "protocols/amqp/errors.h"

#include <fmt/format.h>

#include "protocols/amqp/wire.h"

namespace koine::amqp {

std::string Refusal::reply_text() const {
  std::string text = fmt::format("{} - {}", name_of(code), sentence);
  if (text.size() > short_string_max) text.resize(short_string_max);
  return text;
}

std::unexpected<Refusal> refuse(ReplyCode code, std::string sentence) {
  return refuse(is_hard(code) ? Severity::connection : Severity::channel, code,
                std::move(sentence));
}

std::unexpected<Refusal> refuse(Severity severity, ReplyCode code, std::string sentence) {
  return std::unexpected<Refusal>(
      Refusal{.code = code, .sentence = std::move(sentence), .severity = severity});
}

Refusal refusal_of(const Error& error) {
  const auto because = [&](ReplyCode code, Severity severity) {
    return Refusal{.code = code, .sentence = error.message(), .severity = severity};
  };
  switch (error.code()) {
    case ErrorCode::not_found: return because(ReplyCode::not_found, Severity::channel);
    case ErrorCode::denied:
    case ErrorCode::unauthenticated: return because(ReplyCode::access_refused, Severity::channel);
    case ErrorCode::invalid_argument:
    case ErrorCode::already_exists:
    case ErrorCode::out_of_range:
    case ErrorCode::too_large:
    case ErrorCode::conflict:
    case ErrorCode::duplicate: return because(ReplyCode::precondition_failed, Severity::channel);
    case ErrorCode::unsupported: return because(ReplyCode::not_implemented, Severity::channel);
    case ErrorCode::closed: return because(ReplyCode::connection_forced, Severity::connection);
    // The operation failed, and may work later: nothing else on the connection is the worse for it.
    case ErrorCode::no_space:
    case ErrorCode::unavailable:
    case ErrorCode::timed_out: return because(ReplyCode::resource_error, Severity::channel);
    case ErrorCode::corrupt:
    case ErrorCode::io_error: return because(ReplyCode::internal_error, Severity::channel);
  }
  return because(ReplyCode::internal_error, Severity::connection);
}

std::string named(std::string_view kind, std::string_view name, std::string_view vhost) {
  return fmt::format("{} '{}' in vhost '{}'", kind, name, vhost);
}

}  // namespace koine::amqp
