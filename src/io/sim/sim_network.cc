#include "io/sim/sim_network.h"

#include <fmt/format.h>

#include <deque>
#include <utility>

#include "io/delay.h"
#include "io/wait_place.h"

namespace koine::io {

namespace {

class SimAcceptedSocket final : public AcceptedSocket {
 public:
  explicit SimAcceptedSocket(std::unique_ptr<Stream> stream) : stream_(std::move(stream)) {}
  std::unique_ptr<Stream> adopt(Reactor&) override { return std::move(stream_); }

 private:
  std::unique_ptr<Stream> stream_;
};

}  // namespace

// Connections that nobody has accepted yet.
struct SimNetwork::Backlog {
  explicit Backlog(Reactor& its_reactor) : reactor(its_reactor) {}

  Reactor& reactor;
  std::deque<std::unique_ptr<Stream>> waiting;
  WaitPlace acceptor;
  bool closed = false;
};

class SimNetwork::SimListener final : public Listener {
 public:
  SimListener(SimNetwork& network, Endpoint endpoint, std::shared_ptr<Backlog> backlog)
      : network_(network), endpoint_(std::move(endpoint)), backlog_(std::move(backlog)) {}
  ~SimListener() override { SimListener::close(); }

  Task<Result<std::unique_ptr<AcceptedSocket>>> accept() override { return accept_from(backlog_); }
  Endpoint local_endpoint() const override { return endpoint_; }
  void close() override {
    if (backlog_->closed) return;
    backlog_->closed = true;
    backlog_->waiting.clear();
    network_.listening_.erase(endpoint_.to_string());
    backlog_->reactor.post([backlog = backlog_] { backlog->acceptor.resume(); });
  }

 private:
  static Task<Result<std::unique_ptr<AcceptedSocket>>> accept_from(
      std::shared_ptr<Backlog> backlog) {
    while (!backlog->closed && backlog->waiting.empty()) co_await backlog->acceptor.wait();
    if (backlog->closed) co_return fail(ErrorCode::closed, "the listener was closed");
    auto stream = std::move(backlog->waiting.front());
    backlog->waiting.pop_front();
    co_return std::make_unique<SimAcceptedSocket>(std::move(stream));
  }

  SimNetwork& network_;
  Endpoint endpoint_;
  std::shared_ptr<Backlog> backlog_;
};

Result<std::unique_ptr<Listener>> SimNetwork::listen(Reactor& reactor, Endpoint endpoint) {
  if (endpoint.port == 0) endpoint.port = ++last_port_;
  const std::string name = endpoint.to_string();
  if (listening_.contains(name)) {
    return fail(ErrorCode::unavailable, fmt::format("port {} is in use", endpoint.port));
  }
  auto backlog = std::make_shared<Backlog>(reactor);
  listening_[name] = backlog;
  return std::make_unique<SimListener>(*this, std::move(endpoint), std::move(backlog));
}

Task<Result<std::unique_ptr<Stream>>> SimNetwork::connect(Reactor& reactor, Endpoint endpoint) {
  const std::string name = endpoint.to_string();
  co_await Delay(
      reactor, reactor.now() + world_.random_duration(options_.latency_min, options_.latency_max));
  const auto found = listening_.find(name);
  if (is_down_ || found == listening_.end()) {
    co_return fail(ErrorCode::unavailable,
                   fmt::format("connecting to {}: connection refused", name));
  }
  Backlog& backlog = *found->second;
  Pipe pipe =
      make_pipe(reactor, backlog.reactor,
                {.buffer_bytes_max = options_.buffer_bytes_max,
                 .cut_seed = world_.numbers().next(),
                 .latency =
                     [&world = world_, options = options_] {
                       return world.random_duration(options.latency_min, options.latency_max);
                     },
                 .first_address = Endpoint{"127.0.0.1", ++last_port_}.to_string(),
                 .second_address = name});
  links_.push_back(pipe.link);
  backlog.waiting.push_back(std::move(pipe.second));
  backlog.reactor.post([waiting = found->second] { waiting->acceptor.resume(); });
  co_return std::move(pipe.first);
}

void SimNetwork::cut_all() {
  for (const auto& link : std::exchange(links_, {})) cut_pipe(link);
}

}  // namespace koine::io
