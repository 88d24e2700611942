#include "protocols/http/handlers/health.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "protocols/http/checks.h"
#include "protocols/http/scope.h"

namespace koine::http {

namespace {

constexpr std::string_view text_type = "text/plain; charset=utf-8";

// No dependency is looked at: a process that should be started again is one that does not answer.
Outcome<Response> livez(Scope&, Request&) { return Response::text(text_type, "ok\n"); }

Task<Outcome<Response>> readyz(Scope& scope, Request& request) {
  std::string lines;
  bool is_ready = true;
  const std::vector<Check> checks = co_await check_server(scope);
  for (const Check& check : checks) {
    bool is_excluded = false;
    for (const Argument& argument : request.arguments) {
      is_excluded |= argument.name == "exclude" && argument.value == check.name;
    }
    if (is_excluded) continue;
    const bool is_good = check.reason.empty();
    is_ready &= is_good;
    lines += is_good ? fmt::format("[+]{} ok\n", check.name)
                     : fmt::format("[-]{} failed: {}\n", check.name, check.reason);
  }
  if (!request.arguments.is_true("verbose")) lines = is_ready ? "ok\n" : "not ready\n";
  co_return Response::text(text_type, std::move(lines),
                           is_ready ? Status::ok : Status::service_unavailable);
}

}  // namespace

void add_health_routes(std::vector<Route>& routes) {
  routes.push_back({.method = Method::get,
                    .pattern = "/livez",
                    .operation = "livez",
                    .tag = "health",
                    .summary = "Whether the process answers.",
                    .answers = {{Status::ok, "It does.", {{"text/plain"}}}},
                    .handler = livez,
                    .access = Access::everybody});
  routes.push_back({.method = Method::get,
                    .pattern = "/readyz",
                    .operation = "readyz",
                    .tag = "health",
                    .summary = "Whether the server should get work.",
                    .parameters = {{.name = "verbose",
                                    .description = "A line for each check.",
                                    .type = Parameter::Type::boolean},
                                   {.name = "exclude",
                                    .description = "A check that does not count.",
                                    .type = Parameter::Type::choice,
                                    .repeats = true,
                                    .choices = {"serving", "disk"}}},
                    .answers = {{Status::ok, "It should.", {{"text/plain"}}},
                                {Status::service_unavailable,
                                 "Not now: it stops, or the disk is full.",
                                 {{"text/plain"}}}},
                    .handler = readyz,
                    .access = Access::everybody});
}

}  // namespace koine::http
