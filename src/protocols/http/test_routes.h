// For tests of sessions: routes that do one thing each.
//
//   GET  /count?parts=3&bytes=10   a body made while it is sent: so many parts of so many bytes
//   GET  /events?bytes=0           a body that never ends by itself: a comment every second, of so many bytes besides
//   GET  /wait                     waits until it is told to stop
//   POST /echo, /echo-at-once      the request's body
//   GET  /tunnel                   echoes, upgraded to "echo"
//   GET  /broken                   a body that fails after its first part
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "io/stream.h"
#include "protocols/http/route.h"
#include "protocols/http/scope.h"

namespace koine::http::test {

class Parts final : public BodySource {
 public:
  Parts(std::int64_t count, std::size_t bytes) : left_(count), bytes_(bytes) {}
  Task<Result<More>> fill(BodyBuffer& out, Stop&) override {
    while (left_ > 0 && !out.is_full()) {
      --left_;
      out.append(std::string(bytes_, 'x'));
    }
    co_return left_ > 0 ? More::yes : More::no;
  }
  std::int64_t left() const { return left_; }

 private:
  std::int64_t left_;
  std::size_t bytes_;
};

class Ticks final : public BodySource {
 public:
  Ticks(io::Reactor& reactor, std::size_t bytes) : reactor_(reactor), bytes_(bytes) {}
  Task<Result<More>> fill(BodyBuffer& out, Stop& stop) override {
    if (!stop.is_set()) co_await stop.changed().wait(reactor_.now() + std::chrono::seconds(1));
    if (stop.is_set()) co_return More::no;
    out.append(":" + std::string(bytes_, 'x') + "\n");
    co_return More::yes;
  }
  bool is_endless() const override { return true; }

 private:
  io::Reactor& reactor_;
  std::size_t bytes_;
};

class Broken final : public BodySource {
 public:
  Task<Result<More>> fill(BodyBuffer& out, Stop&) override {
    if (std::exchange(is_second_, true)) co_return fail(ErrorCode::io_error, "the disk said no");
    out.append("part");
    co_return More::yes;
  }

 private:
  bool is_second_ = false;
};

class Echo final : public Tunnel {
 public:
  Task<void> run(std::unique_ptr<io::Stream> stream, Stop& stop) override {
    std::array<std::byte, 100> bytes{};
    for (;;) {
      const Result<> readable = co_await stream->wait_readable();
      if (!readable || stop.is_set()) break;
      const auto moved = stream->try_read(bytes);
      if (!moved || moved->end_of_stream) break;
      const Result<> written = co_await io::write_all(*stream, ByteView(bytes).first(moved->bytes));
      if (!written) break;
    }
    stream->shutdown_write();
  }
};

inline Outcome<Response> count(Scope&, Request& request) {
  const Arguments& arguments = request.arguments;
  return Response::stream("text/plain", std::make_unique<Parts>(arguments.number_or("parts", 3),
                                                                arguments.number_or("bytes", 10)));
}
inline Outcome<Response> events(Scope& scope, Request& request) {
  return Response::stream(
      "text/event-stream",
      std::make_unique<Ticks>(scope.shard().reactor(), request.arguments.number_or("bytes", 0)));
}
inline Outcome<Response> broken(Scope&, Request&) {
  return Response::stream("text/plain", std::make_unique<Broken>());
}
inline Task<Outcome<Response>> wait(Scope& scope, Request&) {
  while (!scope.stop.is_set()) co_await scope.stop.changed().wait();
  co_return Response::text("text/plain",
                           scope.stop.reason() == Stop::Reason::closed ? "closed" : "draining");
}
inline Outcome<Response> echo_at_once(Scope&, Request& request) {
  return Response::text("text/plain", std::string(request.body.text()));
}
inline Task<Outcome<Response>> echo(Scope& scope, Request& request) {
  co_await scope.shard().sleep_for(std::chrono::milliseconds(1));
  Response response;
  response.content_type = "application/octet-stream";
  response.body = request.body;
  co_return std::move(response).with("X-Path", request.path).with("X-User", request.user);
}
inline Outcome<Response> tunnel(Scope&, Request& request) {
  if (request.upgrade != "echo") return refuse(Status::upgrade_required, "expected echo");
  return Response::tunnel(std::make_unique<Echo>(), {{"X-Tunnel", "yes"}});
}
inline Outcome<Response> split(Scope&, Request&) {
  return Response::empty().with("X-Bad", "a\r\nSet-Cookie: b");
}

inline std::vector<Route> routes() {
  const auto number = Parameter::Type::number;
  std::vector<Route> table;
  table.push_back(
      {.pattern = "/count",
       .operation = "count",
       .parameters = {{.name = "parts", .type = number}, {.name = "bytes", .type = number}},
       .handler = count});
  table.push_back({.pattern = "/events",
                   .operation = "events",
                   .parameters = {{.name = "bytes", .type = number}},
                   .handler = events});
  table.push_back({.pattern = "/broken", .operation = "broken", .handler = broken});
  table.push_back({.pattern = "/wait", .operation = "wait", .handler = wait, .waits = Waits::yes});
  table.push_back({.method = Method::post,
                   .pattern = "/echo",
                   .operation = "echo",
                   .request = {{"*/*"}},
                   .handler = echo});
  table.push_back({.method = Method::post,
                   .pattern = "/echo-at-once",
                   .operation = "echoAtOnce",
                   .request = {{"*/*"}},
                   .handler = echo_at_once,
                   .body_bytes_max = 100});
  table.push_back({.pattern = "/tunnel",
                   .operation = "tunnel",
                   .answers = {{Status::switching_protocols, "It is open."}},
                   .handler = tunnel});
  table.push_back(
      {.pattern = "/split", .operation = "split", .handler = split, .access = Access::everybody});
  return table;
}

}  // namespace koine::http::test
