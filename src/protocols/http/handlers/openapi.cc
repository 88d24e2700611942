#include "protocols/http/handlers/openapi.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <limits>
#include <map>
#include <string>
#include <utility>

#include "protocols/http/encoding.h"
#include "protocols/http/json_writer.h"
#include "protocols/http/scope.h"

namespace koine::http {

namespace {

constexpr std::string_view problem_schema =
    R"({"type":"object","required":["type","title","status","detail"],"properties":{)"
    R"("type":{"type":"string"},"title":{"type":"string"},"status":{"type":"integer"},)"
    R"("detail":{"type":"string"}}})";

Parameter key_parameter() {
  return {.name = "Idempotency-Key",
          .description = "With the same key the same request gets the first answer again.",
          .place = Parameter::Place::header};
}
constexpr auto key_answers = std::to_array<std::pair<Status, std::string_view>>(
    {{Status::conflict, "Not possible now; or a request with this Idempotency-Key still runs."},
     {Status::unprocessable_content, "The Idempotency-Key was used for another request."}});

std::string_view name_of(Parameter::Place place) {
  switch (place) {
    case Parameter::Place::path: return "path";
    case Parameter::Place::query: return "query";
    case Parameter::Place::header: return "header";
  }
  return "query";
}

void write_type(JsonWriter& json, const Parameter& parameter) {
  json.begin_object();
  switch (parameter.type) {
    case Parameter::Type::text: json.member("type", "string"); break;
    case Parameter::Type::number:
      json.member("type", "integer").member("minimum", parameter.min);
      if (parameter.max != std::numeric_limits<std::int64_t>::max()) {
        json.member("maximum", parameter.max);
      }
      break;
    case Parameter::Type::boolean: json.member("type", "boolean"); break;
    case Parameter::Type::choice:
      json.member("type", "string").key("enum").begin_array();
      for (const std::string_view choice : parameter.choices) json.value(choice);
      json.end_array();
      break;
  }
  json.end_object();
}

void write_parameter(JsonWriter& json, const Parameter& parameter) {
  json.begin_object().member("name", parameter.name).member("in", name_of(parameter.place));
  json.member("description", parameter.description);
  json.member("required", parameter.required || parameter.place == Parameter::Place::path);
  json.key("schema");
  if (parameter.repeats) json.begin_object().member("type", "array").key("items");
  write_type(json, parameter);
  if (parameter.repeats) json.end_object();
  json.end_object();
}

void write_contents(JsonWriter& json, const std::vector<Content>& contents) {
  json.key("content").begin_object();
  for (const Content& content : contents) {
    json.key(content.media_type).begin_object();
    if (!content.schema.empty()) json.key("schema").raw(content.schema);
    json.end_object();
  }
  json.end_object();
}

void write_answers(JsonWriter& json, const Route& route) {
  json.key("responses").begin_object();
  for (const Answer& answer : route.answers) {
    json.key(std::to_string(static_cast<unsigned>(answer.status)));
    json.begin_object().member("description", answer.description);
    if (!answer.contents.empty()) write_contents(json, answer.contents);
    json.end_object();
  }
  if (route.keys == Keys::kept) {
    for (const auto& [status, description] : key_answers) {
      const bool is_described = std::ranges::any_of(
          route.answers, [&](const Answer& answer) { return answer.status == status; });
      if (is_described) continue;
      json.key(std::to_string(static_cast<unsigned>(status))).begin_object();
      json.member("description", description);
      write_contents(json, {{"application/problem+json", problem_schema}});
      json.end_object();
    }
  }
  json.key("default").raw(R"({"$ref":"#/components/responses/Problem"})");
  json.end_object();
}

void write_route(JsonWriter& json, const Route& route) {
  std::string method(name_of(route.method));
  std::ranges::transform(method, method.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  json.key(method).begin_object();
  json.member("operationId", route.operation).member("summary", route.summary);
  json.key("tags").begin_array().value(route.tag).end_array();
  if (route.access == Access::everybody) json.key("security").begin_array().end_array();
  const bool takes_key = route.keys == Keys::kept;
  if (!route.parameters.empty() || takes_key) {
    json.key("parameters").begin_array();
    for (const Parameter& parameter : route.parameters) write_parameter(json, parameter);
    if (takes_key) write_parameter(json, key_parameter());
    json.end_array();
  }
  if (!route.request.empty()) {
    json.key("requestBody").begin_object();
    write_contents(json, route.request);
    json.end_object();
  }
  write_answers(json, route);
  json.end_object();
}

Outcome<Response> openapi(Scope& scope, Request&) {
  std::string text = openapi_of(scope.resources.router.routes(), scope.options().version);
  const std::string tag = entity_tag_of(text);
  return Response::json(std::move(text)).with("ETag", tag);
}

}  // namespace

std::string openapi_of(std::span<const Route> routes, std::string_view version) {
  std::map<std::string_view, std::vector<const Route*>> by_pattern;
  for (const Route& route : routes) by_pattern[route.pattern].push_back(&route);

  JsonWriter json;
  json.begin_object().member("openapi", "3.1.0");
  json.key("info").begin_object().member("title", "Koine").member("version", version).end_object();
  json.key("paths").begin_object();
  for (const auto& [pattern, methods] : by_pattern) {
    json.key(pattern).begin_object();
    for (const Route* route : methods) write_route(json, *route);
    json.end_object();
  }
  json.end_object();
  json.key("components").begin_object();
  json.key("responses").begin_object().key("Problem").begin_object();
  json.member("description", "Why it was not done (RFC 9457).");
  json.key("content").begin_object().key("application/problem+json").begin_object();
  json.key("schema").raw(problem_schema).end_object().end_object().end_object().end_object();
  json.key("securitySchemes").begin_object();
  json.key("basic").raw(R"({"type":"http","scheme":"basic"})");
  json.key("bearer").raw(R"({"type":"http","scheme":"bearer"})");
  json.end_object().end_object();
  json.key("security").raw(R"([{"basic":[]},{"bearer":[]}])");
  return std::move(json.end_object()).take();
}

void add_openapi_routes(std::vector<Route>& routes) {
  routes.push_back({.method = Method::get,
                    .pattern = "/openapi.json",
                    .operation = "openapi",
                    .tag = "description",
                    .summary = "This description.",
                    .answers = {{Status::ok, "OpenAPI 3.1.", {{"application/json"}}}},
                    .handler = openapi,
                    .access = Access::everybody});
}

}  // namespace koine::http
