#include "protocols/kafka/metrics.h"

#include <fmt/format.h>

namespace koine::kafka {

void report(const Statistics& statistics, core::Figures& to) {
  namespace metrics = core::metrics;
  const std::string protocol = R"(protocol="kafka")";
  to.add(metrics::connections, statistics.connections_open, protocol);
  to.add(metrics::connections_opened, statistics.connections_opened, protocol);
  to.add(metrics::connections_failed,
         statistics.malformed_requests + statistics.timed_out_connections, protocol);
  to.add(metrics::received_bytes, statistics.bytes_received, protocol);
  to.add(metrics::sent_bytes, statistics.bytes_sent, protocol);
  for (std::size_t n = 0; n < statistics.requests.size(); ++n) {
    if (statistics.requests[n] == 0) continue;
    to.add(metrics::requests, statistics.requests[n],
           fmt::format(R"({},api="{}")", protocol, supported_apis()[n].name));
  }
}

}  // namespace koine::kafka
