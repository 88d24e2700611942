// GroupStore: what is durable of a shard's groups: per group the last generation that became stable (or empty), without
// those who left it since, and the committed offsets. Changes only by apply(), once a change is in the journal; so a replayed journal, or a saved state
// and the rest of the journal, give an equal store. Knows no clock and no waiting.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "core/group_change.h"
#include "core/group_metadata.h"
#include "core/offsets.h"

namespace koine::core {

struct StoredGroup {
  std::optional<GroupMetadata> metadata;  // none: never had members, only offsets
  OffsetMap offsets;
};

class GroupStore {
 public:
  using Groups = std::map<std::string, StoredGroup, std::less<>>;

  void apply(GroupChange change);

  // Null if nothing is durable of it.
  const StoredGroup* find(std::string_view group) const;
  const Groups& groups() const { return groups_; }

  std::vector<std::byte> save() const;
  // Replaces everything. Errors: corrupt, unsupported (a newer version); then nothing has changed.
  Result<> restore(ByteView saved);
  // A change as encoded in the journal.
  Result<> replay(ByteView entry);

 private:
  void apply_one(OffsetsCommitted change);
  void apply_one(const OffsetsRemoved& change);
  void apply_one(GenerationStored change);
  void apply_one(const GroupRemoved& change);
  void apply_one(const TopicForgotten& change);
  void apply_one(const MembersLeft& change);

  Groups groups_;
};

}  // namespace koine::core
