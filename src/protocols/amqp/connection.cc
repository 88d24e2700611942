#include "protocols/amqp/connection.h"

#include <variant>

namespace koine::amqp {

ClientCapabilities ClientCapabilities::read(const core::FieldTable& client_properties) {
  const core::FieldValue* const value = core::find_field(client_properties, "capabilities");
  const auto* const table =
      value == nullptr ? nullptr : std::get_if<core::FieldTable>(&value->value);
  if (table == nullptr) return {};
  const auto has = [&](std::string_view name) {
    const core::FieldValue* const capability = core::find_field(*table, name);
    const bool* const flag =
        capability == nullptr ? nullptr : std::get_if<bool>(&capability->value);
    return flag != nullptr && *flag;
  };
  return {.authentication_failure_close = has("authentication_failure_close"),
          .basic_nack = has("basic.nack"),
          .connection_blocked = has("connection.blocked"),
          .consumer_cancel_notify = has("consumer_cancel_notify")};
}

}  // namespace koine::amqp
