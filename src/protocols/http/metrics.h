// What one shard's connections did, as figures (core/metrics.h).
#pragma once

#include "core/metrics.h"
#include "protocols/http/statistics.h"

namespace koine::http {

void report(const Statistics& statistics, core::Figures& to);

}  // namespace koine::http
