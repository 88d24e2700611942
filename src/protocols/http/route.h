// Route: one method of one resource: what its path looks like, what it takes and gives, and who handles it. All of them are in one
// table (handlers/table.cc); requests are found in it (router.h), and `/openapi.json` is written from it.
//
// A handler is a free function of one of two kinds:
//
//   Outcome<Response> handle(Scope& scope, Request& request);          answers at once
//   Task<Outcome<Response>> handle(Scope& scope, Request& request);    may wait
//
// Both are called when the request is whole and its parameters are right. Scope and request live until it has returned.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <variant>
#include <vector>

#include "base/task.h"
#include "base/units.h"
#include "protocols/http/message.h"
#include "protocols/http/problem.h"

namespace koine::http {

struct Scope;

using ImmediateHandler = Outcome<Response> (*)(Scope&, Request&);
using WaitingHandler = Task<Outcome<Response>> (*)(Scope&, Request&);
using Handler = std::variant<ImmediateHandler, WaitingHandler>;

struct Parameter {
  enum class Place : std::uint8_t { path, query, header };
  enum class Type : std::uint8_t { text, number, boolean, choice };

  std::string_view
      name;  // "header.*", "Koine-Header-*": all that begin so; an argument has its whole name
  std::string_view description;  // a sentence
  Place place = Place::query;
  Type type = Type::text;
  bool required =
      false;  // of the query; those of the path always are. Headers are looked at by the handler
  bool repeats = false;  // may come more than once
  std::int64_t min = 0;  // of numbers
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
  std::vector<std::string_view> choices = {};

  bool is_family() const { return name.ends_with('*'); }
  bool covers(std::string_view other) const {
    return other.size() > name.size() - 1 && other.starts_with(name.substr(0, name.size() - 1));
  }
};

// A body, for OpenAPI. `schema` is a JSON Schema as text, or empty: any bytes.
struct Content {
  std::string_view media_type;
  std::string_view schema = {};
};

struct Answer {
  Status status = Status::ok;
  std::string_view description;
  std::vector<Content> contents = {};
};

// Whether one has to be logged in where the server has users.
enum class Access : std::uint8_t { users, everybody };
// Whether it waits for something new: then the session looks whether the client is still there (see stop.h).
enum class Waits : std::uint8_t { no, yes };

// Whether it takes an Idempotency-Key (keyed_request.h). A handler that does not know of them must not be run twice.
enum class Keys : std::uint8_t { refused, kept };

// Unless the route says.
inline constexpr std::size_t body_bytes_max_default = 1 * MiB;

struct Route {
  Method method = Method::get;
  std::string_view pattern;    // "/v1/topics/{topic}/records"
  std::string_view operation;  // "appendRecords": unique
  std::string_view tag;        // "topics": the family
  std::string_view summary;    // a sentence
  std::vector<Parameter> parameters = {};
  std::vector<Content> request = {};  // empty: a body is refused
  std::vector<Answer> answers = {};   // the good ones; problems are the same everywhere
  Handler handler;
  std::size_t body_bytes_max = body_bytes_max_default;  // never above http.body_bytes_max
  Access access = Access::users;
  Waits waits = Waits::no;
  Keys keys = Keys::refused;  // kept: a WaitingHandler
};

}  // namespace koine::http
