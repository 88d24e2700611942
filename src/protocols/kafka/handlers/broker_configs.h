// The settings of the broker as Kafka names and writes them, for the tools that read them: read only, since they are
// chosen in the server's configuration. The defaults of topics' settings (topic_configs.h) are part of them.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "protocols/kafka/handlers/topic_configs.h"
#include "protocols/kafka/scope.h"

namespace koine::kafka {

struct BrokerConfig {
  std::string_view name;
  ConfigType type;
  std::string (*value)(const Scope&);
  std::string_view documentation;
};

// Without those of topic_configs().
std::span<const BrokerConfig> broker_configs();

}  // namespace koine::kafka
