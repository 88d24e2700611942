// For tests and fuzzers: HTTP on the engines of a simulated process, and clients that talk to it through pipes in memory, in
// simulated time.
//
//   TestBroker broker;
//   TestClient client = broker.connect();
//   EXPECT_EQ(client.call("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "core/engine_fixture.h"
#include "io/pipe.h"
#include "io/sim/sim_random.h"
#include "io/sim/sim_world.h"
#include "protocols/http/broker.h"
#include "protocols/http/handlers/table.h"
#include "runtime/gate.h"
#include "runtime/run.h"

namespace koine::http {

// Keeps the sentences and fields.
class ListLogger final : public Logger {
 public:
  bool is_enabled(LogLevel level) const override { return level != LogLevel::debug; }
  void write(const LogLine& line) override {
    std::string text(line.sentence);
    for (const LogField& field : line.fields) {
      text += " " + std::string(field.name) + "=" + field.value;
    }
    lines_.push_back(std::move(text));
  }
  bool has(std::string_view part) const {
    for (const std::string& line : lines_) {
      if (line.contains(part)) return true;
    }
    return false;
  }

 private:
  std::vector<std::string> lines_;
};

// What a client got.
struct Answered {
  int status = 0;  // 0: the connection ended instead
  std::string head;
  std::string body;

  // The field's value, or empty.
  std::string field(std::string_view name) const {
    const std::string start = "\r\n" + std::string(name) + ": ";
    const std::size_t at = head.find(start);
    if (at == std::string::npos) return {};
    const std::size_t value = at + start.size();
    return head.substr(value, head.find('\r', value) - value);
  }
};

// A client's end of a connection. Not a coroutine: it lets the world run until it has what it waits for.
class TestClient {
 public:
  TestClient(io::SimWorld& world, std::unique_ptr<io::Stream> stream)
      : world_(world), stream_(std::move(stream)) {}

  // False: the server closed the connection.
  bool send(std::string_view text) {
    ByteView bytes = as_bytes(text);
    while (!bytes.empty()) {
      const ByteView part = bytes;
      const auto moved = stream_->try_write(std::span(&part, 1));
      if (!moved) return false;
      bytes = bytes.subspan(moved->bytes);
      if (moved->bytes == 0 && !world_.step()) return false;
    }
    return true;
  }

  // The next answer, whole: with a length, in chunks, or without a body (of HEAD: say so).
  Answered receive(bool has_body = true) {
    Answered answered;
    const auto end = wait_for("\r\n\r\n");
    if (!end) return answered;
    answered.head = take(*end + 4);
    answered.status = std::stoi(answered.head.substr(9, 3));
    if (!has_body || !may_have_body(Status(static_cast<std::uint16_t>(answered.status)))) {
      return answered;
    }
    if (answered.field("Transfer-Encoding") == "chunked") {
      for (;;) {
        std::string chunk = receive_chunk();
        if (chunk.empty()) return answered;
        answered.body += chunk;
      }
    }
    if (const std::string length = answered.field("Content-Length"); !length.empty()) {
      answered.body = take_exactly(std::stoul(length));
    }
    return answered;
  }
  Answered call(std::string_view request) {
    CHECK(send(request));
    return receive(!request.starts_with("HEAD "));
  }
  // The head only, of an answer whose body goes on.
  Answered receive_head() { return receive(false); }
  // Of a body in chunks; empty: the last.
  std::string receive_chunk() {
    const auto line = wait_for("\r\n");
    CHECK(line.has_value());
    const std::size_t size = std::stoul(take(*line + 2), nullptr, 16);
    std::string chunk = take_exactly(size);
    take_exactly(2);
    return chunk;
  }

  // So many bytes, or fewer if the connection ends before.
  std::string take_at_most(std::size_t size) {
    while (received_.size() < size && read_some()) {
    }
    return take(std::min(size, received_.size()));
  }

  // Everything until the server ends the connection, or nothing comes for a simulated hour.
  std::string receive_all() {
    while (read_some()) {
    }
    return std::exchange(received_, {});
  }
  bool is_ended() { return receive_all().empty() && ended_; }

  // What has come so far.
  const std::string& received() const { return received_; }
  io::Stream& stream() { return *stream_; }
  void end_writing() { stream_->shutdown_write(); }
  void close() { stream_->close(); }

