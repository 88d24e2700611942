// What one shard's connections did, as figures (core/metrics.h).
#pragma once

#include "core/metrics.h"
#include "protocols/amqp/statistics.h"

namespace koine::amqp {

void report(const Statistics& statistics, core::Figures& to);

}  // namespace koine::amqp
