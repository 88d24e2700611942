// GroupMetadata: a generation of a group as it is kept on disk: who its members were, what they said when they joined,
// and what was assigned to them. Enough for its members to go on after a restart without joining again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/fields.h"
#include "base/result.h"
#include "base/units.h"
#include "core/group_messages.h"

namespace koine::core {

struct GroupMember {
  std::string member_id;
  std::optional<std::string> instance_id;
  std::string client_id;
  std::string client_host;
  std::int32_t session_timeout_ms = 0;
  std::int32_t rebalance_timeout_ms = 0;
  std::vector<GroupProtocol> protocols;  // the preferred first
  Bytes assignment;

  // What it said about the protocol, or null.
  const GroupProtocol* find_protocol(std::string_view name) const;
};

// With members and without a protocol: some left after the generation became stable, and a rebalance is due.
struct GroupMetadata {
  std::int32_t generation = 0;
  std::string protocol_type;
  std::string protocol_name;
  std::string leader;
  WallTimeMs state_since_ms = 0;  // without members: since when it is empty
  std::vector<GroupMember> members;

  bool wants_rebalance() const { return !members.empty() && protocol_name.empty(); }
  // After members were taken out: what was assigned is void, and one of those that stay leads.
  void ask_for_rebalance();
};

void write(FieldWriter& writer, const GroupMetadata& metadata);
Result<GroupMetadata> read_group_metadata(FieldReader& reader);

}  // namespace koine::core
