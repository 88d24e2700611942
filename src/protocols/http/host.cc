#include "protocols/http/host.h"

#include <algorithm>

#include "io/network.h"
#include "protocols/http/message.h"

namespace koine::http {

namespace {

// "[::1]:8080" is "[::1]", "shop.test.:80" is "shop.test".
std::string_view without_port(std::string_view authority) {
  const std::size_t bracket = authority.rfind(']');
  const std::size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  std::string_view host = authority.substr(0, colon);
  if (host.ends_with('.')) host.remove_suffix(1);
  return host;
}

bool ends_with(std::string_view host, std::string_view end) {
  return host.size() > end.size() &&
         equal_ignoring_case(host.substr(host.size() - end.size()), end);
}

// As a browser may write it: in brackets, in capitals, below "localhost" (RFC 6761 6.3).
bool is_loopback(std::string_view host) {
  return host == "[::1]" || equal_ignoring_case(host, "localhost") ||
         ends_with(host, ".localhost") || io::is_loopback(host);
}

}  // namespace

bool is_host_expected(const BrokerOptions& options, std::string_view authority) {
  const bool has_users = options.users != nullptr && !options.users->empty();
  if (has_users || options.allows_anonymous || authority.empty()) return true;
  const std::string_view host = without_port(authority);
  return is_loopback(host) || std::ranges::any_of(options.hosts, [&](const std::string& expected) {
           return expected == "*" || equal_ignoring_case(host, expected);
         });
}

}  // namespace koine::http
