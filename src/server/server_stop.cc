// How the server ends: each step waits for the one before it, so that nothing is used after it is gone.
#include <future>
#include <vector>

#include "server/server.h"

namespace koine::server {

void Server::stop() {
  if (threads_.empty()) return;
  log_.info("server", "stopping");
  first().call<void>([this] { return stop_accepting(); }).get();
  close_groups();
  drain_connections();
  close_engines();
  for (const auto& thread : threads_) {
    thread
        ->call<void>([&thread] {
          thread->shard().wake_sleepers();
          return thread->shard().gate().close();
        })
        .get();
  }
  // From here on the loops run nothing, and what they ran can be destroyed on this thread.
  for (const auto& thread : threads_) thread->stop();
  log_.info("server", "stopped");
}

Task<void> Server::stop_accepting() {
  for (const ListenerParts& parts : listeners_) parts.listener->close();
  co_await accepting_.close();
}

// A member waits for the others as long as their rebalance timeout allows, minutes; no connection ends before.
void Server::close_groups() {
  std::vector<std::future<void>> closing;
  for (std::size_t i = 0; i < engine_list_.size(); ++i) {
    core::Engine* engine = engine_list_[i];
    closing.push_back(threads_[i]->call<void>([engine] { return engine->close_groups(); }));
  }
  for (std::future<void>& closed : closing) closed.get();
}

void Server::drain_connections() {
  std::vector<std::future<void>> draining;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    Connections* connections = parts_[i]->connections.get();
    if (connections == nullptr) continue;
    const MonotonicTime deadline =
        threads_[i]->shard().now() + std::chrono::milliseconds(settings_.shutdown_deadline_ms);
    draining.push_back(
        threads_[i]->call<void>([connections, deadline] { return connections->drain(deadline); }));
  }
  for (std::future<void>& drained : draining) drained.get();
}

// All at the same time; shard 0, which the others may still call, last.
void Server::close_engines() {
  std::vector<std::future<void>> closing;
  for (std::size_t i = 1; i < engine_list_.size(); ++i) {
    core::Engine* engine = engine_list_[i];
    closing.push_back(threads_[i]->call<void>([engine] { return engine->close(); }));
  }
  for (std::future<void>& closed : closing) closed.get();
  if (engine_list_.empty()) return;
  first().call<void>([this] { return engine_list_.front()->close(); }).get();
}

}  // namespace koine::server
