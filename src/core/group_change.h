// GroupChange: one durable step in the life of the groups of a shard, and its form in the journal:
//
//   [version u8][kind u8][fields of that kind, see base/fields.h]
//
// Applied in the order of the journal, they give the same groups again (GroupStore).
#pragma once

#include <cstddef>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/units.h"
#include "core/group_metadata.h"
#include "core/offsets.h"

namespace koine::core {

struct OffsetsCommitted {
  std::string group;
  OffsetMap offsets;
};

struct OffsetsRemoved {
  std::string group;
  std::vector<TopicPartition> partitions;
};

struct GenerationStored {
  std::string group;
  GroupMetadata metadata;
};

// Members left the last stable generation: those that stay have to share its work anew. Who is not in it is passed over.
struct MembersLeft {
  std::string group;
  std::vector<std::string> member_ids;
  WallTimeMs left_at_ms = 0;
};

struct GroupRemoved {
  std::string group;
};

// The topic is gone: no group has offsets in it any more.
struct TopicForgotten {
  std::string topic;
};

using GroupChange = std::variant<OffsetsCommitted, OffsetsRemoved, GenerationStored, GroupRemoved,
                                 TopicForgotten, MembersLeft>;

std::vector<std::byte> encode(const GroupChange& change);
// Errors: corrupt, unsupported (a newer version).
Result<GroupChange> decode_group_change(ByteView bytes);

}  // namespace koine::core
