// Where appended records are, as `POST /v1/topics/{topic}/records` answers.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "protocols/http/message.h"

namespace koine::http {

struct PlacedRecord {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
};

// 201, {"records": [{"partition": 0, "offset": 41}, ...]}
Response placed_response(std::span<const PlacedRecord> records);
// Of one record, with its Location.
Response placed_response(std::string_view topic, const PlacedRecord& record);

}  // namespace koine::http
