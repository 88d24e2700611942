#include "protocols/amqp/metrics.h"

#include <string>

namespace koine::amqp {

namespace {

using core::Metric;

constexpr Metric channels_opened = {"koine_amqp_channels_opened_total",
                                    "Channels that were opened."};
constexpr Metric channels_failed = {"koine_amqp_channels_failed_total",
                                    "Channels that were closed by an error."};
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
  to.add(published, statistics.messages_published);
  to.add(unroutable, statistics.messages_unroutable);
  to.add(confirmed, statistics.messages_confirmed);
  to.add(refused, statistics.messages_refused);
  to.add(delivered, statistics.messages_delivered);
  to.add(got, statistics.messages_got);
  to.add(blocked, statistics.times_blocked);
}

}  // namespace koine::amqp
