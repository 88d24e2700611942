// For tests and fuzzers: a broker of one shard in simulated time over a core in memory, and clients that talk to it through
// pipes.
#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "io/pipe.h"
#include "io/sim/sim_random.h"
#include "io/sim/sim_world.h"
#include "protocols/amqp/broker.h"
#include "protocols/amqp/codec.h"
#include "protocols/amqp/messages/all.h"
#include "protocols/amqp/method_table.h"
#include "protocols/amqp/test_core.h"
#include "runtime/gate.h"
#include "runtime/run.h"
#include "runtime/shard.h"

namespace koine::amqp {

// Keeps the sentences and reasons.
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
    return std::ranges::any_of(lines_,
                               [&](const std::string& line) { return line.contains(part); });
  }

 private:
  std::vector<std::string> lines_;
};

// What the server sent, as text: `1 basic.ack {delivery_tag=1,multiple=false}`; contents as `1 header 5` and `1 body hello`,
// heartbeats as `heartbeat`.
struct Received {
  std::uint16_t channel = 0;
  MethodId method = MethodId::none;
  std::string text;
  Bytes frame;  // of which the payload is a part
  ByteView payload;
};

struct TestMessage {
  std::string body;
  core::Properties properties;
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
  template <typename Method>
  bool send(std::uint16_t channel, const Method& method) {
    FrameBuffer buffer;
    encode_frame(buffer, channel, method);
    return send_bytes(buffer.view());
  }
  bool publish(std::uint16_t channel, const BasicPublish& method, const TestMessage& message) {
    FrameBuffer buffer;
    add_publish(buffer, channel, method, message);
    return send_bytes(buffer.view());
  }
  static void add_publish(FrameBuffer& buffer, std::uint16_t channel, const BasicPublish& method,
                          const TestMessage& message) {
    std::vector<std::byte> properties;
    core::encode_properties(message.properties, properties);
    encode_frame(buffer, channel, method);
    encode_content(buffer, channel, {.properties = properties, .body = as_bytes(message.body)},
                   frame_max_default);
  }

  // The next frame; none: the connection ended, or nothing came for this long.
  std::optional<Received> receive(Duration patience = std::chrono::seconds(20)) {
    const MonotonicTime give_up = world_.now() + patience;
    while (world_.now() < give_up) {
      const auto cut = cut_frame(received_, frame_max_default);
      CHECK(cut.has_value());
      if (*cut) {
        const std::size_t size = (*cut)->whole_size();
        Received received = describe(**cut);
        received_.erase(received_.begin(), received_.begin() + static_cast<std::ptrdiff_t>(size));
        return received;
      }
      if (!read_some()) return std::nullopt;
    }
    return std::nullopt;
  }
  // Whatever comes next, as it is; empty: the end.
  std::string receive_bytes() {
    while (received_.empty()) {
      if (!read_some()) return {};
    }
    const std::vector<std::byte> bytes = std::exchange(received_, {});
    return std::string(as_text(bytes));
  }
  // "": nothing came.
  std::string next() {
    const auto received = receive();
    return received ? received->text : std::string();
  }

  // The next method, which must be this one; heartbeats are passed over.
  template <typename Method>
  Method expect(std::uint16_t channel = 1) {
    std::optional<Received> received = receive();
    while (received && received->text == "heartbeat") received = receive();
    CHECK(received.has_value());
    if (received->method != Method::id || received->channel != channel) {
      std::fprintf(stderr, "expected %s on %d, got %s\n", Method::name, channel,
                   received->text.c_str());
    }
    CHECK(received->method == Method::id && received->channel == channel);
    last_ = received->frame;
    Reader reader(received->payload.subspan(4));
    auto method = decode<Method>(reader);
    CHECK(method.has_value());
    return std::move(*method);
  }
  // A content, after its method.
  TestMessage expect_content() {
    const auto header_frame = receive();
    CHECK(header_frame.has_value());
    const auto header = decode_content_header(header_frame->payload);
    CHECK(header.has_value());
    TestMessage message;
    auto properties = core::decode_properties(header->properties);
    CHECK(properties.has_value());
    message.properties = std::move(*properties);
    while (message.body.size() < header->body_size) {
      const auto part = receive();
      CHECK(part.has_value());
      message.body += as_text(part->payload);
    }
    return message;
  }
  template <typename Answer, typename Method>
  Answer call(std::uint16_t channel, const Method& method) {
    CHECK(send(channel, method));
    return expect<Answer>(channel);
  }

  // Whatever comes, until nothing does.
  void read_to_end() {
    while (read_some()) received_.clear();
  }
  bool is_ended() {
    while (const auto received = receive()) {
      if (received->text != "heartbeat") return false;
    }
    return received_.empty() && is_end_;
  }
  io::Stream& stream() { return *stream_; }
  void end_writing() { stream_->shutdown_write(); }
  void close() { stream_->close(); }

