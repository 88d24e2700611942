// Server: the wiring. Shards with their engines and connections, listeners, and the order in which they start and end.
//
//   first thread     start() ........ wait for signals ........ stop()
//   shard 0          engine  listeners  connections
//   shard 1          engine             connections       sockets are handed out in turn
//
// Owned by the program's first thread, on which all calls are made; they block until the shards have done their part.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "core/engine.h"
#include "core/users.h"
#include "io/network.h"
#include "io/real/real_random.h"
#include "server/connections.h"
#include "server/protocol.h"
#include "server/settings.h"
#include "server/shard_thread.h"
#include "server/tls_acceptor.h"

namespace koine::server {

// What a protocol on one shard may use; all of it outlives the protocol.
struct ProtocolParts {
  runtime::Shard& shard;
  core::Engine& engine;
  io::Random& random;
  Logger& log;
  const Settings& settings;
  core::UsersPtr users;
  std::size_t request_bytes;  // this shard's part of memory.request_bytes
};

// How the server makes what is built in layers that tests replace. Called on the first thread and on the shard,
// respectively.
struct ServerFactories {
  std::function<Result<std::shared_ptr<TlsAcceptor>>(const Settings&)> tls;
  std::function<std::unique_ptr<Protocol>(ProtocolParts)> kafka;
  std::function<std::unique_ptr<Protocol>(ProtocolParts)> amqp;
  std::function<std::unique_ptr<Protocol>(ProtocolParts)> http;
};

class Server {
 public:
  Server(Settings settings, Logger& log, ServerFactories factories);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Opens the data, then the listeners. Errors: conflict (the data directory is in use), unavailable (a port is), and what
  // engines and TLS files give; each names the setting and the way out. After an error: stop().
  Result<> start();

  // "READY koine 0.1.0 any=127.0.0.1:7700 kafka=127.0.0.1:9092 amqp=127.0.0.1:5672 http=...". After start().
  std::string ready_line() const;

  // Reads the TLS files again. An error leaves what is in use as it is.
  Result<> reload_tls();

  // Takes no more connections, answers the requests in progress (until shutdown.deadline_ms), and closes the journals.
  // Call once.
  void stop();

 private:
  struct ShardParts {
    std::unique_ptr<core::Engine> engine;
    std::unique_ptr<Protocol> kafka;
    std::unique_ptr<Protocol> amqp;
    std::unique_ptr<Protocol> http;
    std::unique_ptr<Connections> connections;
  };
  struct ListenerParts {
    std::string label;  // in the ready line; empty: not there, the other address of localhost
    std::unique_ptr<io::Listener> listener;
  };

  Result<std::uint32_t> choose_shard_count();
  Result<> open_engines();
  void open_protocols();
  Task<void> open_protocol(std::size_t index);
  Result<> open_listener(std::string_view setting, std::string_view label,
                         const io::Endpoint& endpoint, ListenerFor whom = ListenerFor::any);
  Result<std::unique_ptr<io::Listener>> open_address(std::string_view setting,
                                                     const io::Endpoint& endpoint,
                                                     ListenerFor whom);
  Task<Result<std::unique_ptr<io::Listener>>> listen(io::Endpoint endpoint, ListenerFor whom);
  core::EngineOptions engine_options() const;
  Task<void> accept_from(io::Listener* listener, ListenerFor whom);

  // server_stop.cc
  Task<void> stop_accepting();
  void close_groups();
  void drain_connections();
  void close_engines();
  ShardThread& first() { return *threads_.front(); }

  Settings settings_;
  Logger& log_;
  ServerFactories factories_;
  core::UsersPtr users_;
  io::RealRandom random_;
  ConnectionCount count_;
  std::shared_ptr<TlsAcceptor> tls_;

  // Destroyed from the last to the first, after the threads have ended.
  std::vector<std::unique_ptr<ShardThread>> threads_;
  std::vector<core::Engine*> engine_list_;
  std::vector<std::unique_ptr<ShardParts>> parts_;
  std::vector<ListenerParts> listeners_;
  std::unique_ptr<io::Network> network_;
  runtime::Gate accepting_;  // on shard 0
  std::size_t next_shard_ = 0;
};

// The identity's shard count of a data directory that is in use already; nothing for a new one. Errors: corrupt, denied,
// io_error.
Task<Result<std::optional<std::uint32_t>>> shard_count_of(io::Disk& disk, std::string directory);

}  // namespace koine::server
