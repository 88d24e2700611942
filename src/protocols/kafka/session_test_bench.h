// For tests and fuzzers: a whole broker of one or more shards in simulated time, on a simulated disk, and clients that
// talk to it through pipes in memory.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "core/batch_builder.h"
#include "core/engine.h"
#include "io/pipe.h"
#include "io/sim/sim_disk.h"
#include "io/sim/sim_random.h"
#include "io/sim/sim_storage.h"
#include "io/sim/sim_world.h"
#include "protocols/kafka/broker.h"
#include "protocols/kafka/codec.h"
#include "protocols/kafka/frame.h"
#include "protocols/kafka/header.h"
#include "runtime/gate.h"
#include "runtime/run.h"
#include "runtime/shard.h"

namespace koine::kafka {

// Keeps the sentences and reasons.
class ListLogger final : public Logger {
 public:
  bool is_enabled(LogLevel level) const override { return level != LogLevel::debug; }
  void write(const LogLine& line) override {
    std::string text(line.sentence);
    for (const LogField& field : line.fields)
      text += " " + std::string(field.name) + "=" + field.value;
    lines_.push_back(std::move(text));
  }
  const std::vector<std::string>& lines() const { return lines_; }
  bool has(std::string_view part) const {
    for (const std::string& line : lines_) {
      if (line.contains(part)) return true;
    }
    return false;
  }

 private:
  std::vector<std::string> lines_;
};

// A client's end of a connection. Not a coroutine: it lets the world run until it has what it waits for.
class TestClient {
 public:
  TestClient(io::SimWorld& world, std::unique_ptr<io::Stream> stream)
      : world_(world), stream_(std::move(stream)) {}

  // False: the server closed the connection.
  bool send_bytes(ByteView bytes) {
    while (!bytes.empty()) {
      const ByteView part = bytes;
      const auto moved = stream_->try_write(std::span(&part, 1));
      if (!moved) return false;
      bytes = bytes.subspan(moved->bytes);
      if (moved->bytes == 0 && !world_.step()) return false;
    }
    return true;
  }

  template <typename Request>
  bool send(const Request& request, Version version) {
    Writer writer;
    encode_request_frame(writer, request, version, next_correlation_++, "test");
    return send_bytes(writer.view());
  }

  // The next frame; none: the connection ended, or nothing came for a simulated hour.
  std::optional<Bytes> receive_frame() {
    const MonotonicTime give_up = world_.now() + std::chrono::hours(1);
    while (world_.now() < give_up) {
      const auto cut = cut_frame(received_, GiB);
      if (cut && *cut) {
        Bytes frame = Bytes::copy_of((*cut)->frame);
        received_.erase(received_.begin(),
                        received_.end() - static_cast<std::ptrdiff_t>((*cut)->rest.size()));
        return frame;
      }
      if (!read_some()) return std::nullopt;
    }
    return std::nullopt;
  }

  template <typename Response>
  Response receive(Version version) {
    last_ = receive_frame();
    CHECK(last_.has_value());
    Reader reader(last_->view());
    const auto correlation = decode_response_header(reader, Response::api, version);
    CHECK(correlation.has_value());
    CHECK(*correlation == next_answered_++);
    auto response = decode<Response>(reader, version);
    CHECK(response.has_value());
    return std::move(*response);
  }

  template <typename Response, typename Request>
  Response call(const Request& request, Version version) {
    CHECK(send(request, version));
    return receive<Response>(version);
  }

  // Whether the server ends the connection, without another byte.
  bool is_ended() { return !receive_frame().has_value() && received_.empty(); }

  io::Stream& stream() { return *stream_; }
  void end_writing() { stream_->shutdown_write(); }
  // Requests that get no answer.
  void skip_answer() { ++next_answered_; }

 private:
  bool read_some() {
    std::array<std::byte, 4096> bytes{};
    const auto moved = stream_->try_read(bytes);
    if (!moved || moved->end_of_stream) return false;
    received_.insert(received_.end(), bytes.begin(),
                     bytes.begin() + static_cast<std::ptrdiff_t>(moved->bytes));
    return moved->bytes > 0 || world_.step();
  }

