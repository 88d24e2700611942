#include "protocols/http/placed_records.h"

#include <fmt/format.h>

#include <utility>

namespace koine::http {

Response placed_response(std::span<const PlacedRecord> records) {
  std::string text = R"({"records":[)";
  for (const PlacedRecord& each : records) {
    if (text.back() == '}') text += ',';
    text += R"({"partition":)";
    text += std::to_string(each.partition);
    text += R"(,"offset":)";
    text += std::to_string(each.offset);
    text += '}';
  }
  text += "]}";
  return Response::json(std::move(text), Status::created);
}

Response placed_response(std::string_view topic, const PlacedRecord& record) {
  return placed_response({&record, 1})
      .with("Location", fmt::format("/v1/topics/{}/partitions/{}/records/{}", topic,
                                    record.partition, record.offset));
}

}  // namespace koine::http
