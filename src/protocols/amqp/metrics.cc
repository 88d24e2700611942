#include "protocols/amqp/metrics.h"

#include <string>

namespace koine::amqp {

namespace {

using core::Metric;

constexpr Metric channels_opened = {"koine_amqp_channels_opened_total",
                                    "Channels that were opened."};
constexpr Metric channels_failed = {"koine_amqp_channels_failed_total",
                                    "Channels that were closed by an error."};
constexpr Metric channels = {"koine_amqp_channels", "Channels that are open."};
constexpr Metric publishers = {"koine_amqp_publishers", "Channels that have published."};
constexpr Metric consumers = {"koine_amqp_consumers", "Consumers of these channels."};
constexpr Metric queues_declared = {"koine_amqp_queues_declared_total",
                                    "Queues that were declared, those that were there, too."};
constexpr Metric published_by_size = {"koine_amqp_messages_published_by_size_total",
                                      "The same, by the size of their bodies."};
constexpr Metric published_bytes = {"koine_amqp_published_bytes_total", "Bodies of these."};
constexpr Metric returned = {"koine_amqp_messages_returned_total",
                             "Messages without a way that their publishers got back."};
constexpr Metric redelivered = {"koine_amqp_messages_redelivered_total",
                                "Messages that were given to somebody once more."};
constexpr Metric acknowledged = {"koine_amqp_messages_acknowledged_total",
                                 "Messages that consumers acknowledged."};
constexpr Metric gets_empty = {"koine_amqp_gets_empty_total",
                               "Times that basic.get found nothing."};
constexpr Metric published = {"koine_amqp_messages_published_total", "Messages from publishers."};
constexpr Metric unroutable = {"koine_amqp_messages_unroutable_total",
                               "Messages that nothing was bound for."};
constexpr Metric confirmed = {"koine_amqp_messages_confirmed_total",
                              "Messages that their publishers were told of."};
constexpr Metric refused = {"koine_amqp_messages_refused_total",
                            "Messages that were negatively acknowledged to their publishers."};
constexpr Metric delivered = {"koine_amqp_messages_delivered_total",
                              "Messages that were pushed to consumers."};
constexpr Metric got = {"koine_amqp_messages_got_total", "Messages that basic.get gave."};
constexpr Metric blocked = {"koine_amqp_connections_blocked_total",
                            "Times that a publisher was told to wait."};

// As Prometheus has histograms: each with those that are smaller.
void report_sizes(const Statistics& statistics, core::Figures& to) {
  std::uint64_t count = 0;
  for (std::size_t n = 0; n < statistics.messages_by_size.size(); ++n) {
    count += statistics.messages_by_size[n];
    const bool is_last = n == message_size_limits.size();
    to.add(published_by_size, count,
           is_last ? std::string(R"(le="+Inf")")
                   : R"(le=")" + std::to_string(message_size_limits[n]) + '"');
  }
}

}  // namespace

void report(const Statistics& statistics, core::Figures& to) {
  namespace metrics = core::metrics;
  const std::string protocol = R"(protocol="amqp")";
  to.add(metrics::connections, statistics.connections_open, protocol);
  to.add(metrics::connections_opened, statistics.connections_opened, protocol);
  to.add(metrics::connections_failed,
         statistics.connections_closed_by_error + statistics.silent_connections, protocol);
  to.add(metrics::received_bytes, statistics.bytes_received, protocol);
  to.add(metrics::sent_bytes, statistics.bytes_sent, protocol);
  to.add(metrics::refused_logins, statistics.refused_logins, protocol);
  to.add(channels_opened, statistics.channels_opened);
  to.add(channels_failed, statistics.channels_closed_by_error);
  to.add(channels, statistics.channels_open);
  to.add(publishers, statistics.publishers_open);
  to.add(consumers, statistics.consumers_open);
  to.add(queues_declared, statistics.queues_declared);
  to.add(published, statistics.messages_published);
  to.add(published_bytes, statistics.message_bytes_published);
  report_sizes(statistics, to);
  to.add(returned, statistics.messages_returned);
  to.add(redelivered, statistics.messages_redelivered);
  to.add(acknowledged, statistics.messages_acknowledged);
  to.add(gets_empty, statistics.gets_empty);
  to.add(unroutable, statistics.messages_unroutable);
  to.add(confirmed, statistics.messages_confirmed);
  to.add(refused, statistics.messages_refused);
  const auto add_by_ack = [&to](const Metric& metric, std::uint64_t all, std::uint64_t settled) {
    to.add(metric, all - settled, R"(ack="manual")");
    to.add(metric, settled, R"(ack="auto")");
  };
  add_by_ack(delivered, statistics.messages_delivered, statistics.messages_delivered_settled);
  add_by_ack(got, statistics.messages_got, statistics.messages_got_settled);
  to.add(blocked, statistics.times_blocked);
}

}  // namespace koine::amqp
