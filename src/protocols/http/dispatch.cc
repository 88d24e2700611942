#include "protocols/http/dispatch.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "protocols/http/encoding.h"
#include "protocols/http/host.h"
#include "protocols/http/keyed_request.h"
#include "protocols/http/koine_fields.h"
#include "protocols/http/login.h"
#include "protocols/http/problem.h"
#include "protocols/http/syntax.h"

namespace koine::http {

namespace {

Response answer_of(Outcome<Response> outcome) {
  return outcome ? std::move(*outcome) : outcome.error().to_response();
}

std::unexpected<Response> refused(Problem problem) {
  return std::unexpected(problem.to_response());
}

// What OPTIONS gets on every resource; complete() makes it the answer to a preflight.
Response options_of(const Resource& resource) {
  return Response::empty().with("Allow", resource.allow());
}

bool is_origin_allowed(const BrokerOptions& options, std::string_view origin) {
  return std::ranges::any_of(options.cors_origins, [&](const std::string& allowed) {
    return allowed == "*" || allowed == origin;
  });
}

// Of the Fetch standard, "CORS protocol".
void add_cors(const BrokerOptions& options, const Request& request, Response& response) {
  if (options.cors_origins.empty()) return;
  response.with("Vary", "Origin");
  const auto origin = request.headers.find("origin");
  if (!origin || !is_origin_allowed(options, *origin)) return;
  response.with("Access-Control-Allow-Origin", *origin);
  response.with("Access-Control-Expose-Headers", "*");
  if (request.method != Method::options) return;
  if (const auto method = request.headers.find("access-control-request-method")) {
    response.with("Access-Control-Allow-Methods", *method);
    response.with("Access-Control-Max-Age", "600");
  }
  if (const auto headers = request.headers.find("access-control-request-headers")) {
    response.with("Access-Control-Allow-Headers", *headers);
  }
}

// A browser sends some requests of any page, and opens WebSockets for it, without asking first (CSRF): the page's origin must be
// ours or an allowed one. Programs send no Origin.
bool is_from_foreign_page(const BrokerOptions& options, const Request& request) {
  const bool only_reads = request.method == Method::get || request.method == Method::head;
  if (only_reads && request.upgrade.empty()) return false;
  const auto origin = request.headers.find("origin");
  if (!origin || is_origin_allowed(options, *origin)) return false;
  const std::size_t host = origin->find("://");
  return host == std::string_view::npos || request.authority.empty() ||
         origin->substr(host + 3) != request.authority;
}

bool is_fit(const Response& response) {
  return std::ranges::all_of(response.headers, [](const Response::Field& field) {
    return is_token(field.name) && is_field_value(field.value);
  });
}

}  // namespace

Admission admit(BrokerResources& resources, Connection& connection, Request& request) {
  if (!is_host_expected(resources.options, request.authority)) {
    return refused({Status::misdirected_request,
                    fmt::format("this server is not known as {}; while it has no users, http.hosts "
                                "lists the names by which it may be asked for",
                                request.authority)});
  }
  const Resource* const resource = resources.router.find(request.path);
  if (resource == nullptr) {
    // About the server as a whole (RFC 9110 9.3.7).
    if (request.method == Method::options && request.path == "*") {
      return std::unexpected(Response::empty());
    }
    return refused({Status::not_found, fmt::format("there is nothing at {}", request.path)});
  }
  // Before the login: a browser asks for permission without credentials.
  if (request.method == Method::options) return std::unexpected(options_of(*resource));
  const Route* const route = resource->find(request.method);
  if (route == nullptr) {
    return refused(
        Problem(Status::method_not_allowed, fmt::format("{} has no such method", resource->pattern))
            .with_header("Allow", resource->allow()));
  }
  if (is_from_foreign_page(resources.options, request)) {
    return refused(
        {Status::forbidden,
         fmt::format("pages of {} may not do this; http.cors_origins lists those that may",
                     request.headers.find("origin").value_or(""))});
  }
  if (route->access == Access::users) {
    auto user = log_in(resources, connection, request);
    if (!user) return refused(std::move(user).error());
    request.user = std::move(*user);
  }
  return route;
}

std::size_t body_bytes_max_of(const BrokerResources& resources, const Route& route) {
  return std::min(route.body_bytes_max, resources.options.body_bytes_max);
}

Response body_too_large(std::size_t bytes_max) {
  return Problem(Status::content_too_large,
                 fmt::format("the body is larger than {} bytes", bytes_max))
      .to_response();
}

Begun begin(Scope& scope, Request& request, const Route& route) {
  if (auto decoded = decode_arguments(request, route); !decoded) {
    return decoded.error().to_response();
  }
  if (auto checked = check_koine_fields(request, route); !checked) {
    return checked.error().to_response();
  }
  if (!request.body.empty() && route.request.empty()) {
    return Problem(Status::bad_request,
                   fmt::format("{} {} takes no body", name_of(route.method), route.pattern))
        .to_response();
  }
  // Who sends it sends the request again, and relies on it being done once.
  if (route.method != Method::get && request.headers.has("idempotency-key")) {
    if (route.keys == Keys::kept) return answer_once(scope, request, route);
    return Problem(Status::not_implemented,
                   fmt::format("{} {} does not take an Idempotency-Key; nothing was done",
                               name_of(route.method), route.pattern))
        .to_response();
  }
  if (const auto* const immediate = std::get_if<ImmediateHandler>(&route.handler)) {
    return answer_of((*immediate)(scope, request));
  }
  return std::get<WaitingHandler>(route.handler)(scope, request);
}

void complete(BrokerResources& resources, const Request& request, Response& response) {
  if (!resources.options.cors_origins.empty()) add_cors(resources.options, request, response);
  apply_conditions(request, response);
  encode_body(request, response);
  if (is_fit(response)) [[likely]]
    return;
  resources.log.warning(log_component, "a response had a field that can't be sent",
                        {{"path", request.path}});
  response =
      Problem(Status::internal_server_error, "a field of the response can't be sent").to_response();
}

}  // namespace koine::http
