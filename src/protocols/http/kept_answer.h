// What is kept of an answer, as the note of a request's piece (core/idempotency.h), so that it can be given again. Made before the
// piece is done, so what only the piece tells is left open:
//
//   kind 1  a response: status | count, fields: name, value | body     `result_mark` in it: the record's result
//   kind 2  one record of a topic: topic | partition                   at the offset that is the result
//   kind 3  neighbours in a partition: partition | count               from that offset on
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/idempotency.h"
#include "protocols/http/message.h"
#include "protocols/http/problem.h"

namespace koine::http {

// Stands for a number in a kept body; JSON never has it.
inline constexpr char result_mark = '\x01';

// Without its body if that is too large to be kept (core::idempotency_note_bytes_max).
std::vector<std::byte> kept_form(const Response& response);
std::vector<std::byte> kept_form_of_record(std::string_view topic, std::int32_t partition);
std::vector<std::byte> kept_form_of_records(std::int32_t partition, std::uint32_t count);

// With `Idempotency-Replayed: true`. Problems: internal_server_error (it was kept by a newer version).
Outcome<Response> answer_again(const core::IdempotencyRecord& record);

}  // namespace koine::http
