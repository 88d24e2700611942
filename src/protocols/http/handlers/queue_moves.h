// Messages that are moved by hand: /v1/queues/{queue}/move, redrive, discard; and /v1/dead-letters: which queues hold dead letters.
#pragma once

#include <vector>

#include "protocols/http/route.h"

namespace koine::http {

void add_queue_move_routes(std::vector<Route>& routes);
void add_dead_letter_routes(std::vector<Route>& routes);

}  // namespace koine::http
