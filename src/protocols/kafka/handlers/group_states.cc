#include "protocols/kafka/handlers/group_states.h"

#include <algorithm>
#include <array>
#include <utility>

namespace koine::kafka {

namespace {

using enum core::GroupState;

constexpr auto names = std::to_array<std::pair<core::GroupState, std::string_view>>({
    {empty, "Empty"},
    {preparing_rebalance, "PreparingRebalance"},
    {completing_rebalance, "CompletingRebalance"},
    {stable, "Stable"},
    {dead, "Dead"},
});

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::string_view kafka_name_of(core::GroupState state) {
  const auto* const found =
      std::ranges::find(names, state, [](const auto& named) { return named.first; });
  return found->second;
}

std::optional<core::GroupState> group_state_of(std::string_view kafka_name) {
  for (const auto& [state, name] : names) {
    if (std::ranges::equal(name, kafka_name, {}, lower, lower)) return state;
  }
  return std::nullopt;
}

}  // namespace koine::kafka
