// The Kafka APIs that Koine speaks, and in which versions: the one table from which ApiVersions is answered, requests
// are refused, and headers are chosen.
//
//   advertised   what ApiVersions says. Wider than accepted where raising a minimum makes clients drop features.
//   accepted     requests of these versions are handled; others get UNSUPPORTED_VERSION.
//   flexible     the first version with compact strings and tagged fields (KIP-482).
//
// The codec encodes and decodes every version of either range.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

#include "protocols/kafka/field_spec.h"

namespace koine::kafka {

enum class ApiKey : std::int16_t {
  produce = 0,
  fetch = 1,
  list_offsets = 2,
  metadata = 3,
  offset_commit = 8,
  offset_fetch = 9,
  find_coordinator = 10,
  join_group = 11,
  heartbeat = 12,
  leave_group = 13,
  sync_group = 14,
  describe_groups = 15,
  list_groups = 16,
  sasl_handshake = 17,
  api_versions = 18,
  create_topics = 19,
  delete_topics = 20,
  delete_records = 21,
  init_producer_id = 22,
  offset_for_leader_epoch = 23,
  describe_configs = 32,
  alter_configs = 33,
  describe_log_dirs = 35,
  sasl_authenticate = 36,
  create_partitions = 37,
  delete_groups = 42,
  incremental_alter_configs = 44,
  offset_delete = 47,
  describe_cluster = 60,
  describe_producers = 61,
};

enum class Direction : std::uint8_t { request, response };

struct VersionRange {
  Version min = 0;
  Version max = 0;
  constexpr bool has(Version version) const { return version >= min && version <= max; }
};

inline constexpr Version never_flexible = std::numeric_limits<Version>::max();

struct Api {
  ApiKey key;
  std::string_view name;  // as the protocol's documentation writes it
  VersionRange advertised;
  VersionRange accepted;
  Version flexible_first = never_flexible;

  constexpr bool is_flexible_in(Version version) const { return version >= flexible_first; }
  // What the codec can encode and decode.
  constexpr VersionRange known() const {
    return {std::min(advertised.min, accepted.min), std::max(advertised.max, accepted.max)};
  }
};

// In order of their keys.
std::span<const Api> supported_apis();

// Null for an API that Koine does not speak.
const Api* find_api(std::int16_t key);

// The entry of an API that is in the enum.
const Api& api_of(ApiKey key);

// "Fetch"
std::string_view name_of(ApiKey key);

}  // namespace koine::kafka
