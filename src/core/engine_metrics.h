// The figures of one shard's engine: what there is, and what its journal did.
#pragma once

#include "core/engine.h"
#include "core/metrics.h"

namespace koine::core {

// What the catalog has is reported by shard 0.
void report(Engine& engine, Figures& to);

}  // namespace koine::core
