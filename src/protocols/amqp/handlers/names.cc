#include "protocols/amqp/handlers/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/scram.h"
#include "protocols/amqp/equivalence.h"

namespace koine::amqp {

namespace {

constexpr std::size_t made_up_bytes = 16;

}  // namespace

std::string without_line_ends(std::string name) {
  std::erase_if(name, [](char c) { return c == '\r' || c == '\n'; });
  return name;
}

Outcome<std::string> expand_queue_name(const Scope& scope, std::string name) {
  if (!name.empty()) return without_line_ends(std::move(name));
  if (scope.channel.last_queue.empty()) {
    return refuse(ReplyCode::not_found, "no previously declared queue");
  }
  return scope.channel.last_queue;
}

Outcome<core::QueuePtr> find_queue(const Scope& scope, const std::string& name) {
  core::QueuePtr queue = scope.core().find_queue({scope.vhost(), name});
  if (queue == nullptr) return no_queue(scope, name);
  TRY(check_access(queue->spec, scope.connection.owner));
  return queue;
}

bool is_source(const Scope& scope, std::string_view name) {
  const core::NameView full(scope.vhost(), name);
  return scope.core().find_exchange(full) != nullptr || scope.core().find_topic(full) != nullptr;
}

std::unexpected<Refusal> no_queue(const Scope& scope, std::string_view name) {
  return refuse(ReplyCode::not_found, fmt::format("no {}", named("queue", name, scope.vhost())));
}

std::unexpected<Refusal> no_exchange(const Scope& scope, std::string_view name) {
  return refuse(ReplyCode::not_found, fmt::format("no {}", named("exchange", name, scope.vhost())));
}

Outcome<> check_not_reserved(std::string_view kind, std::string_view name) {
  if (!name.starts_with("amq.")) return {};
  return refuse(ReplyCode::access_refused,
                fmt::format("{} name '{}' contains reserved prefix 'amq.*'", kind, name));
}

Outcome<> check_not_default_exchange(std::string_view name) {
  if (!name.empty()) return {};
  return refuse(ReplyCode::access_refused, "operation not permitted on the default exchange");
}

std::string made_up_name(const Scope& scope, std::string_view prefix) {
  std::array<std::byte, made_up_bytes> bytes{};
  scope.resources.random.fill(bytes);
  std::string text = core::to_base64(bytes);
  // Fit for names: no padding, and the alphabet of URLs (RFC 4648 5).
  std::erase(text, '=');
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  return std::string(prefix) + text;
}

}  // namespace koine::amqp
