// TopicSpec: what a topic is to be, for whoever makes one (Engine::create_topic).
#pragma once

#include <cstdint>
#include <string>

#include "core/topic.h"

namespace koine::core {

struct TopicSpec {
  std::string name;
  std::uint32_t partition_count = 1;
  TopicSettings settings;
  std::uint32_t settings_given = 0;  // the others are taken from EngineOptions::topic_defaults
};

}  // namespace koine::core
