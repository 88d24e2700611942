// The figures of the whole process, by the names that Prometheus' client libraries have for them.
#pragma once

#include "core/metrics.h"

namespace koine::server {

void report_process(core::Figures& to);

}  // namespace koine::server
