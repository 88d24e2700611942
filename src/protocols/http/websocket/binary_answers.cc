#include "protocols/http/websocket/binary_answers.h"

#include <string>

#include "protocols/http/websocket/binary_form.h"

namespace koine::http {

namespace {

BinaryWriter begin(ServerSays what, std::int64_t number) {
  BinaryWriter writer;
  writer.number(static_cast<std::uint8_t>(what)).number(static_cast<std::uint32_t>(number));
  return writer;
}

// What is the same for all who get it.
void append_record(std::string& out, const PassingRecord& passing) {
  const core::Record& record = passing.record;
  BinaryWriter writer;
  writer.number(passing.partition.value()).number(record.offset.value()).number(record.timestamp);
  writer.nullable_bytes(record.key).nullable_bytes(record.value);
  writer.number(static_cast<std::uint32_t>(record.headers.size()));
  for (const core::RecordHeader& header : record.headers) {
    writer.text(header.key).nullable_bytes(header.value);
  }
  out += writer.out();
}

}  // namespace

void BinaryAnswers::subscribed(std::int64_t id, std::string_view position) {
  output_.send(begin(ServerSays::subscribed, id).text(position).out());
}

void BinaryAnswers::record(std::int64_t id, const TopicCursor& cursor, const PassingRecord& record,
                           std::string& memory) {
  std::string position;
  core::write_position(*cursor.topic(), cursor.position(), position);
  const std::string_view same = record.form(
      RecordForms::Form::binary, memory, [&](std::string& form) { append_record(form, record); });
  output_.send(begin(ServerSays::record, id).text(position).out(), same);
}

void BinaryAnswers::message(std::int64_t id, const core::LeaseId& lease,
                            const core::Delivery& delivery) {
  const core::MessageView& message = delivery.message;
  const std::uint8_t flags = delivery.is_redelivered ? is_redelivered_bit : 0;
  BinaryWriter writer = begin(ServerSays::message, id);
  writer.lease(lease).number(flags).number(delivery.failed_deliveries);
  writer.number(message.published_ms).text(message.exchange).text(message.routing_key);
  writer.bytes(message.properties).number(static_cast<std::uint32_t>(message.body.size()));
  output_.send(writer.out(), as_text(message.body));
}

void BinaryAnswers::ended(std::int64_t id, std::string_view reason) {
  output_.send(begin(ServerSays::end, id).text(reason).number(binary_null).out());
}

void BinaryAnswers::ended(std::int64_t id, const Problem& problem) {
  output_.send(begin(ServerSays::end, id).text("problem").text(problem.to_json()).out());
}

void BinaryAnswers::appended(std::int64_t seq, std::int32_t partition, Offset offset) {
  output_.send(begin(ServerSays::appended, seq).number(partition).number(offset.value()).out());
}

void BinaryAnswers::routed(std::int64_t seq, std::size_t count) {
  output_.send(begin(ServerSays::routed, seq).number(static_cast<std::uint32_t>(count)).out());
}

void BinaryAnswers::leases_done(OfLeases what, std::optional<std::int64_t> seq,
                                std::span<const core::LeaseId> lost) {
  BinaryWriter writer = begin(
      what == OfLeases::settled ? ServerSays::settled : ServerSays::extended, seq.value_or(0));
  writer.number(static_cast<std::uint32_t>(lost.size()));
  for (const core::LeaseId& lease : lost) writer.lease(lease);
  output_.send(writer.out());
}

void BinaryAnswers::pong(std::int64_t seq) { output_.send(begin(ServerSays::pong, seq).out()); }

void BinaryAnswers::error(CommandSubject subject, const Problem& problem) {
  BinaryWriter writer = begin(ServerSays::error, subject.number);
  writer.number(static_cast<std::uint8_t>(subject.kind)).text(problem.to_json());
  output_.send(writer.out());
}

}  // namespace koine::http
