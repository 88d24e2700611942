// What a request names more than once, where Kafka refuses that.
#pragma once

#include <functional>
#include <set>
#include <type_traits>
#include <utility>

namespace koine::kafka {

// The keys that several of the items have.
template <typename Items, typename KeyOf>
auto given_twice(const Items& items, KeyOf key_of) {
  using Key = std::remove_cvref_t<std::invoke_result_t<KeyOf, typename Items::const_reference>>;
  std::set<Key> seen;
  std::set<Key> twice;
  for (const auto& item : items) {
    Key key = std::invoke(key_of, item);
    if (!seen.insert(key).second) twice.insert(std::move(key));
  }
  return twice;
}

}  // namespace koine::kafka
