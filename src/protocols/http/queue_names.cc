#include "protocols/http/queue_names.h"

#include <fmt/format.h>

namespace koine::http {

Parameter vhost_parameter() {
  return {.name = "vhost", .description = "The virtual host; default: `/`."};
}

std::string_view vhost_of(const Request& request) {
  return request.arguments.text_or("vhost", "/");
}

core::Name name_in(const Request& request, std::string_view name) {
  return {.vhost = std::string(vhost_of(request)), .name = std::string(name)};
}

Outcome<core::QueuePtr> find_queue(const core::Engine& engine, std::string_view vhost,
                                   std::string_view name) {
  core::QueuePtr queue = engine.catalog().queues().find(core::NameView(vhost, name));
  if (queue != nullptr) return queue;
  return refuse(Status::not_found, fmt::format("no queue '{}' in vhost '{}'", name, vhost));
}

Outcome<core::QueuePtr> find_queue(const Scope& scope, const Request& request) {
  return find_queue(scope.engine(), vhost_of(request), request.arguments.text("queue"));
}

Outcome<> check_is_shared(const core::QueueInfo& queue) {
  if (queue.spec.exclusive_owner == 0) return {};
  return refuse(Status::conflict,
                fmt::format("queue '{}' belongs to one connection", queue.spec.name.name));
}

Outcome<core::QueuePtr> find_shared_queue(const Scope& scope, const Request& request) {
  TRY(core::QueuePtr queue, find_queue(scope, request));
  TRY(check_is_shared(*queue));
  return queue;
}

Outcome<> check_routing_key(std::string_view key) {
  if (key.size() <= core::message_name_size_max) return {};
  return refuse(Status::bad_request, fmt::format("a routing key of {} bytes, expected at most {}",
                                                 key.size(), core::message_name_size_max));
}

Outcome<core::ExchangePtr> find_exchange(const Scope& scope, const Request& request) {
  const core::NameView name(vhost_of(request), request.arguments.text("exchange"));
  core::ExchangePtr exchange = scope.engine().catalog().routing().find_exchange(name);
  if (exchange != nullptr) return exchange;
  return refuse(Status::not_found,
                fmt::format("no exchange '{}' in vhost '{}'", name.name, name.vhost));
}

Outcome<> check_not_reserved(std::string_view kind, std::string_view name) {
  if (!name.starts_with("amq.")) return {};
  return refuse(Status::bad_request,
                fmt::format("{} '{}': names that begin with amq. are the server's", kind, name));
}

}  // namespace koine::http
