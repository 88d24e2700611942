// The header x-delay, as the plugin of RabbitMQ for delayed messages defines it: for how many milliseconds an exchange of type
// x-delayed-message holds a message before it routes it. Afterwards the header has its sign changed: nobody holds the message
// again, and whoever gets it can see how long it was held.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/queues/properties.h"

namespace koine::core {

inline constexpr std::string_view delay_header = "x-delay";
// The plugin's; longer ones are refused.
inline constexpr std::int64_t delay_ms_max = 0xFFFF'FFFF;

// Integers, and what the plugin takes for one: digits, numbers with a fraction, which is cut off. Nothing: none of these.
std::optional<std::int64_t> read_delay(const FieldValue& value);
// Changes the sign, if there is such a header.
void mark_delayed(FieldTable& headers);

}  // namespace koine::core
