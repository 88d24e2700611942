// A group's committed offsets, as `koine consume` and `koine group` read and set them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "cli/kafka_client.h"

namespace koine::cli {

struct GroupOffset {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t offset = -1;  // the next record to read; -1: none was committed
};

// All that the group has committed. Errors: what the server says.
Task<Result<std::vector<GroupOffset>>> fetch_group_offsets(KafkaClient& client, std::string group);

// From outside the group: refused while it has members.
Task<Result<>> commit_group_offsets(KafkaClient& client, std::string group,
                                    std::vector<GroupOffset> offsets);

}  // namespace koine::cli
