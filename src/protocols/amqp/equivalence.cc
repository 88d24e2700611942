#include "protocols/amqp/equivalence.h"

#include <fmt/format.h>

#include <set>
#include <string>
#include <string_view>

#include "protocols/amqp/arguments.h"
#include "protocols/amqp/method_text.h"

namespace koine::amqp {

namespace {

std::string thing(const core::QueueSpec& queue) {
  return named("queue", queue.name.name, queue.name.vhost);
}
std::string thing(const core::ExchangeSpec& exchange) {
  return named("exchange", exchange.name.name, exchange.name.vhost);
}

std::unexpected<Refusal> inequivalent(std::string_view argument, const std::string& of,
                                      std::string_view received, std::string_view current) {
  return refuse(ReplyCode::precondition_failed,
                fmt::format("inequivalent arg '{}' for {}: received {} but current is {}", argument,
                            of, received, current));
}

Outcome<> check_text(std::string_view argument, const std::string& of, std::string_view received,
                     std::string_view current) {
  if (received == current) return {};
  return inequivalent(argument, of, fmt::format("'{}'", received), fmt::format("'{}'", current));
}

Outcome<> check_flag(std::string_view argument, const std::string& of, bool received,
                     bool current) {
  return check_text(argument, of, received ? "true" : "false", current ? "true" : "false");
}

// Integers of all sizes are the same number to clients that choose the size.
bool is_same(const core::FieldValue& one, const core::FieldValue& other) {
  const auto number = one.as_integer();
  if (number && other.as_integer()) return number == other.as_integer();
  return one == other;
}

std::string bare(const core::FieldValue& value) {
  const std::string* const text = value.as_text();
  return text != nullptr ? *text : text_of(value);
}

std::string described(const core::FieldValue* value) {
  if (value == nullptr) return "none";
  return fmt::format("the value '{}' of type '{}'", bare(*value), value->type_name());
}

Outcome<> check_argument(std::string_view name, const std::string& of,
                         const core::FieldTable& received, const core::FieldTable& current) {
  const core::FieldValue* const ours = core::find_field(current, name);
  const core::FieldValue* const theirs = core::find_field(received, name);
  if (ours == nullptr && theirs == nullptr) return {};
  if (ours != nullptr && theirs != nullptr) {
    if (is_same(*ours, *theirs)) return {};
    return inequivalent(name, of, fmt::format("'{}'", bare(*theirs)),
                        fmt::format("'{}'", bare(*ours)));
  }
  return inequivalent(name, of, described(theirs), described(ours));
}

std::unexpected<Refusal> locked(const core::QueueSpec& queue) {
  return refuse(
      ReplyCode::resource_locked,
      fmt::format("cannot obtain exclusive access to locked {}. It could be originally declared on "
                  "another connection or the exclusive property value does not match that of the "
                  "original declaration.",
                  thing(queue)));
}

}  // namespace

Outcome<> check_access(const core::QueueSpec& queue, std::uint64_t owner) {
  if (queue.exclusive_owner == 0 || queue.exclusive_owner == owner) return {};
  return locked(queue);
}

Outcome<> check_equivalent(const core::QueueSpec& declared, const core::QueueSpec& current) {
  if (declared.exclusive_owner != current.exclusive_owner) return locked(current);
  const std::string of = thing(current);
  TRY(check_flag("durable", of, declared.is_durable, current.is_durable));
  TRY(check_flag("auto_delete", of, declared.is_auto_delete, current.is_auto_delete));
  std::set<std::string_view> names;
  for (const core::Field& field : declared.arguments) names.insert(field.name);
  for (const core::Field& field : current.arguments) names.insert(field.name);
  for (const std::string_view name : names) {
    if (is_compared(name)) TRY(check_argument(name, of, declared.arguments, current.arguments));
  }
  return {};
}

Outcome<> check_equivalent(const core::ExchangeSpec& declared, const core::ExchangeSpec& current) {
  const std::string of = thing(current);
  TRY(check_text("type", of, core::name_of(declared.type), core::name_of(current.type)));
  TRY(check_flag("durable", of, declared.is_durable, current.is_durable));
  TRY(check_flag("auto_delete", of, declared.is_auto_delete, current.is_auto_delete));
  TRY(check_flag("internal", of, declared.is_internal, current.is_internal));
  for (const std::string_view name :
       {"alternate-exchange", "hash-header", "hash-property", "x-delayed-type"}) {
    TRY(check_argument(name, of, declared.arguments, current.arguments));
  }
  return {};
}

}  // namespace koine::amqp
