// GroupOptions: the bounds within which consumer groups live on a shard, and when their offsets are forgotten. Every
// list that a peer can make longer has its limit here.
#pragma once

#include <cstddef>
#include <cstdint>

namespace koine::core {

struct GroupOptions {
  std::int32_t session_timeout_min_ms = 6'000;
  std::int32_t session_timeout_max_ms = 1'800'000;

  // How long the first rebalance of an empty group waits for more members. None: a test or a developer's single
  // consumer starts at once; a larger fleet that starts together pays with one more rebalance, or sets it.
  std::int32_t initial_rebalance_delay_ms = 0;

  // A member that never had an answer can't send heartbeats; it is forgotten after this long.
  std::int32_t new_member_timeout_ms = 300'000;

  std::size_t groups_max = 10'000;  // on this shard
  std::size_t members_per_group_max = 1'000;
  std::size_t pending_members_per_group_max =
      1'000;  // were given an id and did not come back with it yet
  std::size_t member_metadata_bytes_max =
      256 * 1024;  // all protocols of one member together; also one assignment
  std::size_t offsets_per_group_max = 100'000;
  std::size_t offset_metadata_bytes_max = 4'096;

  std::int64_t offsets_retention_ms = 7LL * 24 * 3600 * 1000;
};

}  // namespace koine::core
