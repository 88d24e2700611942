// TopicPosition: how far somebody has read in a topic: for each partition, the next offset. Its text is what clients keep and
// give back, whatever protocol they come by:
//
//   3f9a1c02.0-42.1-7      the topic (the first four bytes of its id), partition 0 from offset 42 on, partition 1 from 7 on
//
// Only characters that need no escape in a URL, a header or JSON. A partition that is not named is one that was added
// later: it is read from its start.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "core/topic.h"

namespace koine::core {

struct TopicPosition {
  struct Next {
    PartitionId partition;
    Offset offset;
    bool operator==(const Next&) const = default;
  };
  std::vector<Next> next;  // by partition, ascending, each once

  // Null: that partition is not named.
  const Next* find(PartitionId partition) const;
  bool operator==(const TopicPosition&) const = default;
};

// Appends the text.
void write_position(const Topic& topic, const TopicPosition& position, std::string& to);
// Errors: invalid_argument: not such a text, of another topic (also one of the same name that was deleted), or of partitions that
// the topic has not.
Result<TopicPosition> parse_position(const Topic& topic, std::string_view text);

}  // namespace koine::core
