#include "core/routing/binding_index.h"

#include "core/routing/hash_index.h"
#include "core/routing/headers_index.h"
#include "core/routing/simple_indexes.h"
#include "core/routing/topic_index.h"

namespace koine::core {

std::unique_ptr<BindingIndex> make_binding_index(const ExchangeSpec& exchange) {
  switch (routing_type_of(exchange)) {
    case ExchangeType::topic: return std::make_unique<TopicIndex>();
    case ExchangeType::fanout: return std::make_unique<FanoutIndex>();
    case ExchangeType::headers: return std::make_unique<HeadersIndex>();
    case ExchangeType::consistent_hash: return std::make_unique<HashIndex>(exchange);
    case ExchangeType::direct:
    case ExchangeType::delayed_message: break;
  }
  return std::make_unique<DirectIndex>();
}

}  // namespace koine::core
