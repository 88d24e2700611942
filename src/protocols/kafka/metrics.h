// What one shard's connections did, as figures (core/metrics.h).
#pragma once

#include "core/metrics.h"
#include "protocols/kafka/statistics.h"

namespace koine::kafka {

void report(const Statistics& statistics, core::Figures& to);

}  // namespace koine::kafka
