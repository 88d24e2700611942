#include "protocols/http/login.h"

#include <optional>
#include <string_view>

#include "core/scram.h"

namespace koine::http {

namespace {

struct Credentials {
  std::string user;
  std::string password;
};

std::optional<Credentials> basic_credentials(std::string_view token) {
  const auto decoded = core::from_base64(token);
  if (!decoded) return std::nullopt;
  const std::string_view text = as_text(*decoded);
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  return Credentials{std::string(text.substr(0, colon)), std::string(text.substr(colon + 1))};
}

Refused unauthorized(BrokerResources& resources, std::string sentence) {
  ++resources.statistics.refused_logins;
  return refuse(Status::unauthorized, std::move(sentence))
      .with_header("WWW-Authenticate", R"(Basic realm="koine", charset="UTF-8")")
      .with_header("WWW-Authenticate", R"(Bearer realm="koine")");
}

// What follows the scheme, if it is this one (compared without case, RFC 9110 11.1).
std::optional<std::string_view> after_scheme(std::string_view authorization,
                                             std::string_view scheme) {
  if (authorization.size() <= scheme.size() || authorization[scheme.size()] != ' ' ||
      !equal_ignoring_case(authorization.substr(0, scheme.size()), scheme)) {
    return std::nullopt;
  }
  authorization.remove_prefix(scheme.size());
  while (authorization.starts_with(' ')) authorization.remove_prefix(1);
  return authorization;
}

}  // namespace

Outcome<std::string> log_in(BrokerResources& resources, Connection& connection,
                            const Request& request) {
  const BrokerOptions& options = resources.options;
  const bool has_users = options.users != nullptr && !options.users->empty();
  const auto authorization = request.headers.find("authorization");
  if (!authorization) {
    if (!options.needs_login()) return std::string();
    if (!connection.peer_identity.empty()) return connection.peer_identity;
    return unauthorized(resources, "who are you: no Authorization was sent");
  }
  if (*authorization == connection.known_authorization) return connection.known_user;
  if (const auto bearer = after_scheme(*authorization, "Bearer")) {
    const std::string* const user = has_users ? options.users->find_token(*bearer) : nullptr;
    if (user == nullptr) return unauthorized(resources, "it is nobody's token");
    return *user;
  }
  const auto token = after_scheme(*authorization, "Basic");
  if (!token) return unauthorized(resources, "Authorization: expected Basic or Bearer");
  const auto credentials = basic_credentials(*token);
  if (!credentials) {
    return unauthorized(resources, "Authorization: not USER:PASSWORD in base64");
  }
  if (!has_users || !options.users->has_password(credentials->user, credentials->password)) {
    return unauthorized(resources, has_users ? "no such user, or a wrong password"
                                             : "there are no users: send no Authorization");
  }
  connection.known_authorization = *authorization;
  connection.known_user = credentials->user;
  return credentials->user;
}

}  // namespace koine::http
