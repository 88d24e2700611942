// The states of a group by Kafka's names.
#pragma once

#include <optional>
#include <string_view>

#include "core/group_messages.h"

namespace koine::kafka {

// "PreparingRebalance"
std::string_view kafka_name_of(core::GroupState state);

// In any case of letters; nothing: no such state.
std::optional<core::GroupState> group_state_of(std::string_view kafka_name);

}  // namespace koine::kafka
