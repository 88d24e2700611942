// Koine's ids as the protocol writes them.
#pragma once

#include "core/topic.h"
#include "protocols/kafka/wire.h"

namespace koine::kafka {

inline Uuid to_uuid(const core::TopicId& id) { return {.bytes = id.bytes}; }
inline core::TopicId to_topic_id(const Uuid& id) { return {.bytes = id.bytes}; }

}  // namespace koine::kafka
