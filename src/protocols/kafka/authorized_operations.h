// The operations that a client may do, as the bit field in which Metadata, DescribeCluster and DescribeGroups tell
// them when asked (KIP-430). There are no ACLs: everybody who is let in may do everything.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <limits>

namespace koine::kafka {

// Kafka's AclOperation: the bit's number.
enum class AclOperation : std::uint8_t {
  read = 3,
  write = 4,
  create = 5,
  remove = 6,
  alter = 7,
  describe = 8,
  cluster_action = 9,
  describe_configs = 10,
  alter_configs = 11,
  idempotent_write = 12,
};

constexpr std::int32_t bits_of(std::initializer_list<AclOperation> operations) {
  std::int32_t bits = 0;
  for (const AclOperation operation : operations) bits |= 1 << static_cast<int>(operation);
  return bits;
}

inline constexpr std::int32_t operations_not_asked = std::numeric_limits<std::int32_t>::min();

inline constexpr std::int32_t topic_operations =
    bits_of({AclOperation::read, AclOperation::write, AclOperation::create, AclOperation::remove,
             AclOperation::alter, AclOperation::describe, AclOperation::describe_configs,
             AclOperation::alter_configs});
inline constexpr std::int32_t cluster_operations =
    bits_of({AclOperation::create, AclOperation::alter, AclOperation::describe,
             AclOperation::cluster_action, AclOperation::describe_configs,
             AclOperation::alter_configs, AclOperation::idempotent_write});
inline constexpr std::int32_t group_operations =
    bits_of({AclOperation::read, AclOperation::remove, AclOperation::describe});

}  // namespace koine::kafka