  // The handshake, as stock clients do it.
  void start(const core::FieldTable& client_properties = all_capabilities(),
             const std::string& response = std::string("\0guest\0guest", 12),
             const std::string& mechanism = "PLAIN") {
    CHECK(send_bytes(protocol_header));
    expect<ConnectionStart>(0);
    CHECK(send(0, ConnectionStartOk{.client_properties = client_properties,
                                    .mechanism = mechanism,
                                    .response = {response},
                                    .locale = "en_US"}));
  }
  void open(const core::FieldTable& client_properties = all_capabilities(),
            std::uint16_t heartbeat = 0, std::uint32_t frame_max = frame_max_default) {
    start(client_properties);
    const auto tune = expect<ConnectionTune>(0);
    CHECK(send(
        0, ConnectionTuneOk{
               .channel_max = tune.channel_max, .frame_max = frame_max, .heartbeat = heartbeat}));
    CHECK(send(0, ConnectionOpen{.virtual_host = "/"}));
    expect<ConnectionOpenOk>(0);
  }
  void open_channel(std::uint16_t channel = 1) { call<ChannelOpenOk>(channel, ChannelOpen{}); }
  QueueDeclareOk declare(const std::string& queue, core::FieldTable arguments = {}) {
    return call<QueueDeclareOk>(
        1, QueueDeclare{.queue = queue, .durable = true, .arguments = std::move(arguments)});
  }

  static core::FieldTable all_capabilities() {
    core::FieldTable capabilities;
    for (const char* name : {"authentication_failure_close", "basic.nack", "connection.blocked",
                             "consumer_cancel_notify"}) {
      capabilities.push_back({name, core::FieldValue{true}});
    }
    return {{"product", core::FieldValue{std::string("test")}},
            {"capabilities", core::FieldValue{std::move(capabilities)}}};
  }

 private:
  static Received describe(const Frame& frame) {
    Received received{.channel = frame.channel};
    received.frame = Bytes::copy_of(frame.payload);
    received.payload = received.frame.view();
    if (frame.type == FrameType::heartbeat) {
      received.text = "heartbeat";
      return received;
    }
    received.text = std::to_string(frame.channel) + " ";
    Reader reader(received.payload);
    switch (frame.type) {
      case FrameType::header:
        received.text +=
            "header " + std::to_string(decode_content_header(frame.payload)->body_size);
        break;
      case FrameType::body: received.text += "body " + std::string(as_text(frame.payload)); break;
      default: {
        received.method = *decode_method_id(reader);
        const MethodEntry* const entry = find_method(received.method);
        CHECK(entry != nullptr);
        received.text += std::string(entry->name) + " " + *entry->text(reader);
      }
    }
    return received;
  }

  bool read_some() {
    std::array<std::byte, 4096> bytes{};
    const auto moved = stream_->try_read(bytes);
    is_end_ = !moved || moved->end_of_stream;
    if (is_end_) return false;
    received_.insert(received_.end(), bytes.begin(),
                     bytes.begin() + static_cast<std::ptrdiff_t>(moved->bytes));
    return moved->bytes > 0 || world_.step();
  }

  io::SimWorld& world_;
  std::unique_ptr<io::Stream> stream_;
  std::vector<std::byte> received_;
  Bytes last_;  // what the last method's views point into
  bool is_end_ = false;
};

class TestBroker {
 public:
  explicit TestBroker(BrokerOptions options = {}, std::uint64_t seed = 1)
      : options_(std::move(options)),
        world_(seed),
        random_(seed),
        reactor_(world_),
        shard_(ShardId(0), reactor_),
        core_(shard_),
        broker_(core_, options_, log_, random_, replies_) {}
  TestBroker(const TestBroker&) = delete;
  TestBroker& operator=(const TestBroker&) = delete;
  ~TestBroker() { stop(); }

  TestClient connect(io::PipeOptions pipe = {}) {
    if (pipe.first_address == "pipe:first") pipe.first_address = "127.0.0.1:50000";
    pipe.second_address = "127.0.0.1:5672";
    io::Pipe ends = io::make_pipe(client_reactor_, reactor_, std::move(pipe));
    gate_.spawn(broker_.serve(std::move(ends.second)));
    return {world_, std::move(ends.first)};
  }
  // Connected, with channel 1 open.
  TestClient client(const core::FieldTable& client_properties = TestClient::all_capabilities()) {
    TestClient client = connect();
    client.open(client_properties);
    client.open_channel();
    return client;
  }

  void drain() { broker_.drain(); }
  void stop() {
    if (stopped_) return;
    stopped_ = true;
    core_.go_on();
    broker_.drain();
    runtime::run_until_done(reactor_, gate_.close());
    runtime::run_until_done(reactor_, shard_.gate().close());
  }
  void run_for(Duration duration) { world_.run_for(duration); }

  io::SimWorld& world() { return world_; }
  TestCore& core() { return core_; }
  ListLogger& log() { return log_; }
  const Statistics& statistics() { return broker_.statistics(); }
  std::size_t open_connections() const { return gate_.running(); }

 private:
  BrokerOptions options_;
  io::SimWorld world_;
  io::SimRandom random_;
  io::SimReactor reactor_;
  io::SimReactor client_reactor_{world_};
  runtime::Shard shard_;
  ListLogger log_;
  DirectReplies replies_;
  TestCore core_;
  Broker broker_;
  runtime::Gate gate_;
  bool stopped_ = false;
};

}  // namespace koine::amqp