  io::SimWorld& world_;
  std::unique_ptr<io::Stream> stream_;
  std::vector<std::byte> received_;
  std::optional<Bytes> last_;  // what the last response points into
  std::int32_t next_correlation_ = 0;
  std::int32_t next_answered_ = 0;
};

struct TestBrokerOptions {
  std::size_t shard_count = 1;
  std::uint64_t seed = 1;
  BrokerOptions broker;
  core::EngineOptions engine;
};

class TestBroker {
 public:
  explicit TestBroker(TestBrokerOptions options = {})
      : options_(std::move(options)),
        world_(options_.seed),
        storage_(world_),
        random_(options_.seed) {
    options_.engine.data_directory = "/data";
    options_.engine.journal.chunk_bytes = 1 * MiB;
    options_.engine.journal.cache_bytes = 4 * MiB;
    for (std::size_t n = 0; n < options_.shard_count; ++n) add_shard(n);
    for (auto& part : parts_) {
      CHECK(runtime::run_until_done(part->reactor, part->engine->open()).has_value());
    }
    for (auto& part : parts_) {
      part->engine->start();
      part->broker = std::make_unique<Broker>(*part->engine, options_.broker, log_, random_);
    }
  }
  TestBroker(const TestBroker&) = delete;
  TestBroker& operator=(const TestBroker&) = delete;
  ~TestBroker() { stop(); }

  TestClient connect(io::PipeOptions pipe = {}, std::size_t shard = 0) {
    pipe.first_address = "127.0.0.1:50000";
    pipe.second_address = "127.0.0.1:9092";
    io::Pipe ends = io::make_pipe(client_reactor_, parts_[shard]->reactor, std::move(pipe));
    Part& part = *parts_[shard];
    part.gate.spawn(part.broker->serve(std::move(ends.second)));
    return {world_, std::move(ends.first)};
  }

  core::TopicPtr create_topic(std::string name, std::uint32_t partition_count = 1,
                              core::TopicSettings settings = {}, std::uint32_t settings_given = 0) {
    auto topic =
        run(engine().create_topic({std::move(name), partition_count, settings, settings_given}));
    CHECK(topic.has_value());
    return *topic;
  }

  template <typename T>
  T run(Task<T> task) {
    return runtime::run_until_done(parts_.front()->reactor, std::move(task));
  }

  void drain() {
    for (auto& part : parts_) part->broker->drain();
  }
  // Drains, and waits for the end of all connections and of the engines.
  void stop() {
    if (stopped_) return;
    stopped_ = true;
    drain();
    for (auto& part : parts_) runtime::run_until_done(part->reactor, part->gate.close());
    for (auto part = parts_.rbegin(); part != parts_.rend(); ++part) {
      runtime::run_until_done((*part)->reactor, (*part)->engine->close());
    }
    for (auto& part : parts_) runtime::run_until_done(part->reactor, part->shard.gate().close());
  }

  io::SimWorld& world() { return world_; }
  io::SimStorage& storage() { return storage_; }
  ListLogger& log() { return log_; }
  core::Engine& engine(std::size_t shard = 0) { return *parts_[shard]->engine; }
  const Statistics& statistics(std::size_t shard = 0) {
    return parts_[shard]->broker->statistics();
  }
  std::size_t open_connections() {
    std::size_t count = 0;
    for (auto& part : parts_) count += part->gate.running();
    return count;
  }

 private:
  struct Part {
    Part(io::SimWorld& world, io::SimStorage& storage, std::size_t id)
        : reactor(world),
          disk(storage, reactor),
          shard(ShardId(static_cast<std::uint16_t>(id)), reactor) {}
    io::SimReactor reactor;
    io::SimDisk disk;
    runtime::Shard shard;
    std::unique_ptr<core::Engine> engine;
    std::unique_ptr<Broker> broker;
    runtime::Gate gate;
  };

  void add_shard(std::size_t id) {
    Part& part = *parts_.emplace_back(std::make_unique<Part>(world_, storage_, id));
    part.engine =
        std::make_unique<core::Engine>(part.shard, part.disk, random_, options_.engine, engines_);
    engines_.push_back(part.engine.get());
  }

  TestBrokerOptions options_;
  io::SimWorld world_;
  io::SimStorage storage_;
  io::SimRandom random_;
  ListLogger log_;
  io::SimReactor client_reactor_{world_};
  std::vector<core::Engine*> engines_;
  std::vector<std::unique_ptr<Part>> parts_;
  bool stopped_ = false;
};

// A batch of records without keys.
inline Bytes batch_of(const std::vector<std::string>& values, core::BatchOptions options = {},
                      WallTimeMs timestamp = 1'000'000) {
  core::BatchBuilder builder;
  for (const std::string& value : values) {
    builder.add(
        {.timestamp = timestamp, .key = std::nullopt, .value = as_bytes(value), .headers = {}});
  }
  auto batch = builder.build(options);
  CHECK(batch.has_value());
  return *batch;
}

}  // namespace koine::kafka
