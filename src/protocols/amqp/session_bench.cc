// What this layer costs for each message, without core and kernel: small messages in and out of a session whose stream and
// queues are free of charge.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "io/real/asio_reactor.h"
#include "io/sim/sim_random.h"
#include "journal/log_id.h"
#include "protocols/amqp/broker.h"
#include "protocols/amqp/messages/all.h"
#include "runtime/gate.h"
#include "runtime/run.h"
#include "runtime/turn.h"

namespace koine::amqp {
namespace {

class QuietLogger final : public Logger {
 public:
  bool is_enabled(LogLevel) const override { return false; }
  void write(const LogLine&) override {}
};

// Reads give `once`, then `forever` again and again until enough was read; what is written is counted and gone.
class BenchStream final : public io::Stream {
 public:
  BenchStream(io::Reactor& reactor, std::string once) : reactor_(reactor), once_(std::move(once)) {}

  Task<Result<>> wait_readable() override {
    do {
      co_await runtime::next_turn(reactor_);
    } while (once_.empty() && reads_left_ == 0 && !ended_);
    co_return Result<>{};
  }
  Result<io::Moved> try_read(MutableByteView into) override {
    if (ended_) return io::Moved{.end_of_stream = true};
    std::string& from = once_.empty() ? forever_ : once_;
    if (&from == &forever_ && reads_left_ == 0) return io::Moved{};
    const std::size_t size = std::min(into.size(), from.size());
    std::memcpy(into.data(), from.data(), size);
    if (&from == &once_) {
      once_.erase(0, size);
    } else {
      --reads_left_;
    }
    return io::Moved{.bytes = size};
  }
  Task<Result<>> wait_writable() override { co_return Result<>{}; }
  Result<io::Moved> try_write(std::span<const ByteView> parts) override {
    written_ += parts.front().size();
    return io::Moved{.bytes = parts.front().size()};
  }
  void shutdown_write() override {}
  void close() override { ended_ = true; }
  std::string local_address() const override { return "127.0.0.1:5672"; }
  std::string peer_address() const override { return "127.0.0.1:50000"; }
  bool is_encrypted() const override { return false; }

  void repeat(std::string bytes, std::size_t times) {
    forever_ = std::move(bytes);
    reads_left_ = times;
  }
  bool is_idle() const { return once_.empty() && reads_left_ == 0; }
  std::size_t written() const { return written_; }

 private:
  io::Reactor& reactor_;
  std::string once_;
  std::string forever_;
  std::size_t reads_left_ = 0;
  std::size_t written_ = 0;
  bool ended_ = false;
};

// One queue, into which nothing is put.
class BenchCore final : public CoreAccess, public core::QueueClient {
 public:
  explicit BenchCore(runtime::Shard& shard) : shard_(shard) {
    auto info = std::make_shared<core::QueueInfo>();
    info->spec.name = {"/", "queue"};
    info->logs.push_back(journal::make_log_id(ShardId(0), journal::first_dynamic_log));
    queue_ = std::move(info);
  }

  runtime::Shard& shard() override { return shard_; }
  core::QueueClient& queues() override { return *this; }
  std::uint64_t catalog_version() const override { return 1; }
  core::QueuePtr find_queue(core::NameView) const override { return queue_; }
  core::ExchangePtr find_exchange(core::NameView) const override { return nullptr; }
  Result<> find_route(const core::RoutingQuestion&, core::Route& route) const override {
    route.queues.push_back(queue_);
    return {};
  }
  Task<Result<std::unique_ptr<core::Subscription>>> subscribe(core::QueuePtr, core::ConsumerOptions,
                                                              core::DeliverySink& sink) override {
    this->sink = &sink;
    co_return std::make_unique<BenchSubscription>(queue_);
  }
  Task<bool> has_disk_space() override { co_return true; }
  Task<Result<core::Published>> publish(core::PublishBatch batch) override {
    published += batch.size();
    co_await runtime::next_turn(shard_.reactor());
    co_return core::Published{};
  }
  void settle(const core::QueuePtr&, std::span<const core::Settlement> settlements) override {
    settled += settlements.size();
  }

  // Nothing asks for these here.
  Task<Result<core::QueuePtr>> declare_queue(core::QueueSpec) override { co_return queue_; }
  Task<Result<std::uint64_t>> delete_queue(core::Name, DeleteCondition) override { co_return 0; }
  Task<Result<std::uint64_t>> purge_queue(core::QueuePtr) override { co_return 0; }
  Task<Result<core::QueueCounts>> counts(core::QueuePtr) override { co_return core::QueueCounts{}; }
  Task<Result<core::ExchangePtr>> declare_exchange(core::ExchangeSpec) override {
    co_return core::ExchangePtr();
  }
  Task<Result<>> delete_exchange(core::Name, bool) override { co_return Result<>{}; }
  Task<Result<>> bind(core::Binding) override { co_return Result<>{}; }
  Task<Result<>> unbind(core::Binding) override { co_return Result<>{}; }
  Task<Result<>> durable(ShardId, std::shared_ptr<journal::Commit>) override {
    co_return Result<>{};
  }
  Task<Result<std::optional<core::GotMessage>>> get(core::QueuePtr, bool) override {
    co_return std::optional<core::GotMessage>();
  }
  Task<Result<std::vector<core::GotMessage>>> peek(core::QueuePtr, std::uint32_t) override {
    co_return std::vector<core::GotMessage>();
  }
  Task<Result<>> settle_durably(core::QueuePtr, std::vector<core::Settlement>) override {
    co_return Result<>{};
  }
  Task<void> release_owner(std::uint64_t) override { co_return; }

  core::DeliverySink* sink = nullptr;
  std::size_t published = 0;
  std::size_t settled = 0;

