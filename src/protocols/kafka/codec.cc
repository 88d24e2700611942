#include "protocols/kafka/codec.h"

#include <fmt/format.h>

#include "protocols/kafka/define_codec.h"

namespace koine::kafka {

std::string describe(ApiKey api, Direction direction, Version version) {
  return fmt::format("{} {} version {}", name_of(api),
                     direction == Direction::request ? "request" : "response", version);
}

}  // namespace koine::kafka
