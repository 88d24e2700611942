// Scope: what a handler gets besides its request. One for each request, on the connection's shard; lives until the
// handler has returned (of a two-staged one: its first stage).
//
// A handler is a free function, found by the type of its request (handlers/table.cc lists them all):
//
//   Task<MetadataResponse> handle(Scope& scope, MetadataRequest request, Version version);
//
// Views in the request point into `frame`. Errors are values of the response; a handler never fails.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/log.h"
#include "core/engine.h"
#include "io/random.h"
#include "protocols/kafka/broker_options.h"
#include "protocols/kafka/connection.h"
#include "protocols/kafka/response.h"
#include "runtime/shard.h"
#include "runtime/signal.h"

namespace koine::kafka {

inline constexpr std::string_view log_component = "kafka";

// How the session asks a handler that waits for something new (a long poll) to answer now: the server stops, or the
// connection ended.
class Hurry {
 public:
  explicit Hurry(io::Reactor& reactor) : changed_(reactor) {}
  void set() {
    is_set_ = true;
    changed_.notify_all();
  }
  bool is_set() const { return is_set_; }
  runtime::Signal& changed() { return changed_; }

 private:
  bool is_set_ = false;
  runtime::Signal changed_;
};

struct Scope {
  core::Engine& engine;  // of the connection's shard
  const BrokerOptions& options;
  Logger& log;
  io::Random& random;
  Connection& connection;
  Hurry& hurry;
  std::optional<std::string> client_id;
  Bytes frame;
  // What the handler puts into the response as Records::elsewhere, entry by entry in that order.
  std::vector<RecordSource> records;
  // What views in the response point into, until it is encoded.
  std::vector<Bytes> lent;

  runtime::Shard& shard() const { return engine.shard(); }

  // Bytes as a view for the response.
  ByteView lend(const Bytes& bytes) { return lent.emplace_back(bytes).view(); }

  // A view into the request as Bytes that keep its frame.
  Bytes keep(ByteView view) const {
    return view.empty()
               ? Bytes()
               : frame.slice(static_cast<std::size_t>(view.data() - frame.data()), view.size());
  }
};

}  // namespace koine::kafka