 private:
  std::optional<std::size_t> wait_for(std::string_view text) {
    for (;;) {
      const std::size_t at = received_.find(text);
      if (at != std::string::npos) return at;
      if (!read_some()) return std::nullopt;
    }
  }
  std::string take(std::size_t size) {
    std::string taken = received_.substr(0, size);
    received_.erase(0, size);
    return taken;
  }
  std::string take_exactly(std::size_t size) {
    while (received_.size() < size && read_some()) {
    }
    CHECK(received_.size() >= size);
    return take(size);
  }
  // False: the connection has ended, or nothing came for a simulated hour.
  bool read_some() {
    const MonotonicTime give_up = world_.now() + std::chrono::hours(1);
    std::array<std::byte, 4096> bytes{};
    while (!ended_ && world_.now() < give_up) {
      const auto moved = stream_->try_read(bytes);
      ended_ = !moved || moved->end_of_stream;
      if (moved && moved->bytes > 0) {
        received_ += as_text(ByteView(bytes).first(moved->bytes));
        return true;
      }
      if (!ended_ && !world_.step()) return false;
    }
    return false;
  }

  io::SimWorld& world_;
  std::unique_ptr<io::Stream> stream_;
  std::string received_;
  bool ended_ = false;
};

struct TestBrokerOptions {
  std::size_t shard_count = 1;
  std::uint64_t seed = 1;
  BrokerOptions broker = {};
  std::vector<Route> routes = {};  // empty: those of the table
};

class TestBroker {
 public:
  explicit TestBroker(TestBrokerOptions options = {})
      : options_(std::move(options)),
        router_(options_.routes.empty() ? all_routes() : std::span<const Route>(options_.routes)),
        server_({.seed = options_.seed, .shard_count = options_.shard_count}),
        random_(options_.seed),
        client_reactor_(server_.world()) {
    // A crash must not lose the directory itself.
    CHECK(server_.storage().make_directory("/data") && server_.storage().sync_directory("/"));
    // Tests that are about names say some.
    if (options_.broker.hosts.empty()) options_.broker.hosts = {"*"};
    start();
  }
  TestBroker(const TestBroker&) = delete;
  TestBroker& operator=(const TestBroker&) = delete;
  ~TestBroker() { stop(); }

  TestClient connect(io::PipeOptions pipe = {}, std::size_t shard = 0) {
    pipe.first_address = "127.0.0.1:50000";
    pipe.second_address = "127.0.0.1:8080";
    io::Pipe ends =
        io::make_pipe(client_reactor_, server_.engine(shard).shard().reactor(), std::move(pipe));
    Part& part = *parts_[shard];
    part.gate.spawn(part.broker->serve(std::move(ends.second)));
    return {server_.world(), std::move(ends.first)};
  }
  // One request on a connection of its own.
  Answered call(std::string_view request) { return connect().call(request); }

  void drain() {
    for (auto& part : parts_) part->broker->drain();
  }
  // Drains, and waits for the end of all connections and of the engines.
  void stop() {
    if (parts_.empty()) return;
    drain();
    for (std::size_t n = 0; n < parts_.size(); ++n) {
      server_.run_on(server_.engine(n), closed(*parts_[n]));
    }
    parts_.clear();
    server_.stop();
  }

  // Clients that are connected see the end of their connection.
  void restart() {
    stop();
    start();
  }

  core::TestServer& server() { return server_; }
  io::SimWorld& world() { return server_.world(); }
  const Statistics& statistics(std::size_t shard = 0) {
    return parts_[shard]->broker->statistics();
  }
  std::uint64_t open_connections() { return statistics().connections_open; }
  const ListLogger& log() const { return log_; }

 private:
  struct Part {
    std::unique_ptr<Broker> broker;
    runtime::Gate gate;
  };
  void start() {
    const auto opened = server_.open();
    CHECK(opened);
    for (std::size_t n = 0; n < options_.shard_count; ++n) {
      parts_.push_back(std::make_unique<Part>());
      parts_.back()->broker =
          std::make_unique<Broker>(server_.engine(n), router_, options_.broker, log_, random_);
    }
  }
  static Task<bool> closed(Part& part) {
    co_await part.gate.close();
    co_return true;
  }

  TestBrokerOptions options_;
  Router router_;
  ListLogger log_;
  core::TestServer server_;
  io::SimRandom random_;
  io::SimReactor client_reactor_;
  std::vector<std::unique_ptr<Part>> parts_;
};

}  // namespace koine::http
