#include "core/group_messages.h"

namespace koine::core {

std::string_view name_of(GroupError error) {
  switch (error) {
    case GroupError::none: return "none";
    case GroupError::invalid_group_id: return "invalid_group_id";
    case GroupError::unknown_member: return "unknown_member";
    case GroupError::illegal_generation: return "illegal_generation";
    case GroupError::rebalance_in_progress: return "rebalance_in_progress";
    case GroupError::inconsistent_protocol: return "inconsistent_protocol";
    case GroupError::invalid_session_timeout: return "invalid_session_timeout";
    case GroupError::member_id_required: return "member_id_required";
    case GroupError::fenced_instance: return "fenced_instance";
    case GroupError::group_max_size: return "group_max_size";
    case GroupError::too_many_groups: return "too_many_groups";
    case GroupError::too_large: return "too_large";
    case GroupError::invalid_request: return "invalid_request";
    case GroupError::coordinator_not_available: return "coordinator_not_available";
    case GroupError::non_empty_group: return "non_empty_group";
    case GroupError::group_not_found: return "group_not_found";
    case GroupError::subscribed_to_topic: return "subscribed_to_topic";
    case GroupError::offset_metadata_too_large: return "offset_metadata_too_large";
    case GroupError::storage: return "storage";
  }
  return "unknown";
}

std::string_view name_of(GroupState state) {
  switch (state) {
    case GroupState::empty: return "empty";
    case GroupState::preparing_rebalance: return "preparing_rebalance";
    case GroupState::completing_rebalance: return "completing_rebalance";
    case GroupState::stable: return "stable";
    case GroupState::dead: return "dead";
  }
  return "unknown";
}

}  // namespace koine::core
