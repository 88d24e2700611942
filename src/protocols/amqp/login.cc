#include "protocols/amqp/login.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "base/byte_order.h"
#include "core/queues/properties.h"
#include "io/network.h"

namespace koine::amqp {

namespace {

constexpr std::string_view guest = "guest";

std::unexpected<Error> unauthenticated(std::string sentence) {
  return fail(ErrorCode::unauthenticated, std::move(sentence));
}

bool has_users(const BrokerOptions& options) {
  return options.users != nullptr && !options.users->empty();
}

bool is_password_of(const BrokerOptions& options, const Connection& connection,
                    std::string_view user, std::string_view password) {
  // The pair that everybody knows proves nothing: only where nothing has to be proved.
  const bool is_open = options.allows_anonymous ||
                       (!has_users(options) && io::is_on_this_machine(connection.peer_address));
  if (is_open && user == guest && password == guest) return true;
  return has_users(options) && options.users->has_password(user, password);
}

Result<std::string> check_password(const BrokerOptions& options, const Connection& connection,
                                   std::string_view user, std::string_view password) {
  if (!is_password_of(options, connection, user, password)) {
    return unauthenticated(has_users(options)
                               ? "no such user, or a wrong password"
                               : "there are no users: only guest may log in, from this machine");
  }
  return std::string(user);
}

Result<std::string> log_in_plain(const BrokerOptions& options, const Connection& connection,
                                 std::string_view response) {
  TRY(const auto message, core::PlainMessage::parse(response));
  return check_password(options, connection, message.user, message.password);
}

// The response is a field table without its size.
Result<std::string> log_in_amqplain(const BrokerOptions& options, const Connection& connection,
                                    std::string_view response) {
  std::vector<std::byte> sized(sizeof(std::uint32_t) + response.size());
  store_be(sized.data(), static_cast<std::uint32_t>(response.size()));
  std::ranges::copy(as_bytes(response), sized.begin() + sizeof(std::uint32_t));
  const auto table = core::decode_field_table(sized);
  if (!table) return fail(ErrorCode::invalid_argument, "an AMQPLAIN response is no field table");
  const core::FieldValue* const user = core::find_field(*table, "LOGIN");
  const core::FieldValue* const password = core::find_field(*table, "PASSWORD");
  if (user == nullptr || password == nullptr || user->as_text() == nullptr ||
      password->as_text() == nullptr) {
    return fail(ErrorCode::invalid_argument, "an AMQPLAIN response without LOGIN and PASSWORD");
  }
  return check_password(options, connection, *user->as_text(), *password->as_text());
}

}  // namespace

std::string sasl_mechanisms(const BrokerOptions& options, const Connection& connection) {
  std::string mechanisms = "PLAIN AMQPLAIN";
  if (!connection.peer_identity.empty()) mechanisms += " EXTERNAL";
  if (options.allows_anonymous) mechanisms += " ANONYMOUS";
  return mechanisms;
}

Result<std::string> log_in(const BrokerOptions& options, const Connection& connection,
                           std::string_view mechanism, std::string_view response) {
  if (mechanism == "PLAIN") return log_in_plain(options, connection, response);
  if (mechanism == "AMQPLAIN") return log_in_amqplain(options, connection, response);
  if (mechanism == "EXTERNAL") {
    if (connection.peer_identity.empty()) {
      return unauthenticated("EXTERNAL needs a client certificate that is verified");
    }
    return connection.peer_identity;
  }
  if (mechanism == "ANONYMOUS" && options.allows_anonymous) return std::string("anonymous");
  return fail(ErrorCode::unsupported,
              fmt::format("unknown authentication mechanism '{}'", mechanism));
}

bool is_secret_of(const BrokerOptions& options, const Connection& connection,
                  std::string_view secret) {
  const bool has_password = connection.mechanism == "PLAIN" || connection.mechanism == "AMQPLAIN";
  return has_password && is_password_of(options, connection, connection.user, secret);
}

}  // namespace koine::amqp
