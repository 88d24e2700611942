#include "protocols/http/router.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "protocols/http/handlers/openapi.h"
#include "protocols/http/handlers/table.h"
#include "protocols/http/json_reader.h"

namespace koine::http {
namespace {

Outcome<Response> nothing(Scope&, Request&) { return Response::empty(); }

const std::vector<Route>& routes() {
  using Type = Parameter::Type;
  using Place = Parameter::Place;
  static const std::vector<Route> table{
      {.method = Method::get, .pattern = "/v1/topics", .operation = "a", .handler = nothing},
      {.method = Method::get,
       .pattern = "/v1/topics/{topic}",
       .operation = "b",
       .parameters = {{.name = "topic", .place = Place::path},
                      {.name = "limit", .type = Type::number, .min = 1, .max = 10},
                      {.name = "wait", .type = Type::boolean},
                      {.name = "from", .type = Type::choice, .choices = {"start", "end"}},
                      {.name = "key", .repeats = true}},
       .handler = nothing},
      {.method = Method::put,
       .pattern = "/v1/topics/{topic}",
       .operation = "c",
       .handler = nothing},
      {.method = Method::get,
       .pattern = "/v1/topics/{topic}/records",
       .operation = "d",
       .parameters = {{.name = "topic", .place = Place::path}, {.name = "need", .required = true}},
       .handler = nothing},
      {.method = Method::get,
       .pattern = "/v1/{kind}/x/records",
       .operation = "e",
       .handler = nothing}};
  return table;
}

std::string operation_of(Method method, std::string_view path) {
  const Router router(routes());
  const Resource* const resource = router.find(path);
  if (resource == nullptr) return "";
  const Route* const route = resource->find(method);
  return route == nullptr ? resource->allow() : std::string(route->operation);
}

struct Decoded {
  Request request;
  std::string problem;
};

Decoded decoded(std::size_t route, std::string_view path, std::string_view query) {
  Decoded result;
  result.request.path = path;
  result.request.query = query;
  const auto outcome = decode_arguments(result.request, routes()[route]);
  if (!outcome) result.problem = outcome.error().detail();
  return result;
}

TEST(Router, FindsLiteralsBeforeParameters) {
  EXPECT_EQ(operation_of(Method::get, "/v1/topics"), "a");
  EXPECT_EQ(operation_of(Method::get, "/v1/topics/x"), "b");
  EXPECT_EQ(operation_of(Method::head, "/v1/topics/x"), "b");
  EXPECT_EQ(operation_of(Method::get, "/v1/topics/x/records"), "d");
  EXPECT_EQ(operation_of(Method::get, "/v1/queues/x/records"), "e");
  EXPECT_EQ(operation_of(Method::post, "/v1/topics/x"), "GET, HEAD, PUT, OPTIONS");
  for (const std::string_view path :
       {"/", "//", "/v1", "/v1/topics/", "/v1//x", "/v1/topics/x/records/", "/v1/topics/../topics",
        "/V1/topics", "*"}) {
    EXPECT_EQ(operation_of(Method::get, path), "") << path;
  }
}

TEST(Router, DecodesArguments) {
  const Decoded result =
      decoded(1, "/v1/topics/a%2Fb+c", "limit=7&wait&from=end&key=a+b&key=%2b&&");
  EXPECT_EQ(result.problem, "");
  const Arguments& arguments = result.request.arguments;
  EXPECT_EQ(arguments.text("topic"), "a/b+c");
  EXPECT_EQ(arguments.number("limit"), 7);
  EXPECT_TRUE(arguments.is_true("wait"));
  EXPECT_EQ(arguments.text_or("from", "start"), "end");
  std::string keys;
  for (const Argument& argument : arguments) {
    if (argument.name == "key") keys += std::string(argument.value) + ";";
  }
  EXPECT_EQ(keys, "a b;+;");
  EXPECT_EQ(decoded(1, "/v1/topics/x", "").request.arguments.number_or("limit", 5), 5);
}

TEST(Router, RefusesParametersByName) {
  const auto problem = [](std::string_view query) {
    return decoded(1, "/v1/topics/x", query).problem;
  };
  EXPECT_EQ(problem("limt=1"), "parameter limt: is unknown; known here: limit, wait, from, key");
  EXPECT_EQ(problem("limit=1&limit=2"), "parameter limit: comes twice");
  EXPECT_EQ(problem("limit=11"),
            "parameter limit: found '11', expected a whole number from 1 to 10");
  EXPECT_EQ(problem("limit=1x"),
            "parameter limit: found '1x', expected a whole number from 1 to 10");
  EXPECT_EQ(problem("limit"), "parameter limit: found '', expected a whole number from 1 to 10");
  EXPECT_EQ(problem("wait=yes"), "parameter wait: found 'yes', expected true or false");
  EXPECT_EQ(problem("from=middle"), "parameter from: found 'middle', expected start or end");
  EXPECT_EQ(problem("topic=y"), "parameter topic: is unknown; known here: limit, wait, from, key");
  for (const std::string_view query : {"key=%", "key=%4", "key=%g0", "%zz=1"}) {
    EXPECT_TRUE(problem(query).starts_with("the target has a '%'")) << query;
  }
  EXPECT_EQ(decoded(3, "/v1/topics/x/records", "").problem, "parameter need: is missing");
  EXPECT_EQ(decoded(0, "/v1/topics", "a=b").problem, "parameter a: is unknown; known here: none");
}

TEST(OpenApi, DescribesEveryRoute) {
  const std::string text = openapi_of(all_routes(), "1.2.3");
  const auto document = JsonDocument::parse(as_bytes(text));
  ASSERT_TRUE(document.has_value()) << document.error().detail();
  auto root = document->root().as_object().value();
  EXPECT_EQ(root.required<std::string_view>("openapi"), "3.1.0");
  const auto paths = root.required<JsonObject>("paths").value().fields();
  for (const Route& route : all_routes()) {
    const bool is_there =
        std::ranges::any_of(paths, [&](const auto& path) { return path.first == route.pattern; });
    EXPECT_TRUE(is_there) << route.pattern;
  }
}

// What OpenAPI needs of each, and what the router takes for granted.
TEST(Table, RoutesAreDescribedWhole) {
  std::vector<std::string_view> operations;
  for (const Route& route : all_routes()) {
    EXPECT_FALSE(std::ranges::find(operations, route.operation) != operations.end())
        << route.operation;
    operations.push_back(route.operation);
    EXPECT_TRUE(route.summary.ends_with('.')) << route.operation;
    EXPECT_FALSE(route.tag.empty()) << route.operation;
    EXPECT_FALSE(route.answers.empty()) << route.operation;
    for (const Parameter& parameter : route.parameters) {
      EXPECT_TRUE(parameter.description.ends_with('.')) << route.operation << " " << parameter.name;
      const std::string segment = "{" + std::string(parameter.name) + "}";
      EXPECT_EQ(route.pattern.contains(segment), parameter.place == Parameter::Place::path)
          << route.operation << " " << parameter.name;
    }
    EXPECT_EQ(std::ranges::count(route.pattern, '{'),
              std::ranges::count(route.parameters, Parameter::Place::path, &Parameter::place))
        << route.operation;
  }
}

}  // namespace
}  // namespace koine::http
