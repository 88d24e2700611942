// on_owners: does something with many partitions, each on the shard that owns it: one call for each shard, all at once.
//
//   items      a(shard 0)  b(shard 1)  c(shard 0)
//   calls      shard 0: [a c]          shard 1: [b]
//   outcomes   in the order of the items
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/task.h"
#include "core/engine.h"
#include "runtime/gate.h"
#include "runtime/shard.h"
#include "runtime/started.h"

namespace koine::core {

// What is done on the owner's shard, with the items of that shard; an outcome for each.
template <typename Item, typename Outcome>
using OwnerWork = Task<std::vector<Outcome>> (*)(Engine& owner, std::vector<Item> items);

namespace detail {

template <typename Item>
struct OwnedItems {
  Engine* owner = nullptr;
  std::vector<Item> items;
  std::vector<std::size_t> places;  // of the items, among all
};

template <typename Item>
std::vector<OwnedItems<Item>> by_owner(Engine& here, std::vector<Item> items) {
  std::vector<OwnedItems<Item>> owned;
  for (std::size_t place = 0; place < items.size(); ++place) {
    Engine* const owner = &here.owner_of(items[place].log);
    auto found = std::ranges::find(owned, owner, &OwnedItems<Item>::owner);
    if (found == owned.end())
      found = owned.insert(found, {.owner = owner, .items = {}, .places = {}});
    found->items.push_back(std::move(items[place]));
    found->places.push_back(place);
  }
  return owned;
}

template <typename Item, typename Outcome>
Task<std::vector<Outcome>> call_owner(Engine* here, Engine* owner, OwnerWork<Item, Outcome> work,
                                      std::vector<Item> items) {
  co_return co_await runtime::call_on<std::vector<Outcome>>(
      here->shard(), owner->shard(),
      [owner, work, items = std::move(items)]() mutable { return work(*owner, std::move(items)); });
}

}  // namespace detail

// An item has a member `log`. Engines outlive all tasks.
template <typename Item, typename Outcome>
Task<std::vector<Outcome>> on_owners(Engine& here, std::vector<Item> items,
                                     OwnerWork<Item, Outcome> work) {
  std::vector<Outcome> outcomes(items.size());
  auto owned = detail::by_owner(here, std::move(items));
  if (owned.size() == 1) {
    co_return co_await detail::call_owner(&here, owned.front().owner, work,
                                          std::move(owned.front().items));
  }
  runtime::Gate gate;
  std::vector<runtime::Started<std::vector<Outcome>>> calls;
  calls.reserve(owned.size());
  for (auto& part : owned) {
    calls.push_back(
        runtime::start(gate, detail::call_owner(&here, part.owner, work, std::move(part.items))));
  }
  for (std::size_t n = 0; n < calls.size(); ++n) {
    std::vector<Outcome> done = co_await calls[n].result();
    for (std::size_t i = 0; i < done.size(); ++i) outcomes[owned[n].places[i]] = std::move(done[i]);
  }
  co_await gate.close();
  co_return outcomes;
}

}  // namespace koine::core
