// SimNetwork: the simulated processes' network: pipes joined by host and port, with latency, that can be cut.
// The world must outlive it; it must outlive its listeners.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "io/network.h"
#include "io/pipe.h"
#include "io/sim/sim_world.h"

namespace koine::io {

struct SimNetworkOptions {
  Duration latency_min = std::chrono::microseconds(20);
  Duration latency_max = std::chrono::milliseconds(2);
  std::size_t buffer_bytes_max = 64 * KiB;
};

class SimNetwork final : public Network {
 public:
  explicit SimNetwork(SimWorld& world, const SimNetworkOptions& options = {})
      : world_(world), options_(options) {}

  // Port 0 picks a free one.
  Result<std::unique_ptr<Listener>> listen(Reactor& reactor, Endpoint endpoint) override;
  Task<Result<std::unique_ptr<Stream>>> connect(Reactor& reactor, Endpoint endpoint) override;

  // Breaks every connection that exists now.
  void cut_all();
  // While it is down, connect() gives ErrorCode::unavailable.
  void set_down(bool down) { is_down_ = down; }

 private:
  class SimListener;
  struct Backlog;

  SimWorld& world_;
  SimNetworkOptions options_;
  bool is_down_ = false;
  std::uint16_t last_port_ = 40'000;
  std::map<std::string, std::shared_ptr<Backlog>> listening_;
  std::vector<std::weak_ptr<PipeState>> links_;
};

}  // namespace koine::io
