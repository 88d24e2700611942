// Reading for Fetch: the batches of some partitions under a common limit, as references into the journal.
#pragma once

#include <cstddef>
#include <vector>

#include "base/ids.h"
#include "base/task.h"
#include "core/engine.h"
#include "protocols/kafka/error_code.h"
#include "protocols/kafka/response.h"

namespace koine::kafka {

struct Wanted {
  LogId log;
  Offset from;
  std::size_t bytes_max = 0;      // of this partition
  std::size_t bytes_max_all = 0;  // of all partitions of the request
};

struct Read {
  KafkaError error = KafkaError::none;
  Offset high_watermark{-1};
  Offset start_offset{-1};
  std::vector<RecordSource> records;

  std::size_t size() const;
};

// An answer for each, in order; keeps the limits over those that are read here.
Task<std::vector<Read>> read_all(core::Engine& owner, std::vector<Wanted> wanted);

// What was read on several shards, each within the limits: drops what is too much for all together.
void keep_limits(core::Engine& here, const std::vector<Wanted>& wanted, std::vector<Read>& reads);

// Lets go of what was read, where it was read.
void let_go(core::Engine& here, std::vector<Read>& reads);

}  // namespace koine::kafka
