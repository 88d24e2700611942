// Router: finds the route of a request, and decodes its parameters strictly. Made once from the table, constant, shared.
//
//   /v1/topics/{topic}      a segment is literal or one parameter; literal ones win
//   /v1/topics/a%2Fb        a segment is decoded after it was cut: "a/b" is one name
//
// No normalization: `//` and `/../` are segments like others, and match nothing.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "protocols/http/route.h"

namespace koine::http {

// Everything under one pattern.
struct Resource {
  std::string_view pattern;
  std::vector<std::string_view> segments;  // "{topic}" is a parameter
  std::vector<const Route*> routes;

  const Route* find(Method method) const;  // HEAD: as GET
  std::string allow() const;               // "GET, HEAD, OPTIONS"
};

class Router {
 public:
  // The routes outlive it.
  explicit Router(std::span<const Route> routes);

  // Null: there is none.
  const Resource* find(std::string_view path) const;
  std::span<const Route> routes() const { return routes_; }

 private:
  std::span<const Route> routes_;
  std::unordered_map<std::string_view, const Resource*> literal_;  // by whole path
  std::vector<std::vector<const Resource*>>
      by_depth_;  // those with parameters; literal segments first
  std::vector<std::unique_ptr<Resource>> resources_;
};

// Fills request.arguments from path and query. Problems: bad_request, naming the parameter: unknown, missing, twice, or not
// what it must be.
Outcome<> decode_arguments(Request& request, const Route& route);

// %XX, and in a query '+' for a space. Nothing: a '%' that is not followed by two hexadecimal digits.
enum class Plus : std::uint8_t { literal, space };
bool decode_percent(std::string_view text, Plus plus, std::string& decoded);

}  // namespace koine::http
