// Request and Response: HTTP's messages as handlers see them, the same for HTTP/1.1 and HTTP/2 (RFC 9110).
//
// The texts of a request are views into what its session keeps until the handler has returned: copy what must live longer.
// A request that reaches a handler is whole, and right as far as its route says: the path and the query are decoded,
// every parameter is one of the route's, and numbers and choices are what they must be.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "protocols/http/body.h"
#include "protocols/http/status.h"

namespace koine::http {

enum class Method : std::uint8_t { get, head, post, put, patch, remove, options, connect, other };

// "GET"; of `remove`: "DELETE".
std::string_view name_of(Method method);
// Methods are compared as they are written (RFC 9110 9.1).
Method method_of(std::string_view name);

struct Header {
  std::string_view name;
  std::string_view value;  // without the spaces around it
};

bool equal_ignoring_case(std::string_view left, std::string_view right);

// In the order in which they came; names as they were written.
class Headers {
 public:
  void add(std::string_view name, std::string_view value) { fields_.push_back({name, value}); }
  // The first of that name.
  std::optional<std::string_view> find(std::string_view name) const;
  bool has(std::string_view name) const { return find(name).has_value(); }
  // A list of tokens, in one field or in several, has this one: `Connection: keep-alive, Upgrade`.
  bool has_token(std::string_view name, std::string_view token) const;

  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }
  std::size_t size() const { return fields_.size(); }
  auto begin() { return fields_.begin(); }
  auto end() { return fields_.end(); }
  void clear() { fields_.clear(); }

 private:
  std::vector<Header> fields_;
};

// A parameter of the path or the query, decoded.
struct Argument {
  std::string_view name;
  std::string_view value;
  std::int64_t number = 0;  // of a number
};

class Arguments {
 public:
  // Of a parameter that the route requires.
  std::string_view text(std::string_view name) const;
  std::int64_t number(std::string_view name) const;
  // Of one that may be missing.
  std::optional<std::string_view> find(std::string_view name) const;
  std::optional<std::int64_t> find_number(std::string_view name) const;
  std::string_view text_or(std::string_view name, std::string_view otherwise) const;
  std::int64_t number_or(std::string_view name, std::int64_t otherwise) const;
  // `true` or `false`; a boolean that is named without a value is true.
  bool is_true(std::string_view name, bool otherwise = false) const;
  // Of one that may come more than once: each, in order.
  auto begin() const { return arguments_.begin(); }
  auto end() const { return arguments_.end(); }

  void add(Argument argument) { arguments_.push_back(argument); }
  void clear() { arguments_.clear(); }

 private:
  const Argument* find_argument(std::string_view name) const;
  std::vector<Argument> arguments_;
};

struct Request {
  Method method = Method::other;
  std::string_view target;  // as it came: "/v1/topics?limit=10"
  std::string_view path;    // before '?', not decoded
  std::string_view query;   // after it
  Headers headers;
  Arguments arguments;  // of path and query, by name
  Bytes body;           // whole; counted against the shard's budget until the request is done
  std::string_view authority;  // Host or :authority
  std::string_view scheme;     // "http", "https"
  bool is_http2 = false;
  // What the client wants the connection or the stream to become: "websocket"; from Upgrade or :protocol.
  std::string_view upgrade;
  // What decoded arguments are views into.
  std::list<std::string> decoded;
  // Who asks; empty: nobody has logged in, and need not.
  std::string user;

  // For the next one; keeps the memory.
  void clear();
  // The texts lay in `from`, and now lie in `to`, which is a copy of it.
  void move_texts(ByteView from, ByteView to);

  std::optional<std::string_view> header(std::string_view name) const { return headers.find(name); }
  // `type/subtype` of Content-Type in lower case, without parameters; empty: none.
  std::string content_type() const;
  // Whether Accept allows the media type; what is not said is allowed. With a better quality than `other`, if given.
  bool accepts(std::string_view media_type, std::string_view other = {}) const;
};

// The quality, in thousandths, that a field like Accept-Encoding gives to this value; 0: none (RFC 9110 12.4.2).
int quality_in(std::string_view list, std::string_view value);

// What a handler answers. Date, Content-Length, CORS, compression and Connection are the session's.
struct Response {
  struct Field {
    std::string name;
    std::string value;
  };

  Status status = Status::ok;
  std::string_view content_type;  // of a literal; empty: no body, or among the fields
  std::vector<Field> headers;
  Body body;

  static Response text(std::string_view content_type, std::string body, Status status = Status::ok);
  static Response json(std::string body, Status status = Status::ok) {
    return text("application/json", std::move(body), status);
  }
  static Response empty(Status status = Status::no_content);
  static Response stream(std::string_view content_type, std::unique_ptr<BodySource> source);
  // 101 or 200, as the request's version has it; `fields` are sent with it. The request's `upgrade` was looked at.
  static Response tunnel(std::unique_ptr<Tunnel> tunnel, std::vector<Field> fields = {});

  Response& with(std::string_view name, std::string_view value) & {
    headers.push_back({std::string(name), std::string(value)});
    return *this;
  }
  Response&& with(std::string_view name, std::string_view value) && {
    return std::move(with(name, value));
  }
  bool is_tunnel() const { return std::holds_alternative<std::unique_ptr<Tunnel>>(body); }
};

}  // namespace koine::http
