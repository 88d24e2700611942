// Calls on the coordinator of a group, on the shard that owns the group. What the call needs goes into it by value.
#pragma once

#include <algorithm>
#include <concepts>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/group_coordinator.h"
#include "protocols/kafka/scope.h"

namespace koine::kafka {

// `call(coordinator)` on the owner's shard: gives a T, or a Task of it.
template <typename T, typename F>
Task<T> call_coordinator(Scope& scope, core::Engine& owner, F call) {
  return runtime::call_on<T>(
      scope.shard(), owner.shard(),
      // NOLINTNEXTLINE(cppcoreguidelines-avoid-capturing-lambda-coroutines): call_on keeps it alive.
      [&owner, call = std::move(call)]() mutable -> Task<T> {
        if constexpr (std::same_as<std::invoke_result_t<F&, core::GroupCoordinator&>, Task<T>>) {
          co_return co_await call(owner.groups());
        } else {
          co_return call(owner.groups());
        }
      });
}

template <typename T, typename F>
Task<T> call_coordinator_of(Scope& scope, std::string_view group, F call) {
  return call_coordinator<T>(scope, scope.engine.owner_of_group(group), std::move(call));
}

// The groups of one owner, out of several that are asked for together.
struct OwnedGroups {
  core::Engine* owner = nullptr;
  std::vector<std::string> groups;
};

inline std::vector<OwnedGroups> groups_by_owner(core::Engine& engine,
                                                std::span<const std::string> groups) {
  std::vector<OwnedGroups> owned;
  for (core::Engine* const owner : engine.all()) owned.push_back({.owner = owner});
  for (const std::string& group : groups) {
    const core::Engine& owner = engine.owner_of_group(group);
    const auto of_owner = [&](const OwnedGroups& candidate) { return candidate.owner == &owner; };
    std::ranges::find_if(owned, of_owner)->groups.push_back(group);
  }
  std::erase_if(owned, [](const OwnedGroups& candidate) { return candidate.groups.empty(); });
  return owned;
}

}  // namespace koine::kafka