 private:
  class BenchSubscription final : public core::Subscription {
   public:
    explicit BenchSubscription(core::QueuePtr queue) : queue_(std::move(queue)) {}
    void resume() override {}
    void add_credit(std::uint32_t) override {}
    Task<void> cancel() override { co_return; }
    Task<void> cancel_and_return(core::Settlement::Kind) override { co_return; }
    const core::QueuePtr& queue() const override { return queue_; }

   private:
    core::QueuePtr queue_;
  };

  runtime::Shard& shard_;
  core::QueuePtr queue_;
};

struct Bench {
  // `more`: frames after the channel is open.
  explicit Bench(const FrameBuffer& more) {
    FrameBuffer frames;
    frames.append(protocol_header);
    encode_frame(frames, 0,
                 ConnectionStartOk{.client_properties = {},
                                   .mechanism = "PLAIN",
                                   .response = {std::string("\0guest\0guest", 12)}});
    encode_frame(frames, 0, ConnectionTuneOk{.channel_max = 2047, .frame_max = frame_max_default});
    encode_frame(frames, 0, ConnectionOpen{.virtual_host = "/"});
    encode_frame(frames, 1, ChannelOpen{});
    frames.append(more.view());
    auto owned = std::make_unique<BenchStream>(reactor, std::string(as_text(frames.view())));
    stream = owned.get();
    reactor.post(
        [this, owned = std::move(owned)]() mutable { gate.spawn(broker.serve(std::move(owned))); });
    runtime::run_until_done(reactor, until_idle());
  }
  ~Bench() {
    stream->close();
    runtime::run_until_done(reactor, gate.close());
  }
  Task<void> until_idle() {
    while (!stream->is_idle()) co_await runtime::next_turn(reactor);
    for (int n = 0; n < 20; ++n) co_await runtime::next_turn(reactor);
  }
  Task<void> deliver(const core::Delivery& delivery, std::size_t count) {
    core::Delivery next = delivery;
    while (count > 0) {
      for (; count > 0 && core.sink->has_room(); --count) {
        core.sink->take(next);
        next.position.offset = next.position.offset + 1;
      }
      co_await runtime::next_turn(reactor);
    }
  }

  io::AsioReactor reactor;
  runtime::Shard shard{ShardId(0), reactor};
  BenchCore core{shard};
  BrokerOptions options;
  QuietLogger log;
  io::SimRandom random{1};
  DirectReplies replies;
  Broker broker{core, options, log, random, replies};
  runtime::Gate gate;
  BenchStream* stream = nullptr;
};

constexpr std::size_t read_size = scratch_size;
constexpr std::size_t reads = 200;

void publish(benchmark::State& state, bool is_confirming) {
  FrameBuffer more;
  if (is_confirming) encode_frame(more, 1, ConfirmSelect{.no_wait = true});
  Bench bench(more);
  const std::string body(static_cast<std::size_t>(state.range(0)), 'b');
  const std::string properties("\x10\x00\x02", 3);
  FrameBuffer messages;
  std::size_t count = 0;
  while (messages.size() < read_size - body.size() - 100) {
    encode_frame(messages, 1, BasicPublish{.exchange = "", .routing_key = "queue"});
    encode_content(messages, 1, {.properties = as_bytes(properties), .body = as_bytes(body)},
                   frame_max_default);
    ++count;
  }
  std::size_t total = 0;
  for (auto _ : state) {
    bench.stream->repeat(std::string(as_text(messages.view())), reads);
    runtime::run_until_done(bench.reactor, bench.until_idle());
    total += reads * count;
  }
  if (bench.core.published != total) state.SkipWithError("messages are missing");
  state.SetItemsProcessed(static_cast<std::int64_t>(total));
}
void BM_Publish(benchmark::State& state) { publish(state, false); }
void BM_PublishWithConfirms(benchmark::State& state) { publish(state, true); }
BENCHMARK(BM_Publish)->Arg(16)->Arg(1024);
BENCHMARK(BM_PublishWithConfirms)->Arg(16)->Arg(1024);

void deliver(benchmark::State& state, bool is_auto_ack) {
  FrameBuffer more;
  encode_frame(
      more, 1,
      BasicConsume{
          .queue = "queue", .consumer_tag = "consumer", .no_ack = is_auto_ack, .arguments = {}});
  Bench bench(more);
  const std::string body(static_cast<std::size_t>(state.range(0)), 'b');
  const std::string properties("\x10\x00\x02", 3);
  core::Delivery delivery;
  delivery.message.routing_key = "queue";
  delivery.message.properties = as_bytes(properties);
  delivery.message.body = as_bytes(body);
  constexpr std::size_t count = 50'000;
  std::uint64_t tag = 0;
  for (auto _ : state) {
    runtime::run_until_done(bench.reactor, bench.deliver(delivery, count));
    if (is_auto_ack) continue;
    FrameBuffer acks;
    for (std::size_t n = 50; n <= count; n += 50) {
      encode_frame(acks, 1, BasicAck{.delivery_tag = tag + n, .multiple = true});
    }
    tag += count;
    bench.stream->repeat(std::string(as_text(acks.view())), 1);
    runtime::run_until_done(bench.reactor, bench.until_idle());
  }
  if (!is_auto_ack && bench.core.settled != tag) state.SkipWithError("settlements are missing");
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * count));
}
void BM_DeliverWithAutomaticAck(benchmark::State& state) { deliver(state, true); }
void BM_DeliverAndAckEvery50(benchmark::State& state) { deliver(state, false); }
BENCHMARK(BM_DeliverWithAutomaticAck)->Arg(16)->Arg(1024);
BENCHMARK(BM_DeliverAndAckEvery50)->Arg(16)->Arg(1024);

}  // namespace
}  // namespace koine::amqp
