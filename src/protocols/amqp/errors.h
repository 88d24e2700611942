// Refusal: what AMQP answers to what can't be done: it closes the channel or, for a hard one, the connection, with a code
// and a sentence. And the one map from our error codes to AMQP's.
//
//   CO_TRY(const auto queue, find_queue(scope, name));     Outcome<T> passes on as Result<T> does
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/result.h"
#include "protocols/amqp/reply_code.h"

namespace koine::amqp {

enum class Severity : std::uint8_t { channel, connection };

struct Refusal {
  ReplyCode code = ReplyCode::internal_error;
  std::string sentence;  // without the code's name
  Severity severity = Severity::connection;

  // "NOT_FOUND - no queue 'x' in vhost '/'", cut to what a short string holds.
  std::string reply_text() const;
};

template <typename T = void>
using Outcome = std::expected<T, Refusal>;

// As severe as the code is.
std::unexpected<Refusal> refuse(ReplyCode code, std::string sentence);
std::unexpected<Refusal> refuse(Severity severity, ReplyCode code, std::string sentence);

// What core/ refused. Of the code that the error stands for.
Refusal refusal_of(const Error& error);

// "queue 'email' in vhost '/'": how RabbitMQ names things in its sentences.
std::string named(std::string_view kind, std::string_view name, std::string_view vhost);

}  // namespace koine::amqp

namespace koine {

// For TRY and CO_TRY.
inline std::unexpected<amqp::Refusal> fail(amqp::Refusal refusal) {
  return std::unexpected<amqp::Refusal>(std::move(refusal));
}

}  // namespace koine
