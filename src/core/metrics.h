// What a shard has to tell of itself in figures, from every layer that counts something, for whoever shows them (`/metrics`).
//
//   kafka::Broker  amqp::Broker  http::Broker  Engine        each a FigureSource, read on its shard when somebody asks
//        \              |             /          /
//                Figures of one shard                         the same name and labels on several shards: their sum
//
// Counting stays what it was: plain numbers of one shard. Names follow Prometheus: `koine_`, base units, `_total` for what only
// grows; labels have few values. Those that several protocols count are here; with the label `protocol`.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.h"

namespace koine::core {

// Constants: figures keep their address.
struct Metric {
  std::string_view name;
  std::string_view help;  // a sentence
};

namespace metrics {

inline constexpr Metric connections = {"koine_connections", "Connections that are open."};
inline constexpr Metric connections_opened = {"koine_connections_opened_total",
                                              "Connections that were opened."};
inline constexpr Metric connections_failed = {
    "koine_connections_failed_total", "Connections that were closed for what the peer did or not."};
inline constexpr Metric received_bytes = {"koine_received_bytes_total", "Bytes from clients."};
inline constexpr Metric sent_bytes = {"koine_sent_bytes_total", "Bytes to clients."};
inline constexpr Metric requests = {"koine_requests_total", "Requests that were read."};
inline constexpr Metric refused_logins = {"koine_refused_logins_total",
                                          "Logins that were refused."};

}  // namespace metrics

struct Figure {
  const Metric* metric = nullptr;
  std::string labels;  // `protocol="kafka",api="Fetch"`; values need no escape
  double value = 0;
};

class Figures {
 public:
  void add(const Metric& metric, auto value, std::string labels = {}) {
    figures_.push_back(
        {.metric = &metric, .labels = std::move(labels), .value = static_cast<double>(value)});
  }
  const std::vector<Figure>& all() const { return figures_; }

 private:
  std::vector<Figure> figures_;
};

class FigureSource {
 public:
  FigureSource() = default;
  FigureSource(const FigureSource&) = delete;
  FigureSource& operator=(const FigureSource&) = delete;
  virtual ~FigureSource() = default;

  // On its shard. Takes well below a millisecond.
  virtual void report(Figures& to) const = 0;
};

// By shard. Filled before anybody asks; the sources live until nobody asks any more.
class FigureSources {
 public:
  void add(ShardId shard, const FigureSource& source) {
    if (by_shard_.size() <= shard.value()) by_shard_.resize(shard.value() + std::size_t{1});
    by_shard_[shard.value()].push_back(&source);
  }
  Figures of(ShardId shard) const {
    Figures figures;
    if (shard.value() >= by_shard_.size()) return figures;
    for (const FigureSource* source : by_shard_[shard.value()]) source->report(figures);
    return figures;
  }

 private:
  std::vector<std::vector<const FigureSource*>> by_shard_;
};

}  // namespace koine::core
