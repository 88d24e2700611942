// What consumers write into the metadata of JoinGroup (protocol type "consumer"; Kafka's ConsumerProtocolSubscription).
// The server only looks at the topics.
//
//   version:2 | topics: count:4, (size:2, name)... | what the assignor added
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace koine::kafka {

// Nothing if the metadata is not of this form.
std::optional<std::vector<std::string>> subscribed_topics(ByteView metadata);

}  // namespace koine::kafka
