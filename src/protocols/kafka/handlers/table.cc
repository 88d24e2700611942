#include "protocols/kafka/handlers/table.h"

#include <algorithm>
#include <array>

#include "protocols/kafka/handlers/answer.h"
#include "protocols/kafka/handlers/api_versions.h"
#include "protocols/kafka/handlers/metadata.h"

namespace koine::kafka {

namespace {

template <typename Message>
constexpr Operation one_stage() {
  return {.key = Message::api, .answer = answer<Message>};
}

template <typename Message>
constexpr Operation open_to_strangers() {
  return {.key = Message::api, .answer = answer<Message>, .is_open_to_strangers = true};
}

constexpr auto table = std::to_array<Operation>({
    one_stage<MetadataRequest>(),
    open_to_strangers<ApiVersionsRequest>(),
});
static_assert(std::ranges::is_sorted(table, {}, &Operation::key));

}  // namespace

std::span<const Operation> operations() { return table; }

const Operation* find_operation(ApiKey key) {
  const auto* const found = std::ranges::lower_bound(table, key, {}, &Operation::key);
  return found != table.end() && found->key == key ? found : nullptr;
}

}  // namespace koine::kafka
