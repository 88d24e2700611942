#include "protocols/http/metrics.h"

#include <fmt/format.h>

namespace koine::http {

namespace {

using core::Metric;

constexpr Metric responses = {"koine_http_responses_total", "Responses, by class of status."};
constexpr Metric streams = {"koine_http_streams", "Bodies that are made while they are sent."};
constexpr Metric tunnels = {"koine_http_tunnels", "WebSockets that are open."};

}  // namespace

void report(const Statistics& statistics, core::Figures& to) {
  namespace metrics = core::metrics;
  const std::string protocol = R"(protocol="http")";
  to.add(metrics::connections, statistics.connections_open, protocol);
  to.add(metrics::connections_opened, statistics.connections_opened, protocol);
  to.add(metrics::connections_failed,
         statistics.malformed_requests + statistics.timed_out_connections +
             statistics.abusive_connections,
         protocol);
  to.add(metrics::received_bytes, statistics.bytes_received, protocol);
  to.add(metrics::sent_bytes, statistics.bytes_sent, protocol);
  to.add(metrics::refused_logins, statistics.refused_logins, protocol);
  to.add(metrics::requests, statistics.requests_http1, protocol + R"(,api="HTTP/1.1")");
  to.add(metrics::requests, statistics.requests_http2, protocol + R"(,api="HTTP/2")");
  for (std::size_t digit = 1; digit < statistics.responses.size(); ++digit) {
    to.add(responses, statistics.responses[digit], fmt::format(R"(code="{}xx")", digit));
  }
  to.add(streams, statistics.streams_open);
  to.add(tunnels, statistics.tunnels_open);
}

}  // namespace koine::http
