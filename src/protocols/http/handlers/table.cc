#include "protocols/http/handlers/table.h"

#include <vector>

#include "protocols/http/handlers/exchanges.h"
#include "protocols/http/handlers/groups.h"
#include "protocols/http/handlers/health.h"
#include "protocols/http/handlers/leases.h"
#include "protocols/http/handlers/openapi.h"
#include "protocols/http/handlers/queue_moves.h"
#include "protocols/http/handlers/queues.h"
#include "protocols/http/handlers/records.h"
#include "protocols/http/handlers/status.h"
#include "protocols/http/handlers/stream.h"
#include "protocols/http/handlers/topic_events.h"
#include "protocols/http/handlers/topics.h"

namespace koine::http {

namespace {

// One line a family.
std::vector<Route> make_table() {
  std::vector<Route> routes;
  add_health_routes(routes);
  add_openapi_routes(routes);
  add_topic_event_routes(routes);
  add_topic_routes(routes);
  add_append_routes(routes);
  add_read_routes(routes);
  add_group_routes(routes);
  add_stream_routes(routes);
  add_metrics_routes(routes);
  add_status_routes(routes);
  add_queue_routes(routes);
  add_queue_message_routes(routes);
  add_lease_routes(routes);
  add_queue_move_routes(routes);
  add_dead_letter_routes(routes);
  add_exchange_routes(routes);
  add_binding_routes(routes);
  return routes;
}

}  // namespace

std::span<const Route> all_routes() {
  static const std::vector<Route> routes = make_table();
  return routes;
}

}  // namespace koine::http
